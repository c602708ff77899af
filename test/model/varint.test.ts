import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeLong, LONG_BYTES_MAX, LongReader, longBytes, writeLong } from '../../model/varint.ts'

describe('a long', () => {
  it.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [-64, '7f'],
    [64, '8001'],
    [8192, '808001'],
    [Number.MAX_SAFE_INTEGER, 'feffffffffffff1f'],
    [Number.MIN_SAFE_INTEGER, 'fdffffffffffff1f'],
  ])('%i is written as in the specification', (value, hex) => {
    expect(new LongReader(Buffer.from(hex, 'hex')).next()).toBe(value)
    expect(encodeLong(value).toString('hex')).toBe(hex)
  })

  it('reads back as it was written, whatever stands behind it', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }))), (values) => {
        const bytes = Buffer.alloc(values.length * LONG_BYTES_MAX)
        let at = 0
        for (const value of values) {
          const next = writeLong(bytes, at, value)
          expect(next - at).toBe(longBytes(value))
          at = next
        }
        const reader = new LongReader(bytes)
        for (const value of values) expect(reader.next()).toBe(value)
        expect(reader.at).toBe(at)
      }),
    )
  })

  it('cut off or too long is corrupt, not a number', () => {
    expect(() => new LongReader(Buffer.from('80', 'hex')).next()).toThrow(/end within a varint at byte 0/)
    expect(() => new LongReader(Buffer.from('00ffffffffffffffffff01', 'hex'), 1).next()).toThrow(/53 bits at byte 1/)
  })
})
