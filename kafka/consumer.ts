/**
 * Reading a topic by partition, for consumers that keep their own position: drives the PartitionReaders of model/messages.ts.
 *
 * kafkajs gives group membership and fetching; where a partition is read is ours. Each partition is a small state machine
 * (opening → reading → closed) whose steps run one after another in its own queue, so a reader never sees two calls at once.
 *
 * A partition that stays ours through a rebalance keeps its reader: with the same member id no generation was missed, since
 * a member that misses one is put out of the group and comes back under another id.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Consumer, EachBatchPayload } from 'kafkajs'
import { AppError, isAppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { PartitionReader } from '../model/messages.ts'
import { fetchCommitted, fetchOffsets, type PartitionOffsets } from './admin.ts'
import { type KafkaConnection, kafkaError } from './client.ts'
import { watchPulse } from './consumer-pulse.ts'
import { Ends } from './ends.ts'
import { fetchedFrom, messagesFrom } from './fetched-batch.ts'
import { openTopicLog } from './topic-log.ts'

export interface ReadOptions {
  readonly groupId: string
  readonly topic: string
  /** Kafka's id of the topic: what the group commits is marked with it, and marks of an earlier topic of the name are passed over. */
  readonly topicId?: string
  readonly open: (partition: number) => PartitionReader
  readonly tickMs: number
  readonly logger: Logger
  readonly signal: AbortSignal
  /** How much one fetch may bring from a partition. */
  readonly bytesMaxPerPartition?: number
  /** Called when an assignment has been taken over: the partitions that are being read now. */
  readonly onAssigned?: (partitions: readonly number[]) => void
}

type CloseReason = Parameters<PartitionReader['close']>[0]
type Answer = { readonly commit?: number } | undefined

interface Reading {
  readonly partition: number
  readonly reader: PartitionReader
  /** The offset that the reader must get next; undefined until it was opened. */
  next: number | undefined
  /** When it last got a batch, or was opened; performance.now(). */
  takenAt: number
  /** When it was last looked whether a hole stands before it; performance.now(). */
  lookedAt: number
  /** Since when an open transaction holds it back, performance.now(), and whether that was told. */
  heldBack: { readonly since: number; told: boolean } | undefined
  /** The tail of the queue of this partition's steps. */
  last: Promise<void>
  closed: boolean
}

const SESSION_TIMEOUT_MS = 10_000
const HEARTBEAT_MS = 1_000
const END_PATIENCE_MS = 15_000
const END_POLL_MS = 500
/** A partition that gets nothing for so long makes the brokers be asked for the ends. */
const SILENT_MS = 2_000
/** A partition that gets nothing for so long, and is not at its end, may stand before a hole. */
const HOLE_AFTER_MS = 1_000
/** What waits for longer than this says so. */
const WAIT_TOLD_MS = 10_000

/**
 * Reads until `signal` is aborted (then closes every reader with `stopped`) or a reader fails.
 * @throws what a reader threw, or AppError `unavailable` when Kafka is lost for good
 */
