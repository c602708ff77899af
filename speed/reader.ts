/**
 * The PartitionReader of live counting: every record of a partition goes to each of its lanes (board and extractor), and the
 * group's committed offset is the oldest that any of them still needs.
 */
import type { Logger } from '../model/log.ts'
import type { Batch, PartitionReader } from '../model/messages.ts'
import type { Clock } from '../model/time.ts'
import { Watermarks } from './idle.ts'
import { Lane } from './lane.ts'
import type { SpeedMeter } from './meter.ts'
import type { Beginning, CountingRules } from './partition-counter.ts'
import type { SpeedSink } from './sink.ts'

/** What is counted: one board with one extractor. */
export interface Counting {
  readonly name: string
  readonly rules: CountingRules
  readonly sink: SpeedSink
}

export interface SpeedReaderOptions {
  readonly countings: readonly Counting[]
  readonly flushMs: number
  readonly idleMs: number
  readonly clock: Clock
  /** The earliest and the latest that it can be (model/clocks.ts); `clock` unless given. */
  readonly earliestClock?: Clock
  readonly latestClock?: Clock
  readonly logger: Logger
  readonly meter: SpeedMeter
  /**
   * Where the hours begin that batch does not cover yet: an extractor that becomes live counts them from their first record.
   * Without it, it begins with the slots that are open.
   */
  readonly recent?: (partition: number) => Promise<Beginning>
  /** The worker is stopping. */
  readonly signal: AbortSignal
}

type Commit = { readonly commit?: number } | undefined

/** Makes the readers of one worker's partitions; they share what idle partitions need to know of the others. */
export function speedReaders(options: SpeedReaderOptions): (partition: number) => PartitionReader {
  const watermarks = new Map(options.countings.map(({ name }) => [name, new Watermarks()]))
  return (partition) => new SpeedReader(partition, options, watermarks)
}

class SpeedReader implements PartitionReader {
  readonly #partition: number
  readonly #options: SpeedReaderOptions
  readonly #watermarks: ReadonlyMap<string, Watermarks>
  #lanes: readonly Lane[] = []
  #committed = 0

  constructor(partition: number, options: SpeedReaderOptions, watermarks: ReadonlyMap<string, Watermarks>) {
    this.#partition = partition
    this.#options = options
    this.#watermarks = watermarks
  }

  get stored(): number | undefined {
    return this.#lanes.length === 0 ? undefined : Math.min(...this.#lanes.map((lane) => lane.stored))
  }

  async start(committed: number | undefined): Promise<number | undefined> {
    const { countings, ...common } = this.#options
    const partition = this.#partition
    const beginning = await this.#beginning(committed)
    this.#lanes = await Promise.all(
      countings.map((counting) => {
        const watermarks = this.#watermarks.get(counting.name)!
        return Lane.claim({ ...common, ...counting, partition, watermarks }, beginning)
      }),
    )
    const from = this.#resumeFrom()
    this.#committed = committed ?? 0
    // a partition that nobody has counted or committed begins where Kafka's log begins, which is not known here
    return from === 0 && committed === undefined ? undefined : from
  }

  /** Of what was never counted here: all there is, or when others have counted before it, what is still needed. */
  async #beginning(committed: number | undefined): Promise<Beginning> {
    if (committed === undefined) return { offset: 0, openFrom: 0 }
    const recent = await this.#options.recent?.(this.#partition)
    return recent !== undefined && recent.offset < committed ? recent : { offset: committed, openFrom: 0 }
  }

  async take(batch: Batch): Promise<Commit> {
    const { logger, meter } = this.#options
    if (batch.missing) {
      logger.error(
        { partition: batch.partition, ...batch.missing },
        'Kafka has deleted records before they were counted: live counts of their slots are too low, batch decides',
      )
    }
    meter.messages += batch.messages.length
    for (const lane of this.#lanes) await lane.take(batch)
    return this.#commit()
  }

  async tick(atEnd: boolean): Promise<Commit> {
    for (const lane of this.#lanes) lane.tick(atEnd)
    return this.#commit()
  }

  async close(reason: 'revoked' | 'lost' | 'stopped'): Promise<Commit> {
    await Promise.all(this.#lanes.map((lane) => lane.close(reason !== 'lost')))
    return reason === 'lost' ? undefined : this.#commit()
  }

  #resumeFrom(): number {
    return this.#lanes.reduce((least, lane) => Math.min(least, lane.resumeFrom), Number.POSITIVE_INFINITY)
  }

  /** Once another owner was met, it is for that one to say what it needs. */
  #commit(): Commit {
    const resumeFrom = this.#resumeFrom()
    if (resumeFrom === this.#committed || this.#lanes.some((lane) => lane.fenced)) return undefined
    this.#committed = resumeFrom
    return { commit: resumeFrom }
  }
}
