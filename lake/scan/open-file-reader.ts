/** Which way files are read: from HDFS's data port, or through the FileStore. */

import { AppError } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import type { FileStore } from '../file-store.ts'
import { openStore } from '../open-store.ts'
import type { FileReader, LakeAddress } from './file-reader.ts'
import { HdfsBlockReader } from './hdfs/block-reader.ts'

export function openFileReader(lake: LakeAddress, logger: Logger): FileReader {
  const fallback = new StoreFileReader(openStore(lake, { logger }))
  if (!lake.url.startsWith('http:')) return fallback
  return new HdfsBlockReader({ url: new URL(lake.url).origin, user: lake.user, fallback, logger })
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
