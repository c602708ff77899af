/**
 * What zlib's synchronous calls use underneath: a context that is kept, and any memory for input and output.
 *
 * Node's public `zstdDecompressSync` and `zstdCompressSync` make a context and a buffer for every call, a megabyte and more, which
 * also makes the garbage collector run for nothing: a tenth of a counting thread's time. The handle is not public, so who uses it
 * probes it with known content first, and has the public way to fall back on.
 */
import { constants, type ZstdCompress, type ZstdDecompress } from 'node:zlib'

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

export class ZlibHandle {
  private readonly handle: Handle
  /** What `writeSync` leaves: bytes of output not used, bytes of input not read. */
  private readonly left: Uint32Array
  private failed = false

  private constructor(handle: Handle, left: Uint32Array) {
    this.handle = handle
    this.left = left
    handle.onerror = () => {
      this.failed = true
    }
  }

  /** undefined: this Node's streams do not have the shape that is expected. */
  static of(stream: ZstdCompress | ZstdDecompress): ZlibHandle | undefined {
    const { _handle: handle, _writeState: left } = stream as unknown as {
      readonly _handle?: Handle
      readonly _writeState?: Uint32Array
    }
    if (typeof handle?.writeSync !== 'function' || !(left instanceof Uint32Array) || left.length < 2) return undefined
    return new ZlibHandle(handle, left)
  }

  /** One whole frame: bytes written to output[0, room). undefined when it failed or did not fit; the handle is of no use then. */
  frame(input: Uint8Array, output: Uint8Array, room: number): number | undefined {
    this.handle.writeSync(constants.ZSTD_e_end, input, 0, input.length, output, 0, room)
    return this.failed || this.left[1] !== 0 ? undefined : room - this.left[0]!
  }
}
