/**
 * The way of a record: source → parse → check → encode → partition → Kafka. What does not pass becomes a dead letter, and
 * the stream goes on.
 *
 * Invariant: a source's position is saved only when every record before it is confirmed: as a post, as a dead letter, or as counted
 * notice. The source waits when too much is unconfirmed, so memory stays bounded whatever the brokers do.
 */
import { partitionOf } from '../kafka/partition.ts'
import type { OutgoingMessage, PartitionBatch, SafeProducer } from '../kafka/producer.ts'
import { AppError, isAppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { PostEncoder } from '../model/streams/encode-post.ts'
import type { Post } from '../model/streams/posts.ts'
import type { Clock } from '../model/time.ts'
import { createCounters, type IngestCounters, type IngestProgress } from './counters.ts'
import { deadLetter, isOverlong } from './dead-letter.ts'
import { checkEventTime } from './formats/event-time.ts'
import { parseLine } from './formats/index.ts'
import { checkLengths } from './formats/lengths.ts'
import type { ParseContext } from './formats/parsed.ts'
import type { PositionStore } from './positions.ts'
import type { Position, RawRecord, Source, SourceBatch } from './source.ts'

export interface IngestOptions {
  readonly source: Source
  /** Begin anew, whatever was saved. */
  readonly again?: boolean
  readonly producer: SafeProducer
  /** Of the producer's topic; asked for each batch, as partitions can be added. */
  readonly partitions: number
  /** To the dead-letter topic, partition 0. */
  readonly deadLetters: SafeProducer
  readonly encoder: PostEncoder
  readonly positions: PositionStore
  readonly clock: Clock
  /** What time it is at most, by all clocks that are known: `futureMaxMs` begins there. `clock` unless given. */
  readonly latestClock?: Clock
  /** An event further in the future is a dead letter. */
  readonly futureMaxMs: number
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Called after each batch that was confirmed. */
  readonly onProgress?: (progress: IngestProgress) => void
}

/**
 * Runs until the source ends or `signal` is aborted; what was taken from the source is confirmed and its position saved before this
 * resolves.
 * @throws AppError when Kafka refuses for good, or the source or its position cannot be read
 */
export async function ingest(options: IngestOptions): Promise<IngestProgress> {
  const { source, producer, deadLetters, positions, onProgress } = options
  const counters = createCounters()
  const from = options.again ? undefined : await positions.load(source.name)
  const failed = new AbortController()
  const saver = createSaver(source, positions)
  // the batches before this one are confirmed when it resolves
  let confirmed: Promise<void> = Promise.resolve()
  const batches = source.open(from, AbortSignal.any([options.signal, failed.signal]))
  for await (const batch of batches) {
    counters.taken(batch.records.length, batch.bytes)
    const work = createWork(options, counters)
    work.take(batch)
    const sent = work.send()
    const earlier = confirmed
    confirmed = (async () => {
      try {
        await Promise.all([earlier, sent])
        saver.confirmed(batch.position)
      } catch (error) {
        failed.abort()
        throw error
      }
      onProgress?.(counters.progress())
    })()
    // whoever waits below sees the failure; until then it is not unhandled
    confirmed.catch(() => {})
    await Promise.all([producer.room(), deadLetters.room()])
  }
  await confirmed
  await saver.finish()
  return counters.progress()
}

interface Work {
  take(batch: SourceBatch): void
  /** Resolves when all of it is confirmed. */
  send(): Promise<void>
}

/** Turns one batch into messages by partition. */
function createWork(options: IngestOptions, counters: IngestCounters): Work {
  const { source, producer, partitions, deadLetters, encoder, futureMaxMs } = options
  const now = options.clock()
  const latest = Math.max(now, options.latestClock?.() ?? now)
  const context: ParseContext = { source: source.kind, receivedAt: now }
  const byPartition: OutgoingMessage[][] = Array.from({ length: partitions }, () => [])
  const rejected: OutgoingMessage[] = []
  let posts = 0

  const addPost = (post: Post) => {
    checkEventTime(post.created_at, latest, futureMaxMs)
    checkLengths(post)
    const { key, value } = encoder.encode(post)
    return { key, value, timestamp: post.created_at }
  }

  const addRecord = (raw: RawRecord) => {
    const parsed = parseRaw(raw, context)
    if (parsed.kind === 'notice') {
      counters.notice(parsed.notice)
      return
    }
    // all of a line or none: a dead letter that is replayed must not send its good posts again
    const messages = parsed.posts.map(addPost)
    for (const message of messages) byPartition[partitionOf(message.key, partitions)]!.push(message)
    posts += messages.length
  }

  return {
    take(batch) {
      const { records } = batch
      for (let i = 0; i < records.length; i++) {
        const raw = records[i]!
        try {
          addRecord(raw)
        } catch (error) {
          if (!isAppError(error, 'bad-record')) throw error
          counters.deadLetter(error.message)
          rejected.push(deadLetter({ source: source.name, position: batch.positionOf(i), reason: error, at: now, raw }))
        }
      }
      counters.sending(posts)
    },
    async send() {
      const batches: PartitionBatch[] = []
      for (const [partition, messages] of byPartition.entries()) {
        if (messages.length > 0) batches.push({ partition, messages })
      }
      await Promise.all([
        producer.send(batches),
        rejected.length > 0 ? deadLetters.send([{ partition: 0, messages: rejected }]) : undefined,
      ])
      counters.confirmed(posts)
    },
  }
}

function parseRaw(raw: RawRecord, context: ParseContext): ReturnType<typeof parseLine> {
  if (typeof raw === 'string') return parseLine(raw, context)
  if (Buffer.isBuffer(raw)) throw new AppError('bad-record', 'not UTF-8')
  if (isOverlong(raw)) throw new AppError('bad-record', `the line has ${raw.bytes} bytes, more than is taken`)
  return { kind: 'posts', posts: [raw] }
}

/** Saves the newest confirmed position, one save at a time, and no more often than needed: a save waits for the disk. */
function createSaver(source: Source, positions: PositionStore) {
  let newest: { readonly position: Position } | undefined
  let saving: Promise<void> | undefined
  let failure: { readonly error: unknown } | undefined
  const run = async () => {
    while (newest && !failure) {
      const { position } = newest
      newest = undefined
      try {
        await positions.save(source.name, position)
        await source.saved?.(position)
      } catch (error) {
        failure = { error }
      }
    }
    saving = undefined
  }
  return {
    confirmed(position: Position) {
      if (failure) throw failure.error
      newest = { position }
      saving ??= run()
    },
    async finish() {
      await saving
      if (failure) throw failure.error
    },
  }
}
