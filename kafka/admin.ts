/** What Tendance asks of Kafka besides reading and writing: topics, and how far partitions and groups are. */
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs, { type Admin } from 'kafkajs'
import { AppError } from '../model/errors.ts'
import { probePort } from '../net/port-probe.ts'
import { askedOfKafka, type KafkaConnection, kafkaError, whileABrokerIsAway } from './client.ts'

export interface TopicSettings {
  readonly partitions: number
  /** 0: as many as there are brokers, at most 3. */
  readonly replication: number
  /** Bytes a partition keeps; -1: all. */
  readonly retentionBytes: number
  /** Kafka keeps the last message of each key. */
  readonly isCompacted?: boolean
}

export async function withAdmin<T>(
  connection: KafkaConnection,
  doing: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  return connection.waits.attempt(askedOfKafka(connection, doing), async () => {
    try {
      return await whileABrokerIsAway(connection, () => withAdminOnce(connection, work))
    } catch (error) {
      const [first = ''] = connection.brokers
      throw kafkaError(connection, doing, error, await probePort(first))
    }
  })
}

async function withAdminOnce<T>(connection: KafkaConnection, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = connection.kafka.admin()
  try {
    await admin.connect()
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

/**
 * Creates the topic when it is not there; an existing one is left as it is. Resolves to its number of partitions.
 *
 * Time must not delete (message time is event time, so a post of 2016 would be deleted at once) and any event time must be
 * accepted (ingest has its own bound), hence retention.ms and message.timestamp.*.
 */
export function ensureTopic(connection: KafkaConnection, topic: string, settings: TopicSettings): Promise<number> {
  return withAdmin(connection, `creating topic ${topic}`, (admin) =>
    whenSettled(() => createAndCount(admin, topic, settings)),
  )
}

// kafkajs spreads its error classes into module.exports, where Node does not see them as named exports
const { KafkaJSProtocolError } = kafkajs

/** What brokers answer while a topic is being created by somebody, or its leader is being chosen. */
const SETTLING = [
  'TOPIC_ALREADY_EXISTS',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
]
const SETTLE_ATTEMPTS_MAX = 60
const SETTLE_PAUSE_MS = 250

async function whenSettled<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const settling = error instanceof KafkaJSProtocolError && SETTLING.includes(error.type)
      if (!settling || attempt === SETTLE_ATTEMPTS_MAX) throw error
      await delay(SETTLE_PAUSE_MS)
    }
  }
}

async function createAndCount(admin: Admin, topic: string, settings: TopicSettings): Promise<number> {
  if (!(await admin.listTopics()).includes(topic)) {
    const brokers = (await admin.describeCluster()).brokers.length
    const replication = settings.replication || Math.min(3, brokers)
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic,
          numPartitions: settings.partitions,
          replicationFactor: replication,
          configEntries: [
            { name: 'cleanup.policy', value: settings.isCompacted ? 'compact' : 'delete' },
            { name: 'retention.ms', value: '-1' },
            { name: 'retention.bytes', value: String(settings.retentionBytes) },
            { name: 'message.timestamp.type', value: 'CreateTime' },
            { name: 'message.timestamp.after.max.ms', value: '9223372036854775807' },
            { name: 'message.timestamp.before.max.ms', value: '9223372036854775807' },
            { name: 'min.insync.replicas', value: String(Math.max(1, replication - 1)) },
          ],
        },
      ],
    })
  }
  const metadata = await admin.fetchTopicMetadata({ topics: [topic] })
  return metadata.topics[0]?.partitions.length ?? 0
}

export interface PartitionOffsets {
  /** The oldest offset that is still there. */
  readonly low: number
  /** The offset behind the last message. */
  readonly high: number
}

/** @throws AppError `not-found` when there is no such topic, `unavailable` when Kafka does not answer */
export function fetchOffsets(
  connection: KafkaConnection,
  topic: string,
): Promise<ReadonlyMap<number, PartitionOffsets>> {
  return withAdmin(connection, `offsets of ${topic}`, async (admin) => {
    if (!(await admin.listTopics()).includes(topic)) {
      throw new AppError('not-found', `Kafka has no topic ${topic} yet: start an ingest worker, it creates it`, {
        facts: { topic },
      })
    }
    return whenSettled(() => offsetsOf(admin, topic))
  })
}

/** By partition. */
export async function offsetsOf(admin: Admin, topic: string): Promise<ReadonlyMap<number, PartitionOffsets>> {
  const offsets = await admin.fetchTopicOffsets(topic)
  return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]))
}

/**
 * For each partition the first offset of a message whose time is at or behind `ms`, or the offset behind its last message: every
 * message of that time or later stands at it or behind it.
 */
export function fetchOffsetsAt(
  connection: KafkaConnection,
  topic: string,
  ms: number,
): Promise<ReadonlyMap<number, number>> {
  return withAdmin(connection, `offsets of ${topic} at a time`, async (admin) => {
    const offsets = await whenSettled(() => admin.fetchTopicOffsetsByTimestamp(topic, ms))
    return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]))
  })
}

/** What the group has committed: only partitions that have a commit, and with `topicId` none that is marked with another id. */
export function fetchCommitted(
  connection: KafkaConnection,
  groupId: string,
  topic: string,
  topicId?: string,
): Promise<ReadonlyMap<number, number>> {
  return withAdmin(connection, `offsets of group ${groupId}`, (admin) => committedOf(admin, groupId, topic, topicId))
}

/** By partition, only those that have a commit, and with `topicId` none that is marked with another id. */
export async function committedOf(
  admin: Admin,
  groupId: string,
  topic: string,
  topicId?: string,
): Promise<ReadonlyMap<number, number>> {
  const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] })
  return new Map(
    (answer?.partitions ?? [])
      .filter(({ metadata }) => !topicId || !metadata || metadata === topicId)
      .map(({ partition, offset }) => [partition, Number(offset)] as const)
      .filter(([, offset]) => offset >= 0),
  )
}
