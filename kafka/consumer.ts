/**
 * Reading a topic by partition, for consumers that keep their own position: drives the PartitionReaders of model/messages.ts.
 *
 * kafkajs gives group membership and nothing else: what it would fetch is paused. Fetching is ours (kafka/fetch-loops.ts), since where
 * a partition is read is ours too, and since offsets have holes that kafkajs does not tell from losses (kafka/record-batches.ts).
 * Each partition is a small state machine (opening → reading → closed) whose steps run one after another in its own queue, so a reader
 * never sees two calls at once; one more batch is fetched while it works.
 *
 * A partition that stays ours through a rebalance keeps its reader: with the same member id no generation was missed, since
 * a member that misses one is put out of the group and comes back under another id.
 */
import type { Consumer } from 'kafkajs'
import { isAppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { PartitionReader } from '../model/messages.ts'
import { fetchCommitted, fetchOffsets } from './admin.ts'
import { type KafkaConnection, kafkaError } from './client.ts'
import { watchPulse } from './consumer-pulse.ts'
import { startFetching } from './fetch-loops.ts'
import { openFetcher } from './fetcher.ts'
import { type CloseReason, Reading } from './reading.ts'

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
  /**
   * The event time in a record's value, ms; undefined when it is none. Asked only where the broker has put its own clock in the
   * message's time (message.timestamp.type=LogAppendTime).
   */
  readonly eventTimeOf?: (value: Buffer) => number | undefined
  /** Called when an assignment has been taken over: the partitions that are being read now. */
  readonly onAssigned?: (partitions: readonly number[]) => void
}

const SESSION_TIMEOUT_MS = 10_000
const HEARTBEAT_MS = 1_000
/** How often kafkajs looks whether a heartbeat is due. */
const MEMBER_ROUND_MS = 250

/**
 * Reads until `signal` is aborted (then closes every reader with `stopped`) or a reader fails.
 * @throws what a reader threw; AppError `corrupt` for a record batch that cannot be read (what was taken before is committed first),
 *   `unavailable` when the group is lost for good
 */
export async function readPartitions(connection: KafkaConnection, options: ReadOptions): Promise<void> {
  const { groupId, topic, topicId, logger, signal, eventTimeOf } = options
  if (signal.aborted) return
  const readings = new Map<number, Reading>()
  const ended = Promise.withResolvers<void>()
  let stopping = false
  let memberId: string | undefined

  const fail = (error: unknown) => {
    stopping = true
    ended.reject(error)
  }

  await using fetcher = await openFetcher(connection, { topic, eventTimeOf })
  await using fetching = startFetching({
    connection,
    topic,
    fetcher,
    bytesMaxPerPartition: options.bytesMaxPerPartition ?? 4 * 1024 * 1024,
    wanted: () => (stopping ? [] : [...readings.values()].flatMap((reading) => reading.wanted ?? [])),
    deliver: (fetched) => readings.get(fetched.partition)?.deliver(fetched),
  })
  const consumer = connection.kafka.consumer({
    groupId,
    // a topic that was deleted is not ours to make again
    allowAutoTopicCreation: false,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: MEMBER_ROUND_MS,
    retry: { initialRetryTime: 200, maxRetryTime: 3_000, retries: 20 },
  })

  const pulse = watchPulse(connection, consumer, topic)

  const commit = async (partition: number, offset: number) => {
    try {
      const metadata = topicId ? { metadata: topicId } : {}
      await consumer.commitOffsets([{ topic, partition, offset: String(offset), ...metadata }])
    } catch (error) {
      // the group is being balanced anew: the position that counts is the reader's own
      logger.debug({ partition, error }, 'offset not committed')
    }
  }

  const close = (reading: Reading, reason: CloseReason): Promise<void> => {
    if (readings.get(reading.partition) === reading) readings.delete(reading.partition)
    return reading.close(reason)
  }

  const makeReading = (partition: number, after: Promise<void> | undefined): Reading => {
    const reading = new Reading(
      {
        topic,
        groupId,
        partition,
        reader: options.open(partition),
        offsets: async () => (await fetchOffsets(connection, topic)).get(partition) ?? NOTHING,
        commit: (offset) => commit(partition, offset),
        fail,
        wake: fetching.wake,
        logger,
        signal,
      },
      after,
    )
    readings.set(partition, reading)
    return reading
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (stopping) return
    // before its first fetch: kafkajs calls this while it joins
    consumer.pause([{ topic }])
    const mine = new Set(payload.memberAssignment[topic] ?? [])
    const stayed = payload.memberId === memberId
    memberId = payload.memberId
    const closing = new Map<number, Promise<void>>()
    for (const reading of [...readings.values()]) {
      if (stayed && mine.has(reading.partition)) continue
      closing.set(reading.partition, close(reading, stayed ? 'revoked' : 'lost'))
    }
    const committed = fetchCommitted(connection, groupId, topic, topicId)
    committed.catch(fail)
    const offsets = fetchOffsets(connection, topic)
    offsets.catch(fail)
    const opening = [...mine]
      .filter((partition) => !readings.has(partition))
      .map((partition) =>
        makeReading(partition, closing.get(partition)).open(
          committed,
          offsets.then((known) => known.get(partition) ?? NOTHING),
        ),
      )
    logger.info({ groupId, partitions: [...mine], stayed }, 'assigned')
    void Promise.all(opening).then(() => {
      if (!stopping) options.onAssigned?.([...mine])
    })
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) fail(kafkaError(connection, `reading ${topic}`, payload.error))
  })

  const ticking = setInterval(() => {
    if (stopping) return
    pulse.look()
    for (const reading of readings.values()) reading.tick()
  }, options.tickMs)
  const onAbort = () => ended.resolve()
  signal.addEventListener('abort', onAbort, { once: true })
  const closeAll = () => Promise.all([...readings.values()].map((reading) => close(reading, 'stopped')))

  try {
    await join(connection, consumer, topic)
    await ended.promise
    stopping = true
    await closeAll()
  } catch (error) {
    stopping = true
    // what the other partitions have taken would be read again, and again lost, at each start
    if (isAppError(error, 'corrupt')) await closeAll()
    throw error
  } finally {
    clearInterval(ticking)
    signal.removeEventListener('abort', onAbort)
    await consumer.disconnect().catch((error) => logger.debug({ error }, 'disconnect'))
  }
}

const NOTHING = { low: 0, high: 0 }

async function join(connection: KafkaConnection, consumer: Consumer, topic: string): Promise<void> {
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    // never called: every partition is paused
    await consumer.run({ autoCommit: false, eachBatch: async () => {} })
  } catch (error) {
    throw kafkaError(connection, `reading ${topic}`, error)
  }
}