export async function readPartitions(connection: KafkaConnection, options: ReadOptions): Promise<void> {
  const { groupId, topic, topicId, logger, signal } = options
  if (signal.aborted) return
  const consumer = connection.kafka.consumer({
    groupId,
    // a topic that was deleted is not ours to make again
    allowAutoTopicCreation: false,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxBytesPerPartition: options.bytesMaxPerPartition ?? 4 * 1024 * 1024,
    maxWaitTimeInMs: 250,
    retry: { initialRetryTime: 200, maxRetryTime: 3_000, retries: 20 },
  })
  const log = openTopicLog(connection, topic)
  const pulse = watchPulse(connection, consumer, topic)
  const readings = new Map<number, Reading>()
  const ended = Promise.withResolvers<void>()
  let stopping = false
  let memberId: string | undefined

  const fail = (error: unknown) => {
    stopping = true
    ended.reject(error)
  }

  const commit = async (partition: number, answer: Answer) => {
    if (answer?.commit === undefined) return
    try {
      const offset = String(answer.commit)
      await consumer.commitOffsets([{ topic, partition, offset, ...(topicId ? { metadata: topicId } : {}) }])
    } catch (error) {
      // the group is being balanced anew: the position that counts is the reader's own
      logger.debug({ partition, error }, 'offset not committed')
    }
  }

  /** Puts a step behind the partition's earlier ones. A step of a closed reading does nothing. */
  const enqueue = (reading: Reading, step: () => Promise<Answer>): Promise<void> => {
    reading.last = reading.last.then(async () => {
      if (reading.closed) return
      try {
        await commit(reading.partition, await step())
      } catch (error) {
        reading.closed = true
        fail(error)
      }
    })
    return reading.last
  }

  const close = (reading: Reading, reason: CloseReason): Promise<void> => {
    const closing = enqueue(reading, async () => {
      reading.closed = true
      return reading.next === undefined ? undefined : reading.reader.close(reason)
    })
    if (readings.get(reading.partition) === reading) readings.delete(reading.partition)
    return closing
  }

  const seek = (reading: Reading) => {
    if (reading.next !== undefined && !reading.closed && readings.get(reading.partition) === reading) {
      consumer.seek({ topic, partition: reading.partition, offset: String(reading.next) })
    }
  }

  const open = (
    partition: number,
    after: Promise<void> | undefined,
    committed: Promise<ReadonlyMap<number, number>>,
    offsets: Promise<ReadonlyMap<number, PartitionOffsets>>,
  ) => {
    const reading: Reading = {
      partition,
      reader: options.open(partition),
      next: undefined,
      takenAt: performance.now(),
      lookedAt: 0,
      heldBack: undefined,
      last: after ?? Promise.resolve(),
      closed: false,
    }
    readings.set(partition, reading)
    return enqueue(reading, async () => {
      const group = (await committed).get(partition)
      const { low, high } = (await offsets).get(partition) ?? { low: 0, high: 0 }
      const next = (await reading.reader.start(group, low)) ?? group ?? low
      if (next > high) await requireReachable(partition, next)
      reading.next = next
      seek(reading)
      return undefined
    })
  }

  const lowest = async (partition: number) => (await fetchOffsets(connection, topic)).get(partition)?.low ?? 0

  /** A position behind the topic's end would be waited for for ever: the topic is not the one that the position is of. */
  const requireReachable = async (partition: number, next: number) => {
    const deadline = performance.now() + END_PATIENCE_MS
    for (;;) {
      const high = (await fetchOffsets(connection, topic)).get(partition)?.high ?? 0
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

  /** The offset behind the hole that begins at the reader's next offset; that offset itself when there is none. */
  const endOfHole = async (reading: Reading): Promise<number> => {
    const { partition, next } = reading
    reading.lookedAt = performance.now()
    const { at, isRecord, lastStable, highWatermark } = await log.find(partition, next!)
    const isHeld = at === next && !isRecord && lastStable <= at && at < highWatermark
    reading.heldBack = isHeld ? (reading.heldBack ?? { since: performance.now(), told: false }) : undefined
    if (reading.heldBack && !reading.heldBack.told && performance.now() - reading.heldBack.since > WAIT_TOLD_MS) {
      reading.heldBack.told = true
      const facts = { topic, groupId, partition, offset: next, highWatermark }
      logger.warn(facts, 'waiting for an open transaction of another producer: nothing behind this offset can be read')
    }
    return at
  }

  const passHole = async (reading: Reading, to: number, highWatermark: number): Promise<Answer> => {
    if (to <= reading.next!) return undefined
    const { partition } = reading
    const answer = await reading.reader.take({ partition, messages: [], to, highWatermark })
    reading.next = to
    return answer
  }

  /** A partition gets nothing, though Kafka has more: it stands before a hole that kafkajs does not pass, or has passed in silence. */
  const lookForHole = (reading: Reading): void => {
    reading.lookedAt = performance.now()
    void enqueue(reading, async () => {
      const before = reading.next!
      try {
        const answer = await passHole(reading, await endOfHole(reading), ends.of(reading.partition))
        if (reading.next !== before) seek(reading)
        return answer
      } catch (error) {
        // brokers that do not answer are noticed by who reads
        if (isAppError(error, 'unavailable'))
          logger.debug({ error, partition: reading.partition }, 'not looked for holes')
        else throw error
        return undefined
      }
    })
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (stopping) return
    const mine = new Set(payload.memberAssignment[topic] ?? [])
    const stayed = payload.memberId === memberId
    memberId = payload.memberId
    const closing = new Map<number, Promise<void>>()
    for (const reading of [...readings.values()]) {
      if (stayed && mine.has(reading.partition)) seek(reading)
      else closing.set(reading.partition, close(reading, stayed ? 'revoked' : 'lost'))
    }
    const committed = fetchCommitted(connection, groupId, topic, topicId)
    committed.catch(fail)
    const offsets = fetchOffsets(connection, topic)
    offsets.catch(fail)
    const opening = [...mine]
      .filter((partition) => !readings.has(partition))
      .map((partition) => open(partition, closing.get(partition), committed, offsets))
    logger.info({ groupId, partitions: [...mine], stayed }, 'assigned')
    void Promise.all(opening).then(() => {
      if (!stopping) options.onAssigned?.([...mine])
    })
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) fail(kafkaError(connection, `reading ${topic}`, payload.error))
  })

  const eachBatch = async ({
    batch,
    heartbeat,
    resolveOffset,
    isStale,
    isRunning,
  }: EachBatchPayload): Promise<void> => {
    const reading = readings.get(batch.partition)
    if (!reading || stopping) return
    // a reader may take seconds (a commit to HDFS): the group must not think that we are dead
    const beating = setInterval(() => void heartbeat().catch(() => {}), HEARTBEAT_MS)
    try {
      await enqueue(reading, async () => {
        if (stopping || isStale() || !isRunning() || reading.next === undefined) return undefined
        let missing: { from: number; to: number } | undefined
        if (fetchedFrom(batch) > reading.next) {
          // Fetched before our seek took hold; or Kafka has deleted what we want, which its low watermark tells; or kafkajs has passed a hole.
          const low = await lowest(batch.partition)
          if (low > reading.next) missing = { from: reading.next, to: low }
          const reached = missing ? missing.to : await endOfHole(reading)
          if (reached < fetchedFrom(batch)) {
            // What was deleted is told with the first batch behind it.
            const answer = missing ? undefined : await passHole(reading, reached, Number(batch.highWatermark))
            seek(reading)
            return answer
          }
        }
        const messages = messagesFrom(batch, missing?.to ?? reading.next)
        const last = messages.at(-1)
        if (last === undefined) {
          // All of it lies before the reader's offset, but for holes perhaps.
          const answer = await passHole(reading, Number(batch.lastOffset()) + 1, Number(batch.highWatermark))
          seek(reading)
          return answer
        }
        // Of what was fetched from here on these are all the records there are: what lies between them is holes.
        const to = Math.max(last.offset, Number(batch.lastOffset())) + 1
        const answer = await reading.reader.take({
          partition: batch.partition,
          messages,
          to,
          highWatermark: Number(batch.highWatermark),
          ...(missing ? { missing } : {}),
        })
        reading.next = to
        reading.takenAt = performance.now()
        reading.heldBack = undefined
        resolveOffset(String(last.offset))
        return answer
      })
    } finally {
      clearInterval(beating)
    }
  }

  const ends = new Ends(log)
  const isAtEnd = ({ partition, next }: Reading) => next !== undefined && ends.of(partition) <= next
  const mayStandBeforeHole = ({ partition, next, takenAt, lookedAt }: Reading, now: number) => {
    const end = ends.of(partition)
    const isBehind = next !== undefined && end !== Number.POSITIVE_INFINITY && next < end
    return isBehind && now - takenAt > HOLE_AFTER_MS && now - lookedAt > HOLE_AFTER_MS
  }
  const ticking = setInterval(() => {
    if (stopping) return
    pulse.look()
    const now = performance.now()
    if ([...readings.values()].some(({ takenAt }) => now - takenAt > SILENT_MS)) ends.refresh(now)
    for (const reading of readings.values()) {
      if (mayStandBeforeHole(reading, now)) lookForHole(reading)
      if (reading.next !== undefined) void enqueue(reading, () => reading.reader.tick(isAtEnd(reading)))
    }
  }, options.tickMs)
  const onAbort = () => ended.resolve()
  signal.addEventListener('abort', onAbort, { once: true })

  try {
    await start(connection, consumer, options, eachBatch)
    await ended.promise
    stopping = true
    await Promise.all([...readings.values()].map((reading) => close(reading, 'stopped')))
  } finally {
    stopping = true
    clearInterval(ticking)
    await log[Symbol.asyncDispose]()
    signal.removeEventListener('abort', onAbort)
    await consumer.disconnect().catch((error) => logger.debug({ error }, 'disconnect'))
  }
}

async function start(
  connection: KafkaConnection,
  consumer: Consumer,
  options: ReadOptions,
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
): Promise<void> {
  try {
    await consumer.connect()
    await consumer.subscribe({ topic: options.topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 32,
      eachBatch,
    })
  } catch (error) {
    throw kafkaError(connection, `reading ${options.topic}`, error)
  }
}
