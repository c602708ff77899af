/** Commit entries by partition and first offset, kept while a process lives: they never change, and many hours share one. */
import { isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import type { CommitEntry } from './archive/commit-entry.ts'
import { readEntry } from './archive/commit-log.ts'
import type { LakePlace } from './listing.ts'

/** A file as its commit entry lists it. */
export interface EntryFile {
  readonly hour: HourId
  /** In the hour's directory. */
  readonly name: string
  /** The path that it was written under. */
  readonly temp: string
  readonly bytes: number
  readonly records: number
}

export interface KnownEntry {
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly committedAt: number
  /** Offsets that Kafka no longer had. */
  readonly lost: number
  /** By hour and name: `fileKey`. */
  readonly files: ReadonlyMap<string, EntryFile>
}

/** undefined: there is no entry from that offset. @throws AppError `corrupt` when it cannot be understood */
export type EntryOf = (stream: StreamName, partition: number, from: number) => Promise<KnownEntry | undefined>

/** A history of 26,000 hours has some thousand commits. */
const ENTRIES_KEPT = 1_000

export function fileKey(hour: HourId, name: string): string {
  return `${hour}/${name}`
}

export function rememberEntries(place: LakePlace): EntryOf {
  const kept = new Map<string, Promise<KnownEntry>>()
  return async (stream, partition, from) => {
    const key = `${stream}/${partition}/${from}`
    let entry = kept.get(key)
    if (!entry) {
      entry = readEntry({ ...place, stream }, partition, from).then(knownEntry)
      entry.catch(() => kept.delete(key))
      kept.set(key, entry)
      if (kept.size > ENTRIES_KEPT) kept.delete(kept.keys().next().value!)
    }
    try {
      return await entry
    } catch (error) {
      if (isAppError(error, 'not-found')) return undefined
      throw error
    }
  }
}

export function knownEntry({ partition, from, to, committedAt, missing, files }: CommitEntry): KnownEntry {
  return {
    partition,
    from,
    to,
    committedAt,
    lost: missing.reduce((total, gap) => total + gap.to - gap.from, 0),
    files: new Map(
      files.map(({ hour, name, temp, bytes, records }) => [fileKey(hour, name), { hour, name, temp, bytes, records }]),
    ),
  }
}
