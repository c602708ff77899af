/**
 * A file store in memory, for tests that make thousands of commits. It keeps the port's promises: the contract suite
 * (test/contract/file-store.test.ts) runs over it too.
 */
import type { FileInfo, FileStore } from '../../lake/file-store.ts'
import { AppError } from '../../model/errors.ts'

interface Entry {
  readonly bytes: Buffer | undefined
  readonly modifiedAt: number
}

export class MemoryStore implements FileStore {
  readonly address = 'memory'
  readonly #entries = new Map<string, Entry>([['', { bytes: undefined, modifiedAt: 0 }]])
  readonly #clock: () => number

  constructor(clock: () => number = Date.now) {
    this.#clock = clock
  }

  async create(path: string, chunks: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new AppError('cancelled', `create ${path}`)
    if (this.#entries.has(path)) throw new AppError('exists', path)
    await this.makeDirs(parentOf(path))
    this.#entries.set(path, { bytes: Buffer.concat(chunks), modifiedAt: this.#clock() })
    this.#touch(parentOf(path))
  }

  async read(path: string, range?: { offset: number; length: number }, signal?: AbortSignal): Promise<Buffer> {
    if (signal?.aborted) throw new AppError('cancelled', `read ${path}`)
    const bytes = this.#entries.get(path)?.bytes
    if (!bytes) throw new AppError('not-found', path)
    return Buffer.from(range ? bytes.subarray(range.offset, range.offset + range.length) : bytes)
  }

  async stat(path: string): Promise<FileInfo | undefined> {
    const entry = this.#entries.get(path)
    return entry && infoOf(path, entry)
  }

  async list(dir: string, options: { after?: string } = {}): Promise<readonly FileInfo[]> {
    const { after = '' } = options
    return [...this.#entries]
      .filter(([path]) => path !== '' && parentOf(path) === dir)
      .map(([path, entry]) => infoOf(path, entry))
      .filter((info) => info.name > after)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async makeDirs(dir: string): Promise<void> {
    if (dir === '') return
    await this.makeDirs(parentOf(dir))
    const there = this.#entries.get(dir)
    if (there?.bytes) throw new AppError('exists', `${dir} is a file`)
    if (there) return
    this.#entries.set(dir, { bytes: undefined, modifiedAt: this.#clock() })
    this.#touch(parentOf(dir))
  }

  /** A directory changes when an entry of it comes or goes. */
  #touch(dir: string): void {
    this.#entries.set(dir, { bytes: undefined, modifiedAt: this.#clock() })
  }

  async renameNoClobber(from: string, to: string): Promise<void> {
    if (this.#entries.has(from) && this.#entries.has(to)) throw new AppError('exists', to)
    return this.renameReplace(from, to)
  }

  async renameReplace(from: string, to: string): Promise<void> {
    if (!this.#entries.has(from)) throw new AppError('not-found', from)
    if (!this.#entries.has(parentOf(to))) throw new AppError('not-found', parentOf(to))
    for (const [path, entry] of [...this.#entries]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue
      this.#entries.delete(path)
      this.#entries.set(to + path.slice(from.length), entry)
    }
    this.#touch(parentOf(from))
    this.#touch(parentOf(to))
  }

  async delete(path: string, options: { recursive?: boolean } = {}): Promise<boolean> {
    const below = [...this.#entries.keys()].filter((each) => each.startsWith(`${path}/`))
    if (below.length > 0 && !options.recursive) throw new AppError('internal', `${path} is not empty`)
    for (const each of below) this.#entries.delete(each)
    const found = this.#entries.delete(path)
    if (found) this.#touch(parentOf(path))
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

function infoOf(path: string, { bytes, modifiedAt }: Entry): FileInfo {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return { name, kind: bytes ? 'file' : 'directory', bytes: bytes?.length ?? 0, modifiedAt }
}
