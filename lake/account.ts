/**
 * What an hour's files hold, from the commit log: records, when they arrived, how many of them late. A compacted file is accounted
 * for by the commits of the files that it was made from.
 */
import { AppError } from '../model/errors.ts'
import type { HourAccount, PartitionAccount, Quarantined } from '../model/ledger.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, hourEnd } from '../model/time.ts'
import { originalsOf } from './compact/log.ts'
import { mapBounded } from './concurrency.ts'
import { type EntryOf, fileKey, rememberEntries } from './entries.ts'
import { recordFileName } from './layout.ts'
import { type LakePlace, listHour, type RecordFile } from './listing.ts'
import { type QuarantinedFile, quarantinedOf } from './quarantine.ts'

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

const FILES_AT_ONCE = 8

export function partsFromCommits(place: LakePlace, entryOf: EntryOf = rememberEntries(place)): PartsOf {
  return async (stream, hour, file) => {
    const originals = await originalsOf(place, stream, hour, file)
    return mapBounded(originals, FILES_AT_ONCE, async (original) => {
      const { partition, from, path } = original
      const entry = await entryOf(stream, partition, from)
      const committed = entry?.files.get(fileKey(hour, recordFileName(original)))
      if (entry && committed) {
        return { partition, records: committed.records, committedAt: entry.committedAt, lost: entry.lost }
      }
      const log = place.layout.commitFile(stream, partition, from)
      const why = entry
        ? `${log} does not list it: it was put there by hand; 'tendance quarantine discard ${path} --reason …' takes it out`
        : `${log} is not there, which must list it: restore that from a snapshot, or 'tendance accept-loss ${log} --reason …' makes it anew from the files that are there`
      throw new AppError('corrupt', `${path} is in no commit entry: ${why}`, { facts: { path, log } })
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
    quarantined: lackingOf(aside),
  }
}

/** How many files and records an hour lacks; of them those that vanished, and those that a person accepted as lost. */
export function lackingOf(files: readonly QuarantinedFile[]): Quarantined {
  const own = files.filter(({ foreign }) => !foreign)
  const part = (some: readonly QuarantinedFile[]) => ({ files: some.length, records: sum(some, (one) => one.records) })
  const vanished = part(own.filter((one) => one.vanished))
  const accepted = part(own.filter((one) => one.vanished && one.accepted !== null))
  return { ...part(own), ...(vanished.files > 0 ? { vanished } : {}), ...(accepted.files > 0 ? { accepted } : {}) }
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
