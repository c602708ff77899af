/**
 * Packs one block after another with one context a thread, where `zstdCompressSync` makes one for every call.
 *
 * Invariant: the same bytes as `zstdCompressSync` gives with these settings; where the handle does not pass its probe, it is used.
 */
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib'
import { ZlibHandle } from './zlib-handle.ts'

/** Level 1: for what is written once and seldom read; level 3 takes half as long again for 3 % less. */
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 }

let packer: ZlibHandle | undefined
let usable: boolean | undefined
let room = new Uint8Array(0)

/** The content as one zstd frame, which states its length and has a checksum, in memory of its own. */
export function packZstd(content: Uint8Array): Uint8Array {
  usable ??= probe()
  return (usable ? pack(content) : undefined) ?? packPublicly(content)
}

function pack(content: Uint8Array): Uint8Array | undefined {
  const needed = boundOf(content.length)
  if (room.length < needed) room = new Uint8Array(2 * needed)
  packer ??= ZlibHandle.of(createZstdCompress({ params: PARAMS }))
  const bytes = packer?.frame(content, room, room.length)
  if (bytes !== undefined && bytes > 0 && bytes < room.length) return room.slice(0, bytes)
  packer = undefined
  return undefined
}

function packPublicly(content: Uint8Array): Uint8Array {
  const { length } = content
  return zstdCompressSync(content, { params: PARAMS, pledgedSrcSize: length, chunkSize: Math.max(64, length) })
}

/** More than the greatest size of a frame (ZSTD_compressBound). */
function boundOf(bytes: number): number {
  return bytes + Math.ceil(bytes / 128) + 1_024
}

function probe(): boolean {
  try {
    const contents = ['what goes in must come out '.repeat(40), '', 'again'].map((text) => Buffer.from(text))
    return contents.every((content) => packPublicly(content).every((byte, at) => pack(content)?.[at] === byte))
  } catch {
    return false
  } finally {
    packer = undefined
  }
}
