/**
 * The lake on HDFS, through WebHDFS: a small client of our own (docs/adr says why not a package).
 *
 * Reading and writing take two steps (`noredirect=true`: the NameNode answers where, a DataNode does it). What may be repeated is
 * repeated here, bounded; what may not is looked up first:
 *
 * - asking the NameNode for a place, listing, stat, mkdirs, delete, open: repeated;
 * - sending bytes to a DataNode: repeated only if no connection stood, for a cut-off write leaves a normal-looking short file
 *   under the name. The caller takes a fresh name (lake/temporary-files.ts);
 * - rename: after a lost response the source is looked for. Gone, with the target there: it was done.
 */
import { AppError, isAppError } from '../../model/errors.ts'
import { NO_WAIT_REPORTS, type WaitReports } from '../../model/waiting.ts'
import type { FileInfo, FileStore } from '../file-store.ts'
import { type RetryPolicy, retrying, STORE_RETRIES } from '../retry.ts'
import type { HdfsAccess } from './access.ts'
import type { ServerDate } from './http.ts'
import { HdfsNameNode, type Method, type Query } from './name-node.ts'

export interface WebHdfsOptions extends HdfsAccess {
  /** Of a new file's blocks. 0 or not given: as much as the file needs, in whole megabytes, at most 128. */
  readonly hdfsBlockBytes?: number
  /** How often a new file is kept. 0 or not given: as often as the cluster says. */
  readonly replication?: number
  readonly retries?: RetryPolicy
  /** Takes every attempt, so that the process can say what it waits for. */
  readonly waits?: WaitReports
  /** Called before each wait: for logs and metrics. */
  readonly onRetry?: (error: AppError, attempt: number, waitMs: number) => void
  /** Called with what the NameNode's clock says, at each of its answers. */
  readonly onDate?: (date: ServerDate) => void
}

interface FileStatus {
  readonly pathSuffix: string
  readonly type: 'FILE' | 'DIRECTORY' | 'SYMLINK'
  readonly length: number
  readonly modificationTime: number
}

interface DirectoryListing {
  readonly DirectoryListing: {
    readonly partialListing: { readonly FileStatuses: { readonly FileStatus: readonly FileStatus[] } }
    readonly remainingEntries: number
  }
}

/** How often the NameNode is asked for another DataNode than the one that has just failed. */
const OTHER_DATANODE_TRIES = 6

const MIB = 1024 * 1024
const BLOCK_BYTES_MAX = 128 * MIB

export class WebHdfsStore implements FileStore {
  readonly address: string
  readonly #options: WebHdfsOptions
  readonly #nameNode: HdfsNameNode

  constructor(options: WebHdfsOptions) {
    this.#nameNode = new HdfsNameNode(options, { onDate: options.onDate })
    this.address = this.#nameNode.address
    this.#options = options
  }

  async create(path: string, chunks: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
    const { hdfsBlockBytes, replication } = this.#options
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const query = {
      overwrite: 'false',
      // while a file is written, a space quota is charged with whole blocks, of 128 MB by default, however small the file is
      blocksize: String(hdfsBlockBytes || Math.min(BLOCK_BYTES_MAX, Math.max(1, Math.ceil(bytes / MIB)) * MIB)),
      ...(replication ? { replication: String(replication) } : {}),
    }
    await this.#onDataNode('PUT', 'CREATE', path, { query, body: chunks, signal })
  }

  async read(
    path: string,
    range?: { readonly offset: number; readonly length: number },
    signal?: AbortSignal,
  ): Promise<Buffer> {
    if (range && range.length === 0) return Buffer.alloc(0)
    const query = range ? { offset: String(range.offset), length: String(range.length) } : {}
    try {
      return await this.#onDataNode('GET', 'OPEN', path, { query, signal })
    } catch (error) {
      if (range && isAppError(error) && error.facts['behindEnd']) return Buffer.alloc(0)
      throw error
    }
  }

  async stat(path: string): Promise<FileInfo | undefined> {
    const found = await orUndefined(this.#ask<{ FileStatus: FileStatus }>('GET', 'GETFILESTATUS', path))
    return found && infoOf(found.FileStatus, path.slice(path.lastIndexOf('/') + 1))
  }

  async list(dir: string, options: { readonly after?: string } = {}): Promise<readonly FileInfo[]> {
    const entries: FileInfo[] = []
    let after = options.after
    for (;;) {
      // lower case: Hadoop ignores the documented `startAfter` and would give the first page for ever
      const query: Query = after === undefined ? {} : { startafter: after }
      const page = await orUndefined(this.#ask<DirectoryListing>('GET', 'LISTSTATUS_BATCH', dir, query))
      if (page === undefined) return entries
      const { partialListing, remainingEntries } = page.DirectoryListing
      const found = partialListing.FileStatuses.FileStatus
      // a file lists itself under no name
      for (const status of found) if (status.pathSuffix !== '') entries.push(infoOf(status, status.pathSuffix))
      after = found.at(-1)?.pathSuffix
      if (remainingEntries === 0 || !after) return entries
    }
  }

  async makeDirs(dir: string): Promise<void> {
    await this.#ask('PUT', 'MKDIRS', dir)
  }

  renameNoClobber(from: string, to: string): Promise<void> {
    return this.#rename(from, to, 'NONE')
  }

  renameReplace(from: string, to: string): Promise<void> {
    return this.#rename(from, to, 'OVERWRITE')
  }

  async delete(path: string, options: { readonly recursive?: boolean } = {}): Promise<boolean> {
    const { boolean: deleted } = await this.#ask<{ boolean: boolean }>('DELETE', 'DELETE', path, {
      recursive: String(options.recursive ?? false),
    })
    return deleted
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#nameNode[Symbol.dispose]()
  }

