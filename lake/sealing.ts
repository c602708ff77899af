/**
 * Sealing an hour: writing down that no record is still on its way in, and what the hour then held.
 *
 * The rule (DESIGN.md): the wall clock is past the hour's end and the grace, and each partition has archived at least up to the
 * high watermark that Kafka told after that moment. Who seals makes sure of it (activities/seal-hours.ts); Kafka is not known here.
 *
 * Invariant: a seal names exactly the files that were listed, by digest. Late records come as further files: the seal stays true
 * of what it names, and sealing again replaces it.
 */
import { z } from 'zod'
import { AppError, isAppError } from '../model/errors.ts'
import { STREAM_NAMES, type StreamName } from '../model/streams/stream.ts'
import { type HourId, parseHour } from '../model/time.ts'
import { readEntry } from './archive/commit-log.ts'
import { mapBounded } from './concurrency.ts'
import { type HourListing, type LakePlace, listHour, type RecordFile } from './listing.ts'
import { writeWhole } from './temporary-files.ts'

const count = z.int().min(0)

const sealJson = z.object({
  version: z.literal(1),
  stream: z.enum(STREAM_NAMES),
  hour: z.string().transform((text): HourId => parseHour(text)),
  /** Wall clock, ms. */
  sealedAt: z.int(),
  /** Of the listing that was sealed (lake/listing.ts). */
  digest: z.string(),
  /** Copies of a record count as often as they are there. */
  records: count,
  bytes: count,
  files: count,
  /** Of each partition with records in the hour: the range of offsets that its files cover, and its records. */
  partitions: z.array(z.object({ partition: count, from: count, to: count, records: count })),
})

export interface Seal {
  readonly stream: StreamName
  readonly hour: HourId
  readonly sealedAt: number
  readonly digest: string
  readonly records: number
  readonly bytes: number
  readonly files: number
  readonly partitions: readonly SealedPartition[]
}

export interface SealedPartition {
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly records: number
}

/** How many records the file of a commit has in an hour: from its entry, which many hours' files share. */
export type RecordsOf = (stream: StreamName, hour: HourId, file: RecordFile) => Promise<number>

/** Entries kept by one `recordsFromCommits`: a history of 26,000 hours has some thousand commits. */
const ENTRIES_KEPT = 1_000

/** Reads commit entries, keeping those it has read. @throws AppError `corrupt` when an entry does not know the file */
export function recordsFromCommits(place: LakePlace): RecordsOf {
  const kept = new Map<string, Promise<ReadonlyMap<string, number>>>()
  const countsOf = (stream: StreamName, { partition, from }: RecordFile) => {
    const key = `${stream}/${partition}/${from}`
    let counts = kept.get(key)
    if (!counts) {
      counts = readEntry({ ...place, stream }, partition, from).then(
        ({ files }) => new Map(files.map((file) => [`${file.hour}/${file.name}`, file.records])),
      )
      counts.catch(() => kept.delete(key))
      kept.set(key, counts)
      if (kept.size > ENTRIES_KEPT) kept.delete(kept.keys().next().value!)
    }
    return counts
  }
  return async (stream, hour, file) => {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1)
    let records: number | undefined
    try {
      records = (await countsOf(stream, file)).get(`${hour}/${name}`)
    } catch (error) {
      if (!isAppError(error, 'not-found')) throw error
    }
    if (records !== undefined) return records
    throw new AppError('corrupt', `${file.path} is in no commit entry: it was put there by hand, or the log was lost`, {
      facts: { path: file.path },
    })
  }
}

const FILES_AT_ONCE = 8

/** What the seal of the hour would say of this listing. */
export async function sealOf(
  stream: StreamName,
  hour: HourId,
  listing: HourListing,
  sealedAt: number,
  recordsOf: RecordsOf,
): Promise<Seal> {
  const counts = await mapBounded(listing.files, FILES_AT_ONCE, (file) => recordsOf(stream, hour, file))
  const partitions = new Map<number, SealedPartition>()
  listing.files.forEach(({ partition, from, to }, i) => {
    const before = partitions.get(partition)
    partitions.set(partition, {
      partition,
      from: Math.min(from, before?.from ?? from),
      to: Math.max(to, before?.to ?? to),
      records: counts[i]! + (before?.records ?? 0),
    })
  })
  return {
    stream,
    hour,
    sealedAt,
    digest: listing.digest,
    records: counts.reduce((sum, each) => sum + each, 0),
    bytes: listing.bytes,
    files: listing.files.length,
    partitions: [...partitions.values()].sort((a, b) => a.partition - b.partition),
  }
}

export interface SealOptions {
  readonly sealedAt: number
  readonly recordsOf: RecordsOf
  /** Part of a temporary name that nobody else uses. */
  readonly unique: string
}

/** Seals the hour as it is now, in place of an earlier seal. The caller has made sure that it may. */
export async function sealHour(
  place: LakePlace,
  stream: StreamName,
  hour: HourId,
  options: SealOptions,
): Promise<Seal> {
  const { store, layout } = place
  const seal = await sealOf(stream, hour, await listHour(place, stream, hour), options.sealedAt, options.recordsOf)
  const bytes = Buffer.from(`${JSON.stringify({ version: 1, ...seal }, undefined, 1)}\n`)
  await writeWhole(store, layout.sealFile(stream, hour), [bytes], {
    tmpDir: layout.tmpDir(stream),
    unique: options.unique,
    replace: true,
  })
  return seal
}

/** The hour's seal, or undefined. @throws AppError `corrupt` */
export async function readSeal(place: LakePlace, stream: StreamName, hour: HourId): Promise<Seal | undefined> {
  const path = place.layout.sealFile(stream, hour)
  let bytes: Buffer
  try {
    bytes = await place.store.read(path)
  } catch (error) {
    if (isAppError(error, 'not-found')) return undefined
    throw error
  }
  try {
    const { version: _version, ...seal } = sealJson.parse(JSON.parse(bytes.toString()))
    return seal
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    throw new AppError(
      'corrupt',
      `the seal ${path} cannot be understood: ${why}; delete it, the next run seals again`,
      {
        cause: error,
        facts: { path },
      },
    )
  }
}
