/**
 * What the batch activities need of the other rooms. workers/batch.ts wires them: lake and views do not know one another, and
 * nobody here knows Kafka.
 */
import type { FileStore } from '../lake/file-store.ts'
import type { Layout } from '../lake/layout.ts'
import type { Counters } from '../lake/scan/counters.ts'
import type { LakeTallies } from '../lake/tallies.ts'
import type { BoardName } from '../model/boards.ts'
import type { Logger } from '../model/log.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { Clock, HourId } from '../model/time.ts'
import type { NewHourDocument } from '../views/hours.ts'
import type { Views } from '../views/views.ts'

export interface RecordFile {
  readonly path: string
  readonly partition: number
  readonly bytes: number
}

export interface HourListing {
  readonly files: readonly RecordFile[]
  /** Of names and lengths of the record files: what a view is made from. */
  readonly digest: string
  readonly bytes: number
  /** The hour has a seal. Files may have come since. */
  readonly sealed: boolean
}

export interface HourRange {
  /** First hour; from the beginning when it is left out. */
  readonly from?: HourId
  /** First hour behind it; to the end when it is left out. */
  readonly to?: HourId
}

export interface Seal extends Omit<NewHourDocument, 'updatedAt' | 'sealedAt'> {
  readonly digest: string
  readonly sealedAt: number
}

/** The master data set: lake/listing.ts, lake/sealing.ts, lake/sweep.ts at one place. */
export interface LakePort {
  /** Hours that have a directory, ascending. */
  listHours(stream: StreamName, range: HourRange, signal?: AbortSignal): Promise<readonly HourId[]>
  listHour(stream: StreamName, hour: HourId, signal?: AbortSignal): Promise<HourListing>
  readSeal(stream: StreamName, hour: HourId): Promise<Seal | undefined>
  /** Writes the seal of the hour as it is now, in place of an earlier one. */
  sealHour(stream: StreamName, hour: HourId, sealedAt: number): Promise<Seal>
  /** The offset up to which everything of the partition is in the lake, its files in place; 0 when there is nothing. */
  archivedTo(stream: StreamName, partition: number): Promise<number>
  /** Deletes abandoned temporary files that were last changed before `olderThan` (ms since 1970), unless `dryRun`. */
  sweepTemporary(
    stream: StreamName,
    options: { readonly olderThan: number; readonly dryRun: boolean },
  ): Promise<{ readonly paths: readonly string[]; readonly bytes: number }>
}

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

export interface BatchDependencies {
  readonly lake: LakePort
  readonly store: FileStore
  readonly layout: Layout
  readonly counters: Counters
  readonly tallies: Pick<LakeTallies, 'write'>
  readonly views: Pick<Views, 'batch' | 'speed' | 'hours' | 'editions' | 'live'>
  readonly highWatermarks: HighWatermarks
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: BatchSettings
  /** Part of temporary names: unique among all that write at this time, such as host and process id. */
  readonly writer: string
}
