/**
 * Unpacks zstd frames into memory that is there already: the hot path's way.
 *
 * Used only where a probe of known content comes out right (zlib-handle.ts); else callers use the public way.
 *
 * Invariant: a frame is unpacked exactly, to the length that its header states, or undefined is returned and nothing is known of
 * `into`; errors are left to the public way, which words them.
 */
import { createZstdDecompress, zstdCompressSync } from 'node:zlib'
import { ZlibHandle } from './zlib-handle.ts'

let unpacker: ZlibHandle | undefined
let usable: boolean | undefined

/** The `bytes` long content of the frame, at the start of `into`; undefined when it has to be unpacked in the public way. */
export function unpackZstdInto(frame: Uint8Array, bytes: number, into: Uint8Array): Uint8Array | undefined {
  usable ??= probe()
  return usable && bytes <= into.length ? unpack(frame, bytes, into) : undefined
}

function unpack(frame: Uint8Array, bytes: number, into: Uint8Array): Uint8Array | undefined {
  unpacker ??= ZlibHandle.of(createZstdDecompress())
  // One byte more than the content, where there is room: a frame that lies about its length then shows.
  if (unpacker?.frame(frame, into, Math.min(into.length, bytes + 1)) === bytes) return into.subarray(0, bytes)
  unpacker = undefined
  return undefined
}

function probe(): boolean {
  try {
    const content = Buffer.from('what goes in must come out '.repeat(40))
    const frame = zstdCompressSync(content)
    const into = Buffer.alloc(2 * content.length)
    const again = [content.length, content.length].map((bytes) => unpack(frame, bytes, into.fill(0)))
    return (
      again.every((out) => out !== undefined && content.equals(out)) &&
      unpack(frame.subarray(9), 1_080, into) === undefined
    )
  } catch {
    return false
  } finally {
    unpacker = undefined
  }
}
