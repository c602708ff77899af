/**
 * The lake in a local folder, behind the same port and the same contract suite as HDFS: for tests, and for one machine without
 * Hadoop.
 *
 * Invariant: what resolved is on the disk (file and directory are synced), and a rename is one link(2), which never replaces.
 * A crash between its link and its unlink leaves both names on one inode; renaming again finishes that.
 */
import { link, mkdir, open, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError, isAppError, messageOf } from '../model/errors.ts'
import type { FileInfo, FileStore } from './file-store.ts'

const LISTINGS_MAX = 5

export class LocalStore implements FileStore {
  readonly address: string

  /** `folder` is what `/` of the store is; it is made when first written to. */
  constructor(folder: string) {
    this.address = folder
  }

  async create(path: string, chunks: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
    const target = this.#pathOf(path)
    await this.#doing('create', path, async () => {
      await mkdir(dirname(target), { recursive: true })
      const file = await open(target, 'wx')
      try {
        for (const chunk of chunks) {
          signal?.throwIfAborted()
          await file.writeFile(chunk)
        }
        await file.sync()
      } finally {
        await file.close()
      }
      await syncDir(dirname(target))
    })
  }

  async read(
    path: string,
    range?: { readonly offset: number; readonly length: number },
    signal?: AbortSignal,
  ): Promise<Buffer> {
    return this.#doing('read', path, async () => {
      signal?.throwIfAborted()
      const file = await open(this.#pathOf(path), 'r')
      try {
        if (!range) return await file.readFile()
        const { size } = await file.stat()
        const length = Math.max(0, Math.min(range.length, size - range.offset))
        const buffer = Buffer.alloc(length)
        let at = 0
        while (at < length) {
          const { bytesRead } = await file.read(buffer, at, length - at, range.offset + at)
          if (bytesRead === 0) break
          at += bytesRead
        }
        return buffer.subarray(0, at)
      } finally {
        await file.close()
      }
    })
  }

  async stat(path: string): Promise<FileInfo | undefined> {
    try {
      return await this.#doing('stat', path, () => infoOf(this.#pathOf(path), path.slice(path.lastIndexOf('/') + 1)))
    } catch (error) {
      if (isAppError(error, 'not-found')) return undefined
      throw error
    }
  }

  async list(dir: string, options: { readonly after?: string } = {}): Promise<readonly FileInfo[]> {
    // A file that is renamed while it is looked at would be listed under neither name: then it is listed again.
    for (let tries = 1; ; tries += 1) {
      const found = await this.#listOnce(dir, options)
      const there = found.filter((info) => info !== undefined)
      if (there.length === found.length || tries === LISTINGS_MAX) return there
    }
  }

  /** undefined: a file that was there by name, and is gone. */
  async #listOnce(dir: string, options: { readonly after?: string }): Promise<readonly (FileInfo | undefined)[]> {
    const folder = this.#pathOf(dir)
    let names: string[]
    try {
      names = await this.#doing('list', dir, () => readdir(folder))
    } catch (error) {
      if (isAppError(error, 'not-found')) return []
      throw error
    }
    const after = options.after === undefined ? undefined : Buffer.from(options.after)
    const sorted = names
      .map((name) => Buffer.from(name))
      .filter((name) => after === undefined || name.compare(after) > 0)
      .sort(Buffer.compare)
    return Promise.all(
      sorted.map(async (bytes) => {
        const name = bytes.toString()
        return infoOf(join(folder, name), name).catch(() => undefined)
      }),
    )
  }

  async makeDirs(dir: string): Promise<void> {
    await this.#doing('makeDirs', dir, () => mkdir(this.#pathOf(dir), { recursive: true }))
  }

  async renameNoClobber(from: string, to: string): Promise<void> {
    const [source, target] = [this.#pathOf(from), this.#pathOf(to)]
    await this.#doing('rename', `${from} to ${to}`, async () => {
      const { isDirectory, inode } = await identityOf(source)
      if (isDirectory) {
        // rename(2) refuses a target with anything in it; an empty one it would replace
        if (await this.stat(to)) throw alreadyThere(to)
        await rename(source, target)
      } else {
        await link(source, target).catch(async (error: unknown) => {
          const there = await identityOf(target)
          if (there.inode !== inode) throw error
        })
        await unlink(source)
      }
      await syncDir(dirname(target))
    })
  }

  async renameReplace(from: string, to: string): Promise<void> {
    await this.#doing('rename', `${from} to ${to}`, async () => {
      await rename(this.#pathOf(from), this.#pathOf(to))
      await syncDir(dirname(this.#pathOf(to)))
    })
  }

  async delete(path: string, options: { readonly recursive?: boolean } = {}): Promise<boolean> {
    const target = this.#pathOf(path)
    const found = await this.stat(path)
    if (!found) return false
    await this.#doing('delete', path, () => {
      if (found.kind === 'file') return rm(target, { force: true })
      return options.recursive ? rm(target, { recursive: true, force: true }) : rmdir(target)
    })
    return true
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** Refuses what HDFS refuses, so that nothing works here and fails there. */
  #pathOf(path: string): string {
    const parts = path.split('/')
    if (parts[0] !== '' || parts.some((part) => part === '.' || part === '..' || part.includes(':'))) {
      throw new AppError('bad-input', `'${path}' is not a path of the lake: absolute, without '.', '..' and ':'`, {
        facts: { path },
      })
    }
    return join(this.address, ...parts)
  }

  async #doing<T>(op: string, path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (isAppError(error)) throw error
      const { code } = error as NodeJS.ErrnoException
      const message = `${op} ${path} in ${this.address}: ${messageOf(error)}`
      throw new AppError(codeOf(error), message, {
        cause: error,
        facts: { op, path, address: this.address, errno: code },
      })
    }
  }
}

function codeOf(error: unknown): AppError['code'] {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'not-found'
    case 'EEXIST':
      return 'exists'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOSPC':
      return 'denied'
    default:
      return (error as Error).name === 'AbortError' ? 'cancelled' : 'internal'
  }
}

function alreadyThere(path: string): AppError {
  return new AppError('exists', `${path} is there already`, { facts: { path } })
}

async function identityOf(path: string): Promise<{ isDirectory: boolean; inode: bigint }> {
  const info = await stat(path, { bigint: true })
  return { isDirectory: info.isDirectory(), inode: info.ino }
}

async function infoOf(path: string, name: string): Promise<FileInfo> {
  const info = await stat(path)
  return {
    name,
    kind: info.isDirectory() ? 'directory' : 'file',
    bytes: info.isDirectory() ? 0 : info.size,
    modifiedAt: Math.floor(info.mtimeMs),
  }
}

async function syncDir(folder: string): Promise<void> {
  const directory = await open(folder, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
