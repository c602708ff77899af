/**
 * What the batch activities need of the other rooms, as narrow ports. workers/batch.ts wires them: lake and views do not
 * know one another, and nobody here knows Kafka.
 */
import type { BoardName } from '../model/boards.ts'
import type { Logger } from '../model/log.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { Clock, HourId } from '../model/time.ts'
import type { HourDocument, TallyColumns } from '../views/documents.ts'
import type { Views } from '../views/views.ts'

export interface RecordFile {
  readonly path: string
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly bytes: number
}

export interface HourListing {
  readonly files: readonly RecordFile[]
  /** Of names and lengths of the record files: what a view is made from. */
  readonly digest: string
  readonly bytes: number
}

export interface HourRange {
  /** First hour; null: from the beginning. */
  readonly from: HourId | null
  /** First hour behind it; null: to the end. */
  readonly until: HourId | null
}

export interface Seal {
  readonly digest: string
  readonly sealedAt: number
}

export interface LakePort {
  /** Hours that have a directory, ascending. */
  listHours(stream: StreamName, range: HourRange, signal?: AbortSignal): Promise<readonly HourId[]>
  listHour(stream: StreamName, hour: HourId, signal?: AbortSignal): Promise<HourListing>
  readSeal(stream: StreamName, hour: HourId): Promise<Seal | undefined>
  /** Writes the seal of the hour as it is now, in place of an earlier one. Resolves to what the ledger keeps. */
  sealHour(stream: StreamName, hour: HourId, sealedAt: number): Promise<Omit<HourDocument, '_id' | 'updatedAt'>>
  /** The offset up to which everything of the partition is in the lake, its files in place; 0 when there is nothing. */
  archivedTo(stream: StreamName, partition: number): Promise<number>
  /** Deletes temporary files that are older and that no commit needs any more. */
  sweep(
    stream: StreamName,
    options: { readonly olderThanMs: number; readonly dryRun: boolean },
  ): Promise<{ readonly paths: readonly string[]; readonly bytes: number }>
}

/** Counts of one board over some files: every term. Opaque here. */
export interface Counts {
  readonly records: number
  readonly copies: number
}

/** Where a full tally belongs. */
export interface TallyPlace {
  readonly stream: StreamName
  readonly board: BoardName
  readonly edition: number
  readonly hour: HourId
  readonly extractor: string
  readonly digest: string
}

export interface CountingPort<C extends Counts = Counts> {
  /** Counts files of one hour: copies of a record (same id) once. @throws AppError `corrupt` with the file */
  count(
    stream: StreamName,
    hour: HourId,
    files: readonly RecordFile[],
    extractor: string,
    signal: AbortSignal,
  ): Promise<C>
  /** Adds up counts of different partitions: no record is in two of them. */
  merge(parts: readonly C[]): C
  encode(counts: C): Uint8Array
  decode(bytes: Uint8Array): C
  /** The greatest terms, for the view. */
  columnsOf(counts: C): TallyColumns
  /** Writes the full tally; the same counts twice give one file. Resolves to its path. */
  writeTally(place: TallyPlace, counts: C): Promise<string>
  /** Hours of which the edition has full tallies. */
  tallyHours(stream: StreamName, edition: number, signal: AbortSignal): Promise<readonly HourId[]>
  /** Files of full tallies of an hour in an edition. */
  listTallies(
    stream: StreamName,
    edition: number,
    hour: HourId,
  ): Promise<readonly { readonly path: string; readonly bytes: number; readonly modifiedAt: number }[]>
}

/** Small files that activities hand to one another: parts of an hour that fanned out. */
export interface ScratchPort {
  /** Resolves when the file is there whole, also when it was before. */
  write(path: string, bytes: Uint8Array): Promise<void>
  exists(path: string): Promise<boolean>
  /** undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>
  delete(path: string): Promise<boolean>
  partialPath(stream: StreamName, edition: number, hour: HourId, name: string): string
}

/** The views' own ports: they are made for this. */
export type BatchViewsPort = Pick<Views, 'batch' | 'speed' | 'hours' | 'editions' | 'live'>

/** For each partition of the stream's topic, the offset behind its last record. Empty when there is no topic. */
export type HighWatermarks = (stream: StreamName) => Promise<ReadonlyMap<number, number>>

export interface BatchSettings {
  readonly graceMs: number
  readonly fanOutBytes: number
  /** How long sealing waits for the archive. */
  readonly archiveWaitMs: number
  readonly archivePollMs: number
  /** Extractors of the first edition. */
  readonly firstExtractors: Readonly<Record<BoardName, string>>
  /** Retired, rejected and failed editions stay this long. */
  readonly keepEditionsMs: number
  readonly keepTemporaryMs: number
}

export interface BatchDependencies<C extends Counts = Counts> {
  readonly lake: LakePort
  readonly counting: CountingPort<C>
  readonly scratch: ScratchPort
  readonly views: BatchViewsPort
  readonly highWatermarks: HighWatermarks
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: BatchSettings
}
