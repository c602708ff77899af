/**
 * Archives one partition: takes its messages in order, copies their bodies into the files of their hours, commits.
 *
 *   start ─► take* ─► commit ─► take* ─► commit … ─► close
 *
 * Invariants: `to` is the offset behind the last message taken, `from` that of the last commit; what is buffered is exactly
 * [from, to). Where to begin is the lake's to say, never Kafka's committed offset: that one is for lag.
 */
import { assert } from '../../model/errors.ts'
import { eventTimeProblem, instantText } from '../../model/event-time.ts'
import type { Batch, Message, PartitionReader } from '../../model/messages.ts'
import { bookOf, type SchemaBook, type WriterSchema } from '../../model/streams/schema-book.ts'
import { SINGLE_OBJECT_HEADER_BYTES } from '../../model/streams/stream.ts'
import { hourStartOf } from '../../model/time.ts'
import { retrying } from '../retry.ts'
import type { ArchiveOptions, Shared } from './archive.ts'
import { commitFiles } from './commit.ts'
import type { OffsetRange } from './commit-entry.ts'
import { finishCommit, type LogPlace, lastEntry } from './commit-log.ts'
import { HourBuffers } from './hour-buffers.ts'

/** A history played again can touch thousands of hours: a commit stays finishable in seconds. */
const FILES_PER_COMMIT_MAX = 2_000
/** Hours have directories with four digits of year. */
const EVENT_AT_MIN = 0
const EVENT_AT_MAX = Date.parse('9999-12-31T23:59:59.999Z')

type Committed = { readonly commit: number } | undefined

export class PartitionArchiver implements PartitionReader {
  readonly #options: ArchiveOptions
  readonly #shared: Shared
  readonly #partition: number
  readonly #place: LogPlace
  readonly #schemas: SchemaBook
  #from = 0
  #to = 0
  #isOpen = false
  #buffers: HourBuffers
  /** Wall clock when the first offset since the last commit was taken. */
  #firstTakenAt: number | undefined
  #missing: OffsetRange[] = []
  #rejected = 0

  constructor(options: ArchiveOptions, shared: Shared, partition: number) {
    this.#options = options
    this.#shared = shared
    this.#partition = partition
    this.#place = { store: options.store, layout: options.layout, stream: options.stream.name }
    this.#schemas = options.schemas ?? bookOf(options.stream)
    this.#buffers = this.#emptyBuffers()
  }

  get stored(): number | undefined {
    return this.#isOpen ? this.#from : undefined
  }

