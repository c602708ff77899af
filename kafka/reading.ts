/**
 * One partition that is being read: from where, what its reader gets next, and what an empty answer of the broker means.
 *
 *   opening ─► reading ─► closed
 *
 * Invariants: steps of a partition run one after another, so its reader never sees two calls at once. `position` is where the next
 * fetch begins, `next` where the reader's next batch begins; between them lie at most `BATCHES_AHEAD` batches.
 *
 * Offsets that a fetch passes over hold no record for a reader of committed records: a marker, an aborted record, one that compaction
 * removed. Records are lost only when Kafka refuses the offset that is asked for, because its log begins behind it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { Batch, PartitionReader } from '../model/messages.ts'
import type { PartitionOffsets } from './admin.ts'
import type { Wanted } from './fetch-loops.ts'
import type { FetchedPartition } from './fetcher.ts'

export type CloseReason = Parameters<PartitionReader['close']>[0]
type Answer = { readonly commit?: number } | undefined

export interface ReadingOptions {
  readonly topic: string
  readonly groupId: string
  readonly partition: number
  readonly reader: PartitionReader
  /** Where the partition's log begins and ends, asked of Kafka now. */
  readonly offsets: () => Promise<PartitionOffsets>
  /** Tells the group, as well as it can be. */
  readonly commit: (offset: number) => Promise<void>
  readonly fail: (error: unknown) => void
  /** Another batch is wanted. */
  readonly wake: () => void
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** One that the reader works on, and one that waits for it. */
const BATCHES_AHEAD = 2
/** An end that a broker told longer ago is not known any more. */
const END_KNOWN_MS = 3_000
/** What is waited for is told after this long. */
const TELL_AFTER_MS = 10_000
/** Of requests for this partition alone that bring nothing although something should be there. */
const EMPTY_ANSWERS = 2
const END_PATIENCE_MS = 15_000
const END_POLL_MS = 500

const OFFSET_OUT_OF_RANGE = 1
const DENIED = 29

export class Reading {
  readonly #options: ReadingOptions
  #next: number | undefined
  #position = 0
  #ahead = 0
  #steps: Promise<void>
  #closing = false
  #closed = false
  #end: { readonly high: number; readonly stable: number; readonly at: number } | undefined
  #emptyAnswers = 0
  #blocked: { readonly offset: number; readonly since: number; told: boolean } | undefined

  /** @param after what must have ended before, such as an earlier reading of the same partition */
  constructor(options: ReadingOptions, after: Promise<void> | undefined) {
    this.#options = options
    this.#steps = after ?? Promise.resolve()
  }

  get partition(): number {
    return this.#options.partition
  }

