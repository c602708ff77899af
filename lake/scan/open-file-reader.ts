/** Which way files are read: from HDFS's data port, or through the FileStore. */

import { AppError } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import type { FileStore } from '../file-store.ts'
import { openStore } from '../open-store.ts'
import { HdfsNameNode } from '../webhdfs/name-node.ts'
import type { FileReader, LakeAddress } from './file-reader.ts'
import { HdfsBlockReader } from './hdfs/block-reader.ts'

export function openFileReader(lake: LakeAddress, logger: Logger): FileReader {
  const fallback = new StoreFileReader(openStore(lake, { logger }))
  if (!/^https?:/.test(lake.url)) return fallback
  // fewer sockets than a store has: each counting thread has a reader
  const nameNode = new HdfsNameNode(lake, { maxSockets: 4 })
  // behind a gateway the DataNodes cannot be reached, which is why it is there
  if (!nameNode.isGateway) return new HdfsBlockReader({ nameNode, fallback, logger })
  nameNode[Symbol.dispose]()
  return fallback
}

class StoreFileReader implements FileReader {
  readonly #store: FileStore

  constructor(store: FileStore) {
    this.#store = store
  }

  async readInto(path: string, bytes: number, target: Uint8Array, signal?: AbortSignal): Promise<void> {
    const read = await this.#store.read(path, undefined, signal)
    if (read.length !== bytes) {
      throw new AppError('corrupt', `${path} has ${read.length} bytes, its listing said ${bytes}`, { facts: { path } })
    }
    target.set(read)
  }

  readChecked(path: string, bytes: number, target: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.readInto(path, bytes, target, signal)
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#store[Symbol.asyncDispose]()
  }
}
