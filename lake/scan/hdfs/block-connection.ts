/**
 * One connection to a DataNode's data port: reads one block at a time into the caller's memory, and stays open for the next.
 *
 * The socket reads into one buffer for its whole life (`onread`), so no chunk is ever allocated; data is copied once, to
 * where it belongs.
 */
import net from 'node:net'
import { AppError } from '../../../model/errors.ts'
import { type BlockId, parseOpenResponse, parsePacketHead, READ_DONE, readBlockRequest } from './wire.ts'

const RECEIVE_BYTES = 256 * 1024
/** A DataNode that says nothing for so long is given up. */
const SILENCE_MS = 15_000

interface Reading {
  readonly target: Uint8Array
  readonly end: number
  /** Where the next data goes. */
  at: number
  /** Of the packet under way. */
  dataLeft: number
  lastPacket: boolean
  opened: boolean
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class BlockConnection {
  readonly #socket: net.Socket
  readonly #address: string
  /** Bytes of a header that has not come whole. */
  #rest: Buffer = Buffer.alloc(0)
  #reading: Reading | undefined

  constructor(host: string, port: number) {
    this.#address = `${host}:${port}`
    const receive = Buffer.allocUnsafeSlow(RECEIVE_BYTES)
    this.#socket = net.connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: receive,
        callback: (length) => {
          this.#receive(receive.subarray(0, length))
          return true
        },
      },
    })
    this.#socket.setTimeout(SILENCE_MS, () => {
      this.#fail(`is silent for ${SILENCE_MS} ms`)
    })
    this.#socket.on('error', (error) => {
      this.#fail(error.message, error)
    })
    this.#socket.on('close', () => {
      this.#fail('closed the connection')
    })
  }

  /** Can be asked for a block now. */
  get usable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable && this.#reading === undefined
  }

  /**
   * Reads the whole block to `target[at…]`.
   * @throws AppError `unavailable` when the connection breaks or the DataNode refuses; the connection is closed then.
   */
  read(block: BlockId, target: Uint8Array, at: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.usable) {
        reject(new AppError('unavailable', `the connection to DataNode ${this.#address} is closed`))
        return
      }
      const abort = () => {
        this.#fail('reading was cancelled', signal?.reason)
      }
      const settle = () => {
        signal?.removeEventListener('abort', abort)
        this.#reading = undefined
        // An idle connection must not keep the thread alive.
        this.#socket.unref()
      }
      this.#reading = {
        target,
        end: at + block.bytes,
        at,
        dataLeft: 0,
        lastPacket: false,
        opened: false,
        resolve: () => {
          settle()
          resolve()
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      }
      this.#socket.ref()
      signal?.addEventListener('abort', abort, { once: true })
      if (signal?.aborted) abort()
      else this.#socket.write(readBlockRequest(block, block.bytes))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #fail(why: string, cause?: unknown): void {
    const reading = this.#reading
    this.#socket.destroy()
    reading?.reject(
      new AppError('unavailable', `reading a block from DataNode ${this.#address}: it ${why}`, {
        facts: { address: this.#address },
        cause,
      }),
    )
  }

  #receive(chunk: Buffer): void {
    const reading = this.#reading
    if (!reading) {
      this.#fail('sent bytes nobody asked for')
      return
    }
    let at = 0
    if (this.#rest.length > 0) {
      // Headers are a few dozen bytes: joining a piece of one with the next chunk is rare and cheap enough.
      chunk = Buffer.concat([this.#rest, chunk])
      this.#rest = Buffer.alloc(0)
    }
    while (at < chunk.length || (reading.dataLeft === 0 && reading.lastPacket)) {
      if (reading.dataLeft > 0) {
        const take = Math.min(reading.dataLeft, chunk.length - at)
        reading.target.set(chunk.subarray(at, at + take), reading.at)
        reading.at += take
        reading.dataLeft -= take
        at += take
        continue
      }
      if (reading.lastPacket) {
        this.#finish(reading)
        return
      }
      const next = reading.opened ? this.#openPacket(reading, chunk, at) : this.#openBlock(reading, chunk, at)
      if (next === undefined) {
        this.#rest = Buffer.from(chunk.subarray(at))
        return
      }
      if (next < 0) return
      at = next
    }
  }

  /** Where the header ends; undefined: more bytes are needed; -1: failed. */
  #openBlock(reading: Reading, chunk: Buffer, at: number): number | undefined {
    const opened = parseOpenResponse(chunk, at)
    if (!opened) return undefined
    if (opened.refusal !== undefined) {
      this.#fail(`refused: ${opened.refusal}`)
      return -1
    }
    reading.opened = true
    return opened.end
  }

  #openPacket(reading: Reading, chunk: Buffer, at: number): number | undefined {
    const head = parsePacketHead(chunk, at)
    // Checksums were not asked for; should they come, wait until all of them are here to step over them.
    if (!head || head.dataAt > chunk.length) return undefined
    if (head.dataLength < 0 || reading.at + head.dataLength > reading.end) {
      this.#fail(`sent more than the block's bytes`)
      return -1
    }
    reading.dataLeft = head.dataLength
    reading.lastPacket = head.last
    return head.dataAt
  }

  #finish(reading: Reading): void {
    if (reading.at !== reading.end) {
      this.#fail(`ended the block ${reading.end - reading.at} bytes early`)
      return
    }
    this.#socket.write(READ_DONE)
    reading.resolve()
  }
}
