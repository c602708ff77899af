import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZlibHandle } from '../../../lake/avro/zlib-handle.ts'
import { packZstd } from '../../../lake/avro/zstd-pack.ts'

const publicly = (content: Uint8Array) =>
  zstdCompressSync(content, {
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
    pledgedSrcSize: content.length,
  })

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 3_000 }),
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(3_000)).map(([some, times]) => {
    const content = new Uint8Array(some.length * times)
    for (let at = 0; at < content.length; at += some.length) content.set(some, at)
    return content
  }),
)

describe('packing zstd, one block after another', () => {
  it('gives the bytes that zlib gives, and they are what went in', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const packed = packZstd(content)
        expect(Buffer.from(packed).equals(publicly(content))).toBe(true)
        expect(zstdDecompressSync(packed).equals(content)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('does not give the same memory twice', () => {
    const first = packZstd(Buffer.from('first'))
    const copy = Buffer.from(first)
    packZstd(Buffer.from('the second one'))
    expect(copy.equals(first)).toBe(true)
  })

  it('knows a stream of another shape, and does not use it', () => {
    expect(ZlibHandle.of({} as never)).toBeUndefined()
  })
})
