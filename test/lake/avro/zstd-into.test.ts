import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compress, decompress } from '../../../lake/avro/codec.ts'
import { unpackZstdInto } from '../../../lake/avro/zstd-into.ts'

const text = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, i) => 97 + ((i * i) % 11)))

describe('unpacking zstd into memory that is there', () => {
  it('works with this Node: otherwise the hot path is slower, and this should be looked at', () => {
    const content = text(5_000)
    const into = Buffer.alloc(8_000)
    expect(unpackZstdInto(zstdCompressSync(content), content.length, into)?.buffer).toBe(into.buffer)
  })

  it('gives what went in, block after block, whatever the room', async () => {
    const into = new Uint8Array(4_096)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (content) => {
        const packed = await compress('zstandard', content)
        expect(Buffer.from(decompress('zstandard', packed, into)).equals(content)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('says corrupt for a damaged frame as without it, and unpacks the next one right', async () => {
    const into = new Uint8Array(64_000)
    const content = text(20_000)
    const packed = Buffer.from(await compress('zstandard', content))
    let refused = 0
    for (let at = 0; at < packed.length; at += 3) {
      const damaged = Buffer.from(packed)
      damaged[at]! ^= 0x10
      try {
        expect(Buffer.from(decompress('zstandard', damaged, into)).equals(content)).toBe(true)
      } catch (error) {
        expect(error).toMatchObject({ code: 'corrupt' })
        refused++
      }
      expect(Buffer.from(decompress('zstandard', packed, into)).equals(content)).toBe(true)
    }
    expect(refused).toBeGreaterThan(10)
    expect(() => decompress('zstandard', packed.subarray(0, packed.length - 1), into)).toThrow(/cannot be read/)
  })
})
