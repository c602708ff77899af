/**
 * What the batch activities need of the other rooms. workers/batch.ts wires them: lake and views do not know one another, and
 * nobody here knows Kafka.
 */
import type { FileStore } from '../lake/file-store.ts'
import type { Lake } from '../lake/lake.ts'
import type { Layout } from '../lake/layout.ts'
import type { Counters } from '../lake/scan/counters.ts'
import type { LakeTallies } from '../lake/tallies.ts'
import type { BoardName } from '../model/boards.ts'
import type { Clocks } from '../model/clocks.ts'
import type { Logger } from '../model/log.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { Clock } from '../model/time.ts'
import type { Views } from '../views/views.ts'

/**
 * For each partition of the stream's topic, the offset of the log behind its last record. Empty when there is no topic and never was.
 * @throws AppError `conflict` when the topic is not the one that was archived
 */
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
  readonly lake: Lake
  readonly store: FileStore
  readonly layout: Layout
  readonly counters: Counters
  readonly tallies: Pick<LakeTallies, 'write'>
  readonly views: Pick<Views, 'batch' | 'speed' | 'hours' | 'editions' | 'live'>
  readonly highWatermarks: HighWatermarks
  /** The earliest that it can be, by all clocks that are known. */
  readonly clock: Clock
  /** This machine's clock against the services'; without it the machine's is believed. */
  readonly clocks?: Clocks
  readonly logger: Logger
  readonly settings: BatchSettings
  /** Part of temporary names: unique among all that write at this time, such as host and process id. */
  readonly writer: string
}
