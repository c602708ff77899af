/**
 * One board and extractor of one partition: its counter, and when what it counted is written. Counting does not wait for
 * writing, unless writing has been behind for long, or too many slots are open.
 */
import { AppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { Batch } from '../model/messages.ts'
import type { Clock } from '../model/time.ts'
import { FlushWriter } from './flush-writer.ts'
import { idleWatermark, type Watermarks } from './idle.ts'
import { insist } from './insist.ts'
import type { SpeedMeter } from './meter.ts'
import { type Beginning, type CountingRules, firstState, PartitionCounter } from './partition-counter.ts'
import type { SpeedSink } from './sink.ts'

/** Counting waits for a flush that takes longer than this: what is in memory stays bounded when the store is away. */
const WRITE_BEHIND_MS_MAX = 10_000
/** How long to wait for the group to take away a partition that another owner has claimed. */
const FENCED_MS_MAX = 30_000
/** One carries out a decision that was taken over, one may take another. */
const LAST_FLUSHES = 2

export interface LaneOptions {
  /** `hashtags@2 of board hashtags`: for logs and messages. */
  readonly name: string
  readonly partition: number
  readonly rules: CountingRules
  readonly sink: SpeedSink
  readonly watermarks: Watermarks
  readonly flushMs: number
  readonly idleMs: number
  readonly clock: Clock
  /** The earliest and the latest that it can be, by all clocks that are known; `clock` unless given. */
  readonly earliestClock?: Clock
  readonly latestClock?: Clock
  readonly logger: Logger
  readonly meter: SpeedMeter
  /** The worker is stopping. */
  readonly signal: AbortSignal
}

export class Lane {
  readonly #options: LaneOptions
  readonly #counter: PartitionCounter
  readonly #writer: FlushWriter
  /** Wall clock, ms. */
  #activeAt: number
  #atEnd = false
  #flushedAt: number
  /** When the oldest record that no flush has yet was taken. */
  #waitingSince: number | undefined
  #fencedAt: number | undefined

  private constructor(options: LaneOptions, counter: PartitionCounter) {
    this.#options = options
    this.#counter = counter
    const { sink, partition, clock, logger, signal } = options
    this.#writer = new FlushWriter(sink, partition, counter.state, logger, signal)
    this.#activeAt = clock()
    this.#flushedAt = this.#activeAt
    options.watermarks.set(partition, counter.state.watermark)
  }

  /** Takes the partition over from whoever had it. @param beginning when it was never counted */
  static async claim(options: LaneOptions, beginning: Beginning): Promise<Lane> {
    const { sink, partition, signal, logger } = options
    const claim = () => sink.claim(partition, firstState(beginning))
    const state = await insist(claim, `taking over partition ${partition}`, signal, logger)
    return new Lane(options, new PartitionCounter(options.rules, state))
  }

  /** The oldest offset that is still needed, as written. */
  get resumeFrom(): number {
    return this.#writer.resumeFrom
  }

  /** Every record below this offset is counted in the views, as written. */
  get stored(): number {
    return this.#writer.stored
  }

  /** Whether another owner has been met: nothing is counted any more. */
  get fenced(): boolean {
    return this.#writer.end?.kind === 'fenced'
  }

  async take(batch: Batch): Promise<void> {
    const { clock, latestClock = clock, meter } = this.#options
    const now = clock()
    const latest = Math.max(now, latestClock())
    if (this.#ended(now)) return
    if (this.#writer.busy && now - this.#flushedAt > WRITE_BEHIND_MS_MAX) await this.#writer.idle()
    const counter = this.#counter
    const { late, rejected } = counter
    for (const message of batch.messages) {
      if (counter.full) await this.#closeOldest()
      counter.add(message, latest)
    }
    counter.passTo(batch.to)
    meter.late += counter.late - late
    meter.rejected += counter.rejected - rejected
    this.#activeAt = now
    this.#waitingSince ??= now
    this.#atEnd = batch.to >= batch.highWatermark
    this.#flushIfDue(now)
  }

  /** @param atEnd the broker has just said that there is nothing more; only time in which it says so makes a partition idle */
  tick(atEnd: boolean): void {
    const now = this.#options.clock()
    this.#atEnd = atEnd
    if (!atEnd) this.#activeAt = now
    if (!this.#ended(now)) this.#flushIfDue(now)
  }

  /** @param write false: another member may already count the partition */
  async close(write: boolean): Promise<void> {
    const { watermarks, meter, name, partition } = this.#options
    watermarks.delete(partition)
    this.#writer.close()
    await this.#writer.idle()
    for (let i = 0; i < LAST_FLUSHES && write && this.#writer.end === undefined; i++) {
      this.#flush(this.#options.clock(), 0)
      await this.#writer.idle()
    }
    meter.laneClosed({ name, partition })
    const end = this.#writer.end
    if (end) {
      const reason = end.kind === 'fenced' ? 'another owner has it' : String(end.error)
      this.#options.logger.warn({ name, partition, reason }, 'closed without a last flush: the next owner counts again')
    }
  }

  /** @throws why counting cannot go on */
  #ended(now: number): boolean {
    const end = this.#writer.end
    if (end === undefined) return false
    if (end.kind === 'failed') throw end.error
    const { name, partition, logger } = this.#options
    if (this.#fencedAt === undefined) {
      this.#fencedAt = now
      logger.warn({ name, partition }, 'another worker counts this partition now: dropped')
    }
    if (now - this.#fencedAt > FENCED_MS_MAX) {
      throw new AppError(
        'fenced',
        `partition ${partition} (${name}) is counted by another worker, yet Kafka gives it to this one: joining the group again`,
        { facts: { partition, name }, retry: 'later' },
      )
    }
    return true
  }

  #flushIfDue(now: number): void {
    const { flushMs, idleMs, rules, watermarks, partition } = this.#options
    if (this.#writer.busy || now - this.#flushedAt < flushMs) return
    const least = idleWatermark(
      {
        now,
        activeAt: this.#activeAt,
        atEnd: this.#atEnd,
        greatestEvent: this.#counter.greatestEvent,
        othersWatermark: watermarks.greatestBut(partition),
      },
      { idleMs, latenessMs: rules.latenessMs },
    )
    this.#flush(now, least)
  }

  #flush(now: number, watermarkAtLeast: number, keep?: number): void {
    const { meter, clock, watermarks, partition, name, logger } = this.#options
    const { earliestClock = clock, rules } = this.#options
    // A clock that is ahead must not close slots of which records are still to come.
    const earliest = Math.min(now, earliestClock())
    const atLeast = Math.min(watermarkAtLeast, earliest - rules.latenessMs)
    const flush = this.#counter.flush(earliest, atLeast, keep)
    this.#flushedAt = now
    if (flush === undefined) return
    if (flush.forced > 0) {
      meter.forced += flush.forced
      logger.warn({ name, partition, slots: flush.forced }, 'too many slots open: closed the oldest before their time')
    }
    const since = this.#waitingSince ?? now
    this.#waitingSince = undefined
    this.#writer.start(flush, () => {
      const { watermark } = flush.state
      const { openSlots } = this.#counter
      const at = clock()
      watermarks.set(partition, watermark)
      const times = { visibleMs: at - since, writeMs: at - now }
      meter.flushed(flush.slots.length, { name, partition, openSlots, watermark }, times)
    })
  }

  /** Closes the older half of the open slots and waits until their tallies are written and their memory is free. */
  async #closeOldest(): Promise<void> {
    const keep = Math.ceil(this.#options.rules.openSlotsMax / 2)
    for (let i = 0; i < LAST_FLUSHES; i++) {
      await this.#writer.idle()
      this.#flush(this.#options.clock(), 0, keep)
    }
    await this.#writer.idle()
  }
}
