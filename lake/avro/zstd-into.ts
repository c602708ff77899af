/**
 * Unpacks zstd frames into memory that is there already: the hot path's way.
 *
 * Node's public `zstdDecompressSync` makes a context and a buffer for every call: on blocks of 256 KB a fifth of the time of
 * unpacking, and most of a counting thread's garbage. What it calls underneath takes any output, but is not public. So it is
 * used only where its shape is as expected and a probe of known content comes out right; else callers use the public way.
 *
 * Invariant: a frame is unpacked exactly, to the length that its header states, or undefined is returned and nothing is known of
 * `into`; errors are left to the public way, which words them.
 */
import { constants, createZstdDecompress, zstdCompressSync } from 'node:zlib'

/** The parts of zlib's stream handle that its own synchronous calls use. */
interface Handle {
  onerror: (message: string) => void
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void
}

interface Unpacker {
  readonly handle: Handle
  /** What `writeSync` leaves: bytes of output not used, bytes of input not read. */
  readonly left: Uint32Array
  failed: boolean
}

let unpacker: Unpacker | undefined
let usable: boolean | undefined

/** The `bytes` long content of the frame, at the start of `into`; undefined when it has to be unpacked in the public way. */
export function unpackZstdInto(frame: Uint8Array, bytes: number, into: Uint8Array): Uint8Array | undefined {
  usable ??= probe()
  return usable && bytes <= into.length ? unpack(frame, bytes, into) : undefined
}

function unpack(frame: Uint8Array, bytes: number, into: Uint8Array): Uint8Array | undefined {
  unpacker ??= openUnpacker()
  if (!unpacker) return undefined
  const { handle, left } = unpacker
  // One byte more than the content, where there is room: a frame that lies about its length then shows.
  const room = Math.min(into.length, bytes + 1)
  handle.writeSync(constants.ZSTD_e_end, frame, 0, frame.length, into, 0, room)
  if (!unpacker.failed && left[1] === 0 && room - left[0]! === bytes) return into.subarray(0, bytes)
  unpacker = undefined
  return undefined
}

function openUnpacker(): Unpacker | undefined {
  const stream = createZstdDecompress() as unknown as { readonly _handle?: Handle; readonly _writeState?: Uint32Array }
  const { _handle: handle, _writeState: left } = stream
  if (typeof handle?.writeSync !== 'function' || !(left instanceof Uint32Array) || left.length < 2) return undefined
  const opened: Unpacker = { handle, left, failed: false }
  handle.onerror = () => {
    opened.failed = true
  }
  return opened
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