  /** Finishes the last commit if it was cut off, and begins behind it. What Kafka has no longer is noted as missing. */
  async start(_committed: number | undefined, low: number): Promise<number> {
    const { signal, logger } = this.#options
    const partition = this.#partition
    const last = await retrying({ policy: this.#shared.retries, signal }, async () => {
      const entry = await lastEntry(this.#place, partition)
      if (entry) await finishCommit(this.#place, entry)
      return entry
    })
    this.#from = last?.to ?? 0
    this.#to = this.#from
    this.#buffers = this.#emptyBuffers()
    if (low > this.#from) this.#noteMissing({ from: this.#from, to: low })
    this.#isOpen = true
    logger.info({ partition, from: this.#to, lastCommit: last?.from }, 'archiving')
    return this.#to
  }

  async take(batch: Batch): Promise<Committed> {
    if (batch.missing && batch.missing.to > this.#to) this.#noteMissing(batch.missing)
    const rejections: Promise<void>[] = []
    let committed: Committed
    for (const message of batch.messages) {
      assert(message.offset >= this.#to, 'a reader sees offsets that grow', {
        partition: this.#partition,
        offset: message.offset,
        expected: this.#to,
      })
      const schema = this.#schemas.writerOf(message.value)
      const reason = this.#reasonAgainst(message, schema)
      if (reason !== undefined || schema === undefined) {
        this.#rejected++
        rejections.push(this.#options.reject(message, this.#partition, reason ?? 'no schema'))
      } else {
        if (this.#buffers.files >= FILES_PER_COMMIT_MAX && !this.#buffers.has(message.timestamp, schema)) {
          await Promise.all(rejections)
          committed = await this.#commit()
        }
        this.#buffers.append(message.timestamp, message.value, SINGLE_OBJECT_HEADER_BYTES, schema)
      }
      this.#firstTakenAt ??= this.#options.clock()
      this.#to = message.offset + 1
    }
    // Behind the last message there may be a hole: it holds no record, and the commit covers it.
    if (batch.to > this.#to) {
      this.#to = batch.to
      this.#firstTakenAt ??= this.#options.clock()
    }
    await Promise.all(rejections)
    await this.#buffers.settled()
    return (await this.#commitIfDue()) ?? committed
  }

  tick(): Promise<Committed> {
    return this.#commitIfDue()
  }

  async close(reason: 'revoked' | 'lost' | 'stopped'): Promise<Committed> {
    try {
      // another member may be reading these already: it has them, and the fence would stop us
      if (reason === 'lost') return undefined
      return await this.#commit()
    } finally {
      this.#shared.budget.hold(this.#partition, 0)
    }
  }

  #commitIfDue(): Promise<Committed> {
    return this.#isDue() ? this.#commit() : Promise.resolve(undefined)
  }

  #isDue(): boolean {
    const { clock, commitAgeMs, commitBytes } = this.#options
    if (this.#firstTakenAt === undefined) return false
    const now = clock()
    return (
      this.#shared.budget.hold(this.#partition, this.#buffers.heldBytes) ||
      this.#buffers.compressedBytes >= commitBytes ||
      now - this.#firstTakenAt >= commitAgeMs ||
      hourStartOf(now) !== hourStartOf(this.#firstTakenAt)
    )
  }

  /** Commits [from, to), if there is anything. @throws AppError `fenced`: this reader must not go on */
  async #commit(): Promise<Committed> {
    if (this.#to === this.#from) return undefined
    const { options, partition } = { options: this.#options, partition: this.#partition }
    const startedAt = performance.now()
    const [from, to] = [this.#from, this.#to]
    const files = await this.#buffers.finish(to)
    const entry = await commitFiles(
      {
        ...this.#place,
        nextUnique: this.#shared.nextUnique,
        logger: options.logger,
        retries: this.#shared.retries,
        signal: options.signal,
      },
      {
        stream: options.stream.name,
        topic: options.topic,
        topicId: options.topicId,
        partition,
        from,
        to,
        writer: options.writer,
        rejected: this.#rejected,
        missing: this.#missing,
        committedAt: options.clock(),
      },
      files,
    )
    this.#from = to
    this.#buffers = this.#emptyBuffers()
    this.#firstTakenAt = undefined
    this.#missing = []
    this.#rejected = 0
    this.#shared.budget.hold(partition, 0)
    const facts = { partition, from, to, records: entry.records, rejected: entry.rejected, files: files.length }
    const ms = performance.now() - startedAt
    options.logger.info({ ...facts, ms: Math.round(ms) }, 'committed')
    options.onCommit?.(entry, ms)
    return { commit: to }
  }

  #emptyBuffers(): HourBuffers {
    const { stream, topic, blockBytes } = this.#options
    return new HourBuffers({ stream, topic, partition: this.#partition }, this.#from, blockBytes)
  }

  #reasonAgainst(message: Message, schema: WriterSchema | undefined): string | undefined {
    if (schema === undefined) {
      return `the message does not begin with the header of a schema of the stream ${this.#options.stream.name} (C3 01 and a fingerprint)`
    }
    if (schema.problem !== undefined) return schema.problem
    const { clock, latestClock = clock, futureMaxMs } = this.#options
    const { timestamp } = message
    const isNamed = timestamp >= EVENT_AT_MIN && timestamp <= EVENT_AT_MAX
    const problem = isNamed
      ? futureMaxMs && eventTimeProblem(timestamp, latestClock(), futureMaxMs)
      : 'a time between 1970 and 9999'
    return problem ? `the message's time is ${instantText(timestamp)}; expected ${problem}` : undefined
  }

  #noteMissing(gap: OffsetRange): void {
    const { logger, topic, clock } = this.#options
    const range = { from: Math.max(gap.from, this.#to), to: gap.to }
    logger.error(
      { partition: this.#partition, topic, ...range, recordsAtMost: range.to - range.from },
      'records are lost: Kafka has deleted them before they were archived; raise kafka.retentionBytes. The commit says so',
    )
    this.#missing.push(range)
    this.#to = range.to
    this.#firstTakenAt ??= clock()
  }
}
