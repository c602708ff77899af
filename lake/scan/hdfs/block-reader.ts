/**
 * Reads files of HDFS block by block from the DataNodes' data port, as Hadoop's own clients do.
 *
 * Why not WebHDFS: there a DataNode opens a client of its own for each request, copies in 8 KB pieces through Java and checks
 * sums on the way: 6-8 CPU seconds a gigabyte, more than counting costs. On the data port it hands the file to the socket
 * (sendfile): 1.5-2 (docs/adr has the measurement).
 *
 * Invariant: this is an optimisation only. Whatever goes wrong here is answered by `fallback` (WebHDFS with its retries), and
 * nothing is counted that was not whole: lengths are checked here, sync markers and zstd checksums behind; what they find
 * damaged is read again by `readChecked`, where HDFS checks its own sums and knows other replicas.
 */
import { AppError, isAppError, messageOf } from '../../../model/errors.ts'
import type { Logger } from '../../../model/log.ts'
import type { HdfsNameNode } from '../../webhdfs/name-node.ts'
import type { FileReader } from '../file-reader.ts'
import { BlockConnection } from './block-connection.ts'
import { type LocatedBlock, locateBlocks } from './locate.ts'

/** Idle connections kept to one DataNode. It closes them itself after four seconds. */
const IDLE_MAX = 4
/** After so many files in a row that only WebHDFS could read, the data port is tried once in so many files. */
const FAILURES_MAX = 3
const RETRY_EVERY = 100

export interface BlockReaderOptions {
  readonly nameNode: HdfsNameNode
  readonly fallback: FileReader
  readonly logger: Logger
}

export class HdfsBlockReader implements FileReader {
  readonly #options: BlockReaderOptions
  readonly #idle = new Map<string, BlockConnection[]>()
  #failures = 0
  #skipped = 0

  constructor(options: BlockReaderOptions) {
    this.#options = options
  }

  async readInto(path: string, bytes: number, target: Uint8Array, signal?: AbortSignal): Promise<void> {
    const { fallback, logger } = this.#options
    if (this.#failures >= FAILURES_MAX && ++this.#skipped % RETRY_EVERY !== 0) {
      return fallback.readInto(path, bytes, target, signal)
    }
    try {
      await this.#readBlocks(path, bytes, target, signal)
      this.#failures = 0
    } catch (error) {
      signal?.throwIfAborted()
      if (isAppError(error, 'corrupt')) throw error
      this.#failures++
      const facts = { path, error: messageOf(error), failures: this.#failures }
      const text =
        'a file could not be read from the data port; it is read by WebHDFS, as are others until that port gives one'
      // said once: where the port is closed or protected, it stays so, and nothing but speed is lost
      logger[this.#failures === 1 ? 'warn' : 'debug'](facts, text)
      await fallback.readInto(path, bytes, target, signal)
    }
  }

  readChecked(path: string, bytes: number, target: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.#options.fallback.readChecked(path, bytes, target, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connections of this.#idle.values()) for (const connection of connections) connection.close()
    this.#idle.clear()
    this.#options.nameNode[Symbol.dispose]()
    await this.#options.fallback[Symbol.asyncDispose]()
  }

  async #readBlocks(path: string, bytes: number, target: Uint8Array, signal?: AbortSignal): Promise<void> {
    const located = await locateBlocks(this.#options.nameNode, path, signal)
    if (located.bytes !== bytes) {
      throw new AppError('corrupt', `${path} has ${located.bytes} bytes, its listing said ${bytes}`, {
        facts: { path },
      })
    }
    let at = 0
    for (const block of located.blocks) {
      await this.#readBlock(path, block, target, at, signal)
      at += block.bytes
    }
    if (at !== bytes) {
      throw new AppError('unavailable', `${path} has ${bytes} bytes, its blocks ${at}`, { facts: { path } })
    }
  }

  /** Tries each DataNode that has the block; a kept connection that has gone stale does not count as a try. */
  async #readBlock(
    path: string,
    block: LocatedBlock,
    target: Uint8Array,
    at: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let last: unknown
    for (const { host, port } of block.hosts) {
      const key = `${host}:${port}`
      for (let kept = this.#take(key); ; kept = this.#take(key)) {
        const connection = kept ?? new BlockConnection(host, port)
        try {
          await connection.read(block, target, at, signal)
          this.#keep(key, connection)
          return
        } catch (error) {
          connection.close()
          signal?.throwIfAborted()
          last = error
          if (!kept) break
        }
      }
    }
    throw new AppError('unavailable', `no DataNode gave block ${block.id} of ${path}: ${messageOf(last)}`, {
      facts: { path, block: block.id },
      cause: last,
    })
  }

  #take(key: string): BlockConnection | undefined {
    const connections = this.#idle.get(key)
    for (let connection = connections?.pop(); connection; connection = connections?.pop()) {
      if (connection.usable) return connection
      connection.close()
    }
    return undefined
  }

  #keep(key: string, connection: BlockConnection): void {
    const connections = this.#idle.get(key) ?? []
    this.#idle.set(key, connections)
    if (connections.length < IDLE_MAX) connections.push(connection)
    else connection.close()
  }
}
