import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineCutter, type Line, lineBytes } from '../../ingest/lines.ts'

const BYTES_MAX = 64

/** What the lines must be, found the slow way. */
function expectedLines(bytes: Buffer): Line[] {
  const lines: Buffer[] = []
  let start = 0
  for (let lf = bytes.indexOf(10); lf >= 0; lf = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, lf))
    start = lf + 1
  }
  if (start < bytes.length) lines.push(bytes.subarray(start))
  return lines.map((line) => {
    if (line.length > BYTES_MAX) return { overlong: true, head: line.subarray(0, BYTES_MAX), bytes: line.length }
    const text = line.toString('utf8')
    return Buffer.from(text).equals(line) ? text : line
  })
}

/** All chunks through a cutter, each chunk's memory used again as a socket or file does. */
function cutAll(bytes: Buffer, sizes: readonly number[]): { lines: Line[]; held: number[] } {
  const cutter = createLineCutter(BYTES_MAX)
  const lines: Line[] = []
  const held: number[] = []
  const memory = Buffer.alloc(bytes.length + 1)
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.min(bytes.length - at, sizes[i % sizes.length]!)
    const chunk = memory.subarray(0, size)
    bytes.copy(chunk, 0, at)
    lines.push(...cutter.push(chunk))
    at += size
    memory.fill(0xff)
    held.push(at - cutter.heldBytes)
  }
  return { lines: lines.concat(cutter.end()), held }
}

const piece = fc.oneof(
  fc.constant(Buffer.from('\n')),
  fc.constant(Buffer.from('\r\n')),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => Buffer.from(text)),
  fc.constant(Buffer.from('#téléphone 電話 🎉')),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  fc.nat(3 * BYTES_MAX).map((length) => Buffer.alloc(length, 'x')),
)
const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 })

describe('the line cutter', () => {
  it('gives the same lines however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), sizes, (pieces, chunks) => {
        const bytes = Buffer.concat(pieces)
        expect(cutAll(bytes, chunks).lines).toEqual(expectedLines(bytes))
      }),
      { numRuns: 300 },
    )
  })

  it('always knows the byte behind the last line that came out', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), sizes, (pieces, chunks) => {
        const bytes = Buffer.concat(pieces)
        for (const at of cutAll(bytes, chunks).held) expect(at === 0 || bytes[at - 1] === 10).toBe(true)
      }),
    )
  })

  it('knows how many bytes each line took', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const bytes = Buffer.concat([...pieces, Buffer.from('\n')])
        const { lines } = cutAll(bytes, [64])
        expect(lines.reduce((sum, line) => sum + lineBytes(line), 0)).toBe(bytes.length)
      }),
    )
  })

  it('keeps no more of an endless line than its bound', () => {
    const cutter = createLineCutter(1_000)
    for (let i = 0; i < 1_000; i++) expect(cutter.push(Buffer.alloc(1_000, 'x'))).toEqual([])
    expect(cutter.end()).toEqual([{ overlong: true, head: Buffer.alloc(1_000, 'x'), bytes: 1_000_000 }])
  })
})
