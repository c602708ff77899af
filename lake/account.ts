/**
 * What an hour's files hold, from the commit log: records, when they arrived, how many of them late. A compacted file is accounted
 * for by the commits of the files that it was made from.
 */
import { AppError, isAppError } from '../model/errors.ts'
import type { HourAccount, PartitionAccount, Quarantined } from '../model/ledger.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, hourEnd } from '../model/time.ts'
import { readEntry } from './archive/commit-log.ts'
import { originalsOf } from './compact/log.ts'
import { mapBounded } from './concurrency.ts'
import { recordFileName } from './layout.ts'
import { type LakePlace, listHour, type RecordFile } from './listing.ts'
import { quarantinedOf } from './quarantine.ts'

/** What one commit has of an hour. */
interface CommitPart {
  readonly partition: number
  readonly records: number
  readonly committedAt: number
  /** Of the whole commit: offsets that Kafka no longer had. */
  readonly lost: number
}

/** The commits that a record file of the hour holds. @throws AppError `corrupt` when no commit knows it */
export type PartsOf = (stream: StreamName, hour: HourId, file: RecordFile) => Promise<readonly CommitPart[]>

/** How many records a record file of the hour holds. */
export type RecordsOf = (stream: StreamName, hour: HourId, file: RecordFile) => Promise<number>

interface KnownEntry {
  readonly committedAt: number
  readonly lost: number
  /** By hour and name. */
  readonly records: ReadonlyMap<string, number>
}

/** Entries kept by one `partsFromCommits`: a history of 26,000 hours has some thousand commits. */
const ENTRIES_KEPT = 1_000
const FILES_AT_ONCE = 8

/** Reads commit entries, keeping those it has read: many hours share one. */
export function partsFromCommits(place: LakePlace): PartsOf {
  const kept = new Map<string, Promise<KnownEntry>>()
  const entryOf = (stream: StreamName, { partition, from }: RecordFile) => {
    const key = `${stream}/${partition}/${from}`
    let entry = kept.get(key)
    if (!entry) {
      entry = readEntry({ ...place, stream }, partition, from).then(({ committedAt, missing, files }) => ({
        committedAt,
        lost: missing.reduce((total, gap) => total + gap.to - gap.from, 0),
        records: new Map(files.map((file) => [`${file.hour}/${file.name}`, file.records])),
      }))
      entry.catch(() => kept.delete(key))
      kept.set(key, entry)
      if (kept.size > ENTRIES_KEPT) kept.delete(kept.keys().next().value!)
    }
    return entry
  }
  return async (stream, hour, file) => {
    const originals = await originalsOf(place, stream, hour, file)
    return mapBounded(originals, FILES_AT_ONCE, async (original) => {
      let entry: KnownEntry | undefined
      try {
        entry = await entryOf(stream, original)
      } catch (error) {
        if (!isAppError(error, 'not-found')) throw error
      }
      const records = entry?.records.get(`${hour}/${recordFileName(original)}`)
      if (!entry || records === undefined) {
        const { path } = original
        throw new AppError('corrupt', `${path} is in no commit entry: it was put there by hand, or the log was lost`, {
          facts: { path },
        })
      }
      return { partition: original.partition, records, committedAt: entry.committedAt, lost: entry.lost }
    })
  }
}

export function recordsFromParts(partsOf: PartsOf): RecordsOf {
  return async (stream, hour, file) => sum(await partsOf(stream, hour, file), ({ records }) => records)
}

export interface AccountOptions {
  readonly partsOf: PartsOf
  /** What is archived later than this after the hour's end is late. */
  readonly graceMs: number
}

export interface HourStock extends HourAccount {
  /** Of the listing (lake/listing.ts). */
  readonly digest: string
  readonly wholeDigest: string
  readonly quarantined: Quarantined
}

/** What the hour holds now. @throws AppError `corrupt` when no commit knows one of its files */
export async function stockOf(
  place: LakePlace,
  stream: StreamName,
  hour: HourId,
  { partsOf, graceMs }: AccountOptions,
): Promise<HourStock> {
  const listing = await listHour(place, stream, hour)
  const { digest, wholeDigest, files } = listing
  const parts = await mapBounded(files, FILES_AT_ONCE, (file) => partsOf(stream, hour, file))
  const aside =
    listing.quarantined.length === 0 ? [] : await quarantinedOf(place, stream, hour, listing, recordsFromParts(partsOf))
  return {
    digest,
    wholeDigest,
    ...accountOf(hour, files, parts.flat(), graceMs),
    quarantined: { files: aside.length, records: sum(aside, ({ records }) => records) },
  }
}

function accountOf(
  hour: HourId,
  files: readonly RecordFile[],
  parts: readonly CommitPart[],
  graceMs: number,
): HourAccount {
  const recordsOf = Map.groupBy(parts, ({ partition }) => partition)
  const partitions = [...Map.groupBy(files, ({ partition }) => partition)].map(
    ([partition, own]): PartitionAccount => ({
      partition,
      from: Math.min(...own.map(({ from }) => from)),
      to: Math.max(...own.map(({ to }) => to)),
      records: sum(recordsOf.get(partition) ?? [], ({ records }) => records),
    }),
  )
  const arrivals = parts.map(({ committedAt }) => committedAt)
  const lateAfter = hourEnd(hour) + graceMs
  return {
    records: sum(parts, ({ records }) => records),
    bytes: sum(files, ({ bytes }) => bytes),
    files: files.length,
    partitions: partitions.sort((a, b) => a.partition - b.partition),
    firstArrivedAt: arrivals.length === 0 ? null : Math.min(...arrivals),
    lastArrivedAt: arrivals.length === 0 ? null : Math.max(...arrivals),
    late: sum(parts, ({ committedAt, records }) => (committedAt > lateAfter ? records : 0)),
    lost: sum(parts, ({ lost }) => lost),
  }
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0)
}