  #rename(from: string, to: string, renameoptions: 'NONE' | 'OVERWRITE'): Promise<void> {
    let unsure = false
    return this.#retrying('RENAME', from, async () => {
      try {
        await this.#askOnce('PUT', 'RENAME', from, { destination: to, renameoptions })
      } catch (error) {
        // HDFS looks at the source first, so a rename that was done before says that the source is not found
        if (unsure && isAppError(error, 'not-found') && (await this.#moved(from, to))) return
        unsure ||= isAppError(error, 'unavailable') && error.facts['status'] === undefined
        throw error
      }
    })
  }

  async #moved(from: string, to: string): Promise<boolean> {
    const [source, target] = await Promise.all([this.stat(from), this.stat(to)])
    return source === undefined && target !== undefined
  }

  /** The two steps of what moves bytes. */
  #onDataNode(
    method: 'GET' | 'PUT',
    op: string,
    path: string,
    options: { query: Query; body?: readonly Uint8Array[]; signal?: AbortSignal | undefined },
  ): Promise<Buffer> {
    const { query, body, signal } = options
    let failed: string | undefined
    return this.#retrying(
      op,
      path,
      async () => {
        const place = await this.#locate(method, op, path, query, failed, signal)
        if (typeof place !== 'string') return place
        const { host } = new URL(place)
        let sent = false
        try {
          return await this.#nameNode.follow(place, {
            method,
            call: { op, path, address: host },
            body,
            signal,
            onSent: () => {
              sent = true
            },
          })
        } catch (error) {
          failed = host
          if (body !== undefined && sent && isAppError(error, 'unavailable')) {
            throw new AppError(
              'unavailable',
              `${error.message}; the file may be there in part: write it under another name`,
              {
                cause: error,
                facts: { ...error.facts, partial: true },
              },
            )
          }
          throw error
        }
      },
      signal,
    )
  }

  /**
   * Where a DataNode does it. After a failure another one is asked for: `excludedatanodes` takes a host (one DataNode a host, as
   * clusters have it) or a transfer address, which a Location does not tell, so where several share a host we ask a few times more.
   */
  async #locate(
    method: 'GET' | 'PUT',
    op: string,
    path: string,
    query: Query,
    failed: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string | Buffer> {
    const ask = (more: Query = {}) => this.#place(method, op, path, { ...query, ...more }, signal)
    if (failed === undefined) return ask()
    const host = failed.replace(/:\d+$/, '')
    for (let tries = 1; ; tries++) {
      let place: string | Buffer
      try {
        place = await ask({ excludedatanodes: host })
      } catch (error) {
        if (!isAppError(error, 'unavailable')) throw error
        return ask()
      }
      if (typeof place !== 'string' || new URL(place).host !== failed || tries === OTHER_DATANODE_TRIES) return place
    }
  }

  /**
   * A NameNode says the place in its answer's body when it is asked so. A gateway may not understand that: it redirects, to itself, or
   * gives a file's bytes at once.
   */
  async #place(
    method: 'GET' | 'PUT',
    op: string,
    path: string,
    query: Query,
    signal: AbortSignal | undefined,
  ): Promise<string | Buffer> {
    const asked = this.#nameNode.isGateway ? query : { ...query, noredirect: 'true' }
    const { status, headers, body } = await this.#nameNode.ask(method, op, path, asked, signal)
    if (status >= 300 && headers.location) return headers.location
    if (method === 'GET' && !/json/.test(headers['content-type'] ?? 'json')) return body
    return (parsed(body) as { Location: string }).Location
  }

  /** One call to the NameNode, repeated while it cannot. */
  #ask<T>(method: Method, op: string, path: string, query: Query = {}): Promise<T> {
    return this.#retrying(op, path, () => this.#askOnce<T>(method, op, path, query))
  }

  async #askOnce<T>(method: Method, op: string, path: string, query: Query): Promise<T> {
    const { body } = await this.#nameNode.ask(method, op, path, query)
    return parsed(body) as T
  }

  #retrying<T>(operation: string, on: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { retries: policy = STORE_RETRIES, onRetry, waits = NO_WAIT_REPORTS } = this.#options
    const what = { service: 'HDFS', address: this.address, operation, on }
    const again = (error: AppError) => error.retry === 'later' && !error.facts['partial']
    return retrying({ policy, signal, onRetry, again }, () => waits.attempt(what, work))
  }
}

function parsed(body: Buffer): unknown {
  return body.length > 0 ? JSON.parse(body.toString()) : {}
}

async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (isAppError(error, 'not-found')) return undefined
    throw error
  }
}

function infoOf(status: FileStatus, name: string): FileInfo {
  return {
    name,
    kind: status.type === 'DIRECTORY' ? 'directory' : 'file',
    bytes: status.length,
    modifiedAt: status.modificationTime,
  }
}
