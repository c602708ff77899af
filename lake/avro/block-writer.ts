/**
 * Builds the blocks of one container file in memory from bodies that are Avro already: they are copied, never decoded.
 *
 * Invariant: where a block ends depends only on the bodies and on `blockBytes`, so the same bodies give the same bytes. Blocks
 * are compressed beside the event loop; `settled` is the back-pressure.
 */
import { assert } from '../../model/errors.ts'
import { encodeLong } from '../../model/varint.ts'
import { compress, type WritableCodec } from './codec.ts'
import { SYNC_BYTES } from './container-header.ts'

export interface BlockWriterOptions {
  readonly sync: Uint8Array
  /** A block is closed when it has reached this many bytes before compression. */
  readonly blockBytes: number
  readonly codec?: WritableCodec
}

/** The first size of a buffer: an hour with one late record must not cost a whole block. */
const PENDING_BYTES_MIN = 4 * 1024

export class BlockWriter {
  readonly #sync: Uint8Array
  readonly #blockBytes: number
  readonly #codec: WritableCodec
  #pending: Buffer | undefined
  #length = 0
  #count = 0
  #records = 0
  #compressedBytes = 0
  #inFlightBytes = 0
  readonly #blocks: Promise<readonly Uint8Array[]>[] = []

  constructor(options: BlockWriterOptions) {
    assert(options.sync.length === SYNC_BYTES, 'a sync marker has 16 bytes', { bytes: options.sync.length })
    this.#sync = options.sync
    this.#blockBytes = options.blockBytes
    this.#codec = options.codec ?? 'zstandard'
  }

  get records(): number {
    return this.#records
  }

  /** Bytes of finished blocks as they will be in the file. */
  get compressedBytes(): number {
    return this.#compressedBytes
  }

  /** Bytes of memory held: finished blocks, those being compressed, and the open one. */
  get heldBytes(): number {
    return this.#compressedBytes + this.#inFlightBytes + (this.#pending?.length ?? 0)
  }

  /** Copies one record's body, `bytes` from `start` on. */
  append(bytes: Buffer, start = 0): void {
    const size = bytes.length - start
    const needed = this.#length + size
    if (this.#pending === undefined || needed > this.#pending.length) this.#grow(needed)
    bytes.copy(this.#pending!, this.#length, start)
    this.#length = needed
    this.#count++
    this.#records++
    if (this.#length >= this.#blockBytes) this.#close()
  }

  /** Resolves when every closed block is compressed. @throws what compressing threw */
  async settled(): Promise<void> {
    await Promise.all(this.#blocks)
  }

  /** Closes the last block and gives the parts of all: behind a header they are the file. Nothing may be appended after. */
  async finish(): Promise<readonly Uint8Array[]> {
    if (this.#count > 0) this.#close()
    return (await Promise.all(this.#blocks)).flat()
  }

  #grow(needed: number): void {
    const bytes = Math.max(
      needed,
      Math.min(2 * (this.#pending?.length ?? PENDING_BYTES_MIN / 2), this.#blockBytes + 4096),
    )
    const larger = Buffer.allocUnsafeSlow(bytes)
    this.#pending?.copy(larger, 0, 0, this.#length)
    this.#pending = larger
  }

  #close(): void {
    assert(this.#pending !== undefined && this.#count > 0, 'a block that is closed has records')
    const block = this.#compress(this.#pending.subarray(0, this.#length), this.#count)
    block.catch(() => {}) // `settled` and `finish` throw it; until one of them is awaited it must not end the process
    this.#blocks.push(block)
    this.#pending = undefined
    this.#length = 0
    this.#count = 0
  }

  async #compress(bodies: Uint8Array, count: number): Promise<readonly Uint8Array[]> {
    this.#inFlightBytes += bodies.length
    const data = await compress(this.#codec, bodies)
    const head = Buffer.concat([encodeLong(count), encodeLong(data.length)])
    this.#inFlightBytes -= bodies.length
    this.#compressedBytes += head.length + data.length + SYNC_BYTES
    return [head, data, this.#sync]
  }
}
