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
import http from 'node:http'
import { AppError, isAppError } from '../../model/errors.ts'
import { NO_WAIT_REPORTS, type WaitReports } from '../../model/waiting.ts'
import type { FileInfo, FileStore } from '../file-store.ts'
import { type RetryPolicy, retrying, STORE_RETRIES } from '../retry.ts'
import type { HdfsCall } from './errors.ts'
import { exchange, type ServerDate } from './http.ts'

export interface WebHdfsOptions {
  /** Of the NameNode: `http://127.0.0.1:9870`. */
  readonly url: string
  readonly user: string
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

type Query = Readonly<Record<string, string>>

/** How often the NameNode is asked for another DataNode than the one that has just failed. */
const OTHER_DATANODE_TRIES = 6

export class WebHdfsStore implements FileStore {
  readonly address: string
  readonly #user: string
  readonly #options: WebHdfsOptions
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 16, timeout: 30_000 })

  constructor(options: WebHdfsOptions) {
    this.address = `${options.url.replace(/\/+$/, '')}/webhdfs/v1`
    this.#user = options.user
    this.#options = options
  }

  async create(path: string, chunks: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
    await this.#onDataNode('PUT', 'CREATE', path, { query: { overwrite: 'false' }, body: chunks, signal })
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
    this.#agent.destroy()
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
        const location = await this.#locate(method, op, path, query, failed, signal)
        const { host } = new URL(location)
        let sent = false
        try {
          return await exchange(this.#agent, {
            method,
            url: location,
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
  ): Promise<string> {
    const ask = async (more: Query) => {
      const answer = await this.#askOnce<{ Location: string }>(method, op, path, { ...query, ...more }, signal)
      return answer.Location
    }
    if (failed === undefined) return ask({ noredirect: 'true' })
    const host = failed.replace(/:\d+$/, '')
    for (let tries = 1; ; tries++) {
      let location: string
      try {
        location = await ask({ noredirect: 'true', excludedatanodes: host })
      } catch (error) {
        if (!isAppError(error, 'unavailable')) throw error
        return ask({ noredirect: 'true' })
      }
      if (new URL(location).host !== failed || tries === OTHER_DATANODE_TRIES) return location
    }
  }

  /** One call to the NameNode, repeated while it cannot. */
  #ask<T>(method: 'GET' | 'PUT' | 'DELETE', op: string, path: string, query: Query = {}): Promise<T> {
    return this.#retrying(op, path, () => this.#askOnce<T>(method, op, path, query))
  }

  async #askOnce<T>(
    method: 'GET' | 'PUT' | 'DELETE',
    op: string,
    path: string,
    query: Query,
    signal?: AbortSignal,
  ): Promise<T> {
    const call: HdfsCall = { op, path, address: this.address }
    const search = new URLSearchParams({ op, 'user.name': this.#user, ...query })
    const url = `${this.address}${path.split('/').map(encodeURIComponent).join('/')}?${search}`
    const body = await exchange(this.#agent, { method, url, call, signal, onDate: this.#options.onDate })
    return (body.length > 0 ? JSON.parse(body.toString()) : {}) as T
  }

  #retrying<T>(operation: string, on: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { retries: policy = STORE_RETRIES, onRetry, waits = NO_WAIT_REPORTS } = this.#options
    const what = { service: 'HDFS', address: this.address, operation, on }
    const again = (error: AppError) => error.retry === 'later' && !error.facts['partial']
    return retrying({ policy, signal, onRetry, again }, () => waits.attempt(what, work))
  }
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
