/**
 * The log of a partition: its commit entries, of which only the last matters to whoever goes on.
 *
 * `_last` beside the entries names an entry near the end, so that finding the last one lists a few names, not years of them. It
 * is a hint: written after the commit, possibly behind, possibly missing, never ahead.
 */
import { AppError, isAppError } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import type { StreamName } from '../../model/streams/stream.ts'
import { mapBounded } from '../concurrency.ts'
import type { FileStore } from '../file-store.ts'
import { type Layout, offsetName, parseRecordFileName, recordFileName } from '../layout.ts'
import { covers, listHour } from '../listing.ts'
import { writeWhole } from '../temporary-files.ts'
import { type CommitEntry, type CommittedFile, decodeEntry } from './commit-entry.ts'

export interface LogPlace {
  readonly store: FileStore
  readonly layout: Layout
  readonly stream: StreamName
}

const HINT = '_last'
const ENTRY_NAME = /^(\d{16})\.json$/
/** Renames under way at once: HDFS answers some 1,000 a second. */
const RENAMES_AT_ONCE = 16

/** @throws AppError `not-found`, `corrupt` */
export async function readEntry(place: LogPlace, partition: number, from: number): Promise<CommitEntry> {
  const path = place.layout.commitFile(place.stream, partition, from)
  const entry = decodeEntry(await place.store.read(path), path)
  if (entry.from !== from || entry.partition !== partition || entry.stream !== place.stream) {
    throw new AppError('corrupt', `${path} holds the entry of ${entry.stream} ${entry.partition} from ${entry.from}`, {
      facts: { path },
    })
  }
  return entry
}

/** The last entry, or undefined when the partition has none. Its files may not be in place yet. */
export async function lastEntry(place: LogPlace, partition: number): Promise<CommitEntry | undefined> {
  const { store, layout, stream } = place
  const dir = layout.commitsDir(stream, partition)
  const hint = await readHint(place, partition)
  const entries = await store.list(dir, hint === undefined ? {} : { after: `${offsetName(hint)}.json` })
  const behind = entries.findLast((info) => ENTRY_NAME.test(info.name))
  if (behind) return readEntry(place, partition, Number(ENTRY_NAME.exec(behind.name)![1]))
  if (hint === undefined) return undefined
  try {
    return await readEntry(place, partition, hint)
  } catch (error) {
    if (!isAppError(error, 'not-found')) throw error
    const path = `${dir}/${HINT}`
    const entryPath = layout.commitFile(stream, partition, hint)
    const todo = `restore it from a snapshot, or 'tendance accept-loss ${entryPath} --reason …' goes on without it`
    throw new AppError('corrupt', `${path} names the entry from ${hint}, which is not there; ${todo}`, {
      cause: error,
      facts: { path, hint },
    })
  }
}

async function readHint(place: LogPlace, partition: number): Promise<number | undefined> {
  const path = `${place.layout.commitsDir(place.stream, partition)}/${HINT}`
  try {
    const text = (await place.store.read(path)).toString().trim()
    return /^\d{1,16}$/.test(text) ? Number(text) : undefined
  } catch (error) {
    if (isAppError(error, 'not-found')) return undefined
    throw error
  }
}

/** Says where the end is near. What it costs to fail is a longer list. `unique`: see `writeWhole`. */
export async function writeHint(place: LogPlace, entry: CommitEntry, unique: string, logger: Logger): Promise<void> {
  const { store, layout, stream } = place
  const path = `${layout.commitsDir(stream, entry.partition)}/${HINT}`
  try {
    const tmpDir = layout.tmpDir(stream)
    await writeWhole(store, path, [Buffer.from(`${entry.from}\n`)], { tmpDir, unique, replace: true })
  } catch (error) {
    logger.warn({ error, path }, 'the hint to the last commit was not written')
  }
}

/** Where the file of a commit belongs. */
export function placeOf(place: Pick<LogPlace, 'layout' | 'stream'>, file: CommittedFile): string {
  return `${place.layout.hourDir(place.stream, file.hour)}/${file.name}`
}

/**
 * Renames the entry's files into place; those that are there already are left alone, so it may be called again, and by two at once.
 * @throws AppError `corrupt` when a file is neither under its temporary name nor in its place
 */
export async function finishCommit(place: LogPlace, entry: CommitEntry): Promise<void> {
  const { store } = place
  await mapBounded(entry.files, RENAMES_AT_ONCE, async (file) => {
    const target = placeOf(place, file)
    await store.makeDirs(place.layout.hourDir(place.stream, file.hour))
    let failure: AppError
    try {
      return await store.renameNoClobber(file.temp, target)
    } catch (error) {
      if (!isAppError(error, 'not-found') && !isAppError(error, 'exists')) throw error
      failure = error
    }
    if (failure.code === 'not-found' && (await isInPlace(place, file, 'in place when a person accepted it'))) return
    const found = await store.stat(target)
    if (found?.bytes === file.bytes) return
    const path = place.layout.commitFile(place.stream, entry.partition, entry.from)
    const why = found ? `has ${found.bytes} bytes instead of ${file.bytes}` : `is not there, nor is ${file.temp}`
    const todo = `restore the file, or 'tendance accept-loss ${target} --reason …' lets the archive go on without its ${file.records} records`
    throw new AppError('corrupt', `${path} lists ${target}, which ${why}: records are lost; ${todo}`, {
      cause: failure,
      facts: { path, target, temp: file.temp, expected: file.bytes, found: found?.bytes },
    })
  })
}

/**
 * Whether the file has come to where it belongs, once. It was whole when it was renamed; what has become of it since is for readers to
 * find: damaged (then its archive must go on all the same), quarantined, or compacted with others. `gone`: what one that has vanished
 * counts as.
 */
async function isInPlace(
  place: LogPlace,
  file: CommittedFile,
  gone: 'in place when its hour says so' | 'in place when a person accepted it',
): Promise<boolean> {
  if (await place.store.stat(placeOf(place, file))) return true
  const name = parseRecordFileName(file.name)
  if (!name) return false
  const { files, quarantined } = await listHour(place, place.stream, file.hour)
  const noted = quarantined.filter(({ vanished }) => !vanished || gone === 'in place when its hour says so')
  if ([...files, ...noted].some((other) => recordFileName(other) === file.name || covers(other, name))) return true
  const decision = place.layout.fileDecision(place.stream, 'losses', file.hour, file.name)
  return (await place.store.stat(decision)) !== undefined
}

/** Whether all files of the entry are in place, or their hours say that they have vanished since. */
export async function isFinished(place: LogPlace, entry: CommitEntry): Promise<boolean> {
  const found = await mapBounded(entry.files, RENAMES_AT_ONCE, (file) =>
    isInPlace(place, file, 'in place when its hour says so'),
  )
  return found.every(Boolean)
}

/**
 * The offset that readers of the lake have everything before: `to` of the last entry whose files are in place; 0 without one.
 */
export async function archivedTo(place: LogPlace, partition: number): Promise<number> {
  const last = await lastEntry(place, partition)
  if (!last) return 0
  return (await isFinished(place, last)) ? last.to : last.from
}

/** The entries of a partition in order, from the one at `from` on: for audits. */
export async function* readLog(place: LogPlace, partition: number, from = 0): AsyncGenerator<CommitEntry> {
  for (let at = from; ; ) {
    try {
      const entry = await readEntry(place, partition, at)
      yield entry
      at = entry.to
    } catch (error) {
      if (isAppError(error, 'not-found')) return
      throw error
    }
  }
}