  /** Asks the reader where to begin. */
  open(committed: Promise<ReadonlyMap<number, number>>, offsets: Promise<PartitionOffsets>): Promise<void> {
    return this.#step(async () => {
      const group = (await committed).get(this.partition)
      const { low, high } = await offsets
      const begin = (await this.#options.reader.start(group, low)) ?? group ?? low
      if (begin > high) await this.#requireReachable(begin)
      this.#position = begin
      this.#next = begin
      this.#options.wake()
      return undefined
    })
  }

  /** The next fetch; undefined while none is wanted. */
  get wanted(): Wanted | undefined {
    if (this.#next === undefined || this.#closing || this.#ahead >= BATCHES_AHEAD) return undefined
    return { partition: this.partition, from: this.#position, alone: this.#emptyAnswers > 0 }
  }

  /** What a fetch has brought. */
  deliver(fetched: FetchedPartition): void {
    const { from, errorCode, highWatermark, lastStable, unreadable } = fetched
    // fetched for an earlier reading of the partition
    if (this.#closing || this.#next === undefined || from !== this.#position) return
    if (errorCode !== 0) {
      this.#put(() => (errorCode === OFFSET_OUT_OF_RANGE ? this.#recover() : Promise.reject(this.#refused(errorCode))))
      return
    }
    this.#end = { high: highWatermark, stable: lastStable, at: performance.now() }
    this.#noteBlocked(from, lastStable, highWatermark, fetched.next > from)
    const next = this.#reachedBy(fetched)
    if (next > from) {
      this.#position = next
      this.#put(() => this.#take({ messages: fetched.messages, to: next, highWatermark }))
    }
    if (unreadable) this.#put(() => this.#stopAt(unreadable.offset, unreadable.why))
  }

  tick(): void {
    if (this.#next === undefined || this.#closing) return
    void this.#step(() => {
      const end = performance.now() - (this.#end?.at ?? 0) < END_KNOWN_MS ? this.#end : undefined
      const next = this.#next ?? 0
      const isAtEnd = end !== undefined && next >= end.high
      const isBlocked = end !== undefined && next >= end.stable && !isAtEnd
      return this.#options.reader.tick(isAtEnd, isBlocked)
    })
  }

  /** Batches that wait are dropped: the reader has told, or will tell, only of those that it took. */
  close(reason: CloseReason): Promise<void> {
    if (this.#closing) return this.#steps
    this.#closing = true
    return this.#step(async () => {
      this.#closed = true
      return this.#next === undefined ? undefined : this.#options.reader.close(reason)
    })
  }

  /** Puts a step behind the earlier ones. Once the reading is closed, steps do nothing. */
  #step(work: () => Promise<Answer>): Promise<void> {
    this.#steps = this.#steps.then(async () => {
      if (this.#closed) return
      try {
        const answer = await work()
        if (answer?.commit !== undefined) await this.#options.commit(answer.commit)
      } catch (error) {
        this.#closing = true
        this.#closed = true
        this.#options.fail(error)
      }
    })
    return this.#steps
  }

  /** A step for something that was fetched. */
  #put(work: () => Promise<Answer>): void {
    this.#ahead++
    void this.#step(async () => (this.#closing ? undefined : work())).finally(() => {
      this.#ahead--
      this.#options.wake()
    })
  }

  async #take(batch: Omit<Batch, 'partition'>): Promise<Answer> {
    const answer = await this.#options.reader.take({ partition: this.partition, ...batch })
    this.#next = batch.to
    return answer
  }

  /**
   * Up to where the answer reaches. An answer without a byte, although decided offsets lie ahead, can be the end of a log whose last
   * batches compaction has removed whole; or the broker had no room for this partition. So it is asked again, for this partition alone.
   */
  #reachedBy({ from, next, lastStable, unreadable }: FetchedPartition): number {
    if (next > from || lastStable <= from || unreadable) {
      this.#emptyAnswers = 0
      return next
    }
    // the one that raised the suspicion was not alone
    if (++this.#emptyAnswers <= EMPTY_ANSWERS) return from
    this.#emptyAnswers = 0
    return lastStable
  }

  #noteBlocked(from: number, stable: number, high: number, moves: boolean): void {
    const { topic, logger } = this.#options
    if (moves || from !== stable || stable >= high) {
      if (this.#blocked?.told) logger.info({ topic, partition: this.partition, from }, 'the transaction is decided')
      this.#blocked = undefined
      return
    }
    const now = performance.now()
    this.#blocked ??= { offset: from, since: now, told: false }
    if (this.#blocked.told || now - this.#blocked.since < TELL_AFTER_MS) return
    this.#blocked.told = true
    logger.warn(
      { topic, partition: this.partition, offset: from, behind: high - from },
      `waits for a producer that is not ours: its transaction is open since offset ${from}, and what stands behind it is not given before it is decided; Kafka itself ends it after the producer's transaction.timeout.ms`,
    )
  }

  /** Kafka does not have the offset that was asked for. */
  async #recover(): Promise<Answer> {
    const from = this.#position
    const { low, high } = await this.#options.offsets()
    if (from < low) {
      const answer = await this.#take({ messages: [], to: low, highWatermark: high, missing: { from, to: low } })
      this.#position = low
      return answer
    }
    if (from > high) await this.#requireReachable(from)
    return undefined
  }

  /** A position behind the topic's end would be waited for for ever: the topic is not the one that the position is of. */
  async #requireReachable(next: number): Promise<void> {
    const { topic, groupId, partition, offsets, signal } = this.#options
    const deadline = performance.now() + END_PATIENCE_MS
    for (;;) {
      const { high } = await offsets()
      if (next <= high || signal.aborted) return
      // a leader that has just been chosen can be short of its high watermark for a moment
      if (performance.now() > deadline) {
        throw new AppError(
          'conflict',
          `partition ${partition} of ${topic} ends at offset ${high}, and ${groupId} is to go on at ${next}: the topic was deleted or made anew while what was read from it was kept. 'tendance adopt-topic --dry-run' says what it holds; with --reason "…" the log goes on with it from its beginning`,
          { facts: { topic, partition, high, next } },
        )
      }
      await delay(END_POLL_MS)
    }
  }

  /** What was read before is kept, then everything stops: what this batch holds is for a person to decide. */
  async #stopAt(offset: number, why: string): Promise<Answer> {
    const { topic, partition, reader, fail } = this.#options
    this.#closing = true
    this.#closed = true
    const answer = await reader.close('stopped')
    const error = new AppError(
      'corrupt',
      `the record batch at offset ${offset} of partition ${partition} of ${topic} cannot be read: ${why}. Everything before it is kept. If its broker's disk is damaged, let a replica lead the partition and start again; to give it up, look with kafka-dump-log.sh which offset stands behind it, delete up to there with kafka-delete-records.sh and start again: it is then counted as lost`,
      { facts: { topic, partition, offset, why } },
    )
    fail(error)
    return answer
  }

  #refused(errorCode: number): AppError {
    const { topic, partition } = this.#options
    const facts = { topic, partition, offset: this.#position, errorCode }
    const where = `partition ${partition} of ${topic} at offset ${this.#position}`
    if (errorCode === DENIED) {
      return new AppError('denied', `Kafka refuses to give ${where}: grant Read on the topic`, { facts })
    }
    return new AppError(
      'unavailable',
      `Kafka does not give ${where}: error ${errorCode} of its protocol; the broker's log says more`,
      { facts },
    )
  }
}
