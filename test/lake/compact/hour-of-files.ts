/** An hour of many small files whose records are known, archived by the archive itself; and readers that count them. */
import { partsFromCommits, type RecordsOf, recordsFromParts } from '../../../lake/account.ts'
import { type CompactorOptions, createCompactor } from '../../../lake/compact/compactor.ts'
import type { FileStore } from '../../../lake/file-store.ts'
import { layoutAt } from '../../../lake/layout.ts'
import { listHour } from '../../../lake/listing.ts'
import { isAppError } from '../../../model/errors.ts'
import { silentLogger } from '../../../model/log.ts'
import type { Message } from '../../../model/messages.ts'
import type { HourId } from '../../../model/time.ts'
import { archiveMessages } from '../archived.ts'
import { decodeFile, messageOf, postOf } from '../posts.ts'

export const layout = layoutAt('/tendance')
export const HOUR = '2026-11-16T07' as HourId
const SEVEN = Date.parse('2026-11-16T07:00:00Z')
const PER_COMMIT = 6

/** Offsets of each partition so far: who archives more goes on from there. */
export class Archived {
  readonly #store: FileStore
  readonly #offsets: number[]
  readonly #ids: string[] = []
  #writers = 0

  constructor(store: FileStore, partitions = 2) {
    this.#store = store
    this.#offsets = new Array<number>(partitions).fill(0)
  }

  /** One commit more of the partition, with six records of the hour and one of the next; `store`: by way of it. */
  async commit(partition: number, store = this.#store): Promise<void> {
    const first = this.#offsets[partition]!
    const messages: Message[] = []
    for (let offset = first; offset <= first + PER_COMMIT; offset += 1) {
      const isNext = offset === first + PER_COMMIT
      const id = `${partition}:${offset}`
      messages.push(messageOf(offset, postOf(id, SEVEN + (isNext ? 3_600_000 : 0) + (offset % 3_000) * 1_000)))
      if (!isNext) this.#ids.push(id)
    }
    this.#offsets[partition] = first + PER_COMMIT + 1
    this.#writers += 1
    await archiveMessages(store, layout, messages, { partition, writer: `archive-${this.#writers}` })
  }

  async commits(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) for (const partition of this.#offsets.keys()) await this.commit(partition)
  }

  /** Of the hour, sorted. */
  get ids(): string[] {
    return this.#ids.toSorted()
  }
}

export function recordsOn(store: FileStore): RecordsOf {
  return recordsFromParts(partsFromCommits({ store, layout }))
}

export function compactorOn(store: FileStore, more: Partial<CompactorOptions> = {}) {
  return createCompactor({
    place: { store, layout },
    writer: 'c1',
    recordsOf: recordsOn(store),
    clock: () => SEVEN,
    logger: silentLogger,
    ...more,
  })
}

/** Ids of the hour as a reader of ours finds them, who lists afresh when a listed file is gone. */
export async function readHour(store: FileStore, hour = HOUR, place = layout): Promise<string[]> {
  for (;;) {
    try {
      const { files } = await listHour({ store, layout: place }, 'posts', hour)
      const found = await Promise.all(files.map(async ({ path }) => decodeFile(await store.read(path), path)))
      return found
        .flat()
        .map(({ id }) => id)
        .sort()
    } catch (error) {
      if (!isAppError(error, 'not-found')) throw error
    }
  }
}

/** Ids as somebody finds them who reads every `*.avro` of the directory, and knows no rule of ours. */
export async function readDirectory(store: FileStore): Promise<string[]> {
  const dir = layout.hourDir('posts', HOUR)
  const names = (await store.list(dir)).map(({ name }) => name).filter((name) => /^[^._].*\.avro$/.test(name))
  const found = await Promise.all(names.map(async (name) => decodeFile(await store.read(`${dir}/${name}`), name)))
  return found
    .flat()
    .map(({ id }) => id)
    .sort()
}
