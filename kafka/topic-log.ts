/**
 * A topic's log as the brokers have it, by @platformatic/kafka's own reading: the end with open transactions included (kafkajs takes the
 * beginning of one for the end), and what a reader of committed records finds from an offset on. The latter is what tests hold our own
 * reading of batches (kafka/record-batches.ts) against.
 *
 * A hole is an offset without a record: a transaction's marker, an aborted record, one that compaction has removed.
 */
import { AppError, messageOf } from '../model/errors.ts'
import type { KafkaConnection } from './client.ts'
import { secondClientOptions } from './topic-id.ts'

export interface Found {
  /** The first offset, at or behind the one asked for, that has a record to read; or where the fetch ended, all before it being holes. */
  readonly at: number
  readonly isRecord: boolean
  /** The offset behind the last message that the brokers have. */
  readonly highWatermark: number
  /** From here on an open transaction keeps what follows from being read; equal to the high watermark when there is none. */
  readonly lastStable: number
}

export interface TopicLog extends AsyncDisposable {
  /** What a reader of committed records finds from an offset on. @throws AppError `unavailable` */
  find(partition: number, from: number): Promise<Found>
  /**
   * For each partition the offset behind the last message that the brokers have, those of open transactions included.
   * @throws AppError `not-found` when there is no such topic, `unavailable`
   */
  highWatermarks(): Promise<ReadonlyMap<number, number>>
}

/** Enough for the headers of many batches; Kafka always gives the first batch whole. */
const BYTES_MAX = 1024 * 1024

/** Connects when it is asked first. */
export function openTopicLog(connection: KafkaConnection, topic: string): TopicLog {
  let opened: ReturnType<typeof openClient> | undefined
  const limits = new Map<number, Pick<Found, 'highWatermark' | 'lastStable'>>()
  const limitsOf = (partition: number, from: number) => {
    const { highWatermark, lastStable } = limits.get(partition) ?? { highWatermark: from, lastStable: from }
    return { highWatermark, lastStable }
  }
  const asking = async <T>(what: string, question: (client: Client) => Promise<T>): Promise<T> => {
    opened ??= openClient(connection)
    const mine = opened
    try {
      return await question(await mine)
    } catch (error) {
      if (opened === mine) opened = undefined
      void mine.then(({ client }) => client.close()).catch(() => {})
      const isAbsent = /^Unknown topic /.test(messageOf(error))
      throw new AppError(
        isAbsent ? 'not-found' : 'unavailable',
        isAbsent
          ? `Kafka has no topic ${topic} yet: start an ingest worker, it creates it`
          : `Kafka at ${connection.brokers.join(', ')} does not tell ${what} of ${topic}: ${messageOf(error)}`,
        { cause: error, facts: { topic } },
      )
    }
  }
  return {
    find: (partition, from) =>
      asking(`what stands from offset ${from} of partition ${partition}`, async ({ client, committed }) => {
        // Asked anew each time: a leader may have changed, and holes are rare.
        const { topics } = await client.metadata({ topics: [topic], forceUpdate: true })
        const metadata = topics.get(topic)
        const leader = metadata?.partitions[partition]?.leader
        if (metadata === undefined || leader === undefined) throw new Error(`partition ${partition} has no leader`)
        const fetchOffset = BigInt(from)
        const wanted = {
          partition,
          currentLeaderEpoch: -1,
          fetchOffset,
          lastFetchedEpoch: -1,
          partitionMaxBytes: BYTES_MAX,
        }
        const { responses } = await client.fetch({
          node: leader,
          isolationLevel: committed,
          minBytes: 0,
          maxBytes: BYTES_MAX,
          maxWaitTime: 0,
          topics: [{ topicId: metadata.id, partitions: [wanted] }],
        })
        const answer = responses[0]?.partitions[0]
        // This client keeps a session, in which a partition of which there is nothing new is left out of the answer.
        const found = answer ? foundIn(answer, from) : { at: from, isRecord: false, ...limitsOf(partition, from) }
        limits.set(partition, found)
        return found
      }),
    highWatermarks: () =>
      asking('its ends', async ({ client, uncommitted }) => {
        await client.metadata({ topics: [topic], forceUpdate: true })
        const offsets = await client.listOffsets({ topics: [topic], isolationLevel: uncommitted })
        return new Map((offsets.get(topic) ?? []).map((high, partition) => [partition, Number(high)]))
      }),
    async [Symbol.asyncDispose]() {
      await opened?.then(({ client }) => client.close()).catch(() => {})
    },
  }
}

/** Asked once: see `TopicLog.highWatermarks`. */
export async function fetchHighWatermarks(
  connection: KafkaConnection,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  await using log = openTopicLog(connection, topic)
  return await log.highWatermarks()
}

type Client = Awaited<ReturnType<typeof openClient>>

async function openClient(connection: KafkaConnection) {
  // Loading it takes 0.3 s, which commands that do not need it should not wait for.
  const { Consumer, FetchIsolationLevels } = await import('@platformatic/kafka')
  // It joins no group, but its constructor wants the name of one.
  const client = new Consumer({ ...secondClientOptions(connection), groupId: 'tendance-log', autocommit: false })
  return {
    client,
    committed: FetchIsolationLevels.READ_COMMITTED,
    uncommitted: FetchIsolationLevels.READ_UNCOMMITTED,
  }
}

/** What of a partition's answer to Fetch is looked at. */
export interface FetchedPartition {
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[] | null
  readonly records?:
    | readonly {
        readonly firstOffset: bigint
        readonly lastOffsetDelta: number
        readonly attributes: number
        readonly producerId: bigint
        readonly records: readonly { readonly offsetDelta: number }[]
      }[]
    | null
}

const IS_TRANSACTIONAL = 1 << 4
const IS_CONTROL = 1 << 5

/**
 * Reads a partition's answer as a reader of committed records does: a batch of a producer that has aborted is none, from the offset
 * that the broker names until that producer's marker (Kafka's protocol, "Aborted Transactions" of Fetch).
 */
export function foundIn(answer: FetchedPartition, from: number): Found {
  const toCome = [...(answer.abortedTransactions ?? [])].sort((a, b) => Number(a.firstOffset - b.firstOffset))
  const aborted = new Set<bigint>()
  const limits = { highWatermark: Number(answer.highWatermark), lastStable: Number(answer.lastStableOffset) }
  let at = from
  for (const batch of answer.records ?? []) {
    const first = Number(batch.firstOffset)
    const last = first + batch.lastOffsetDelta
    while (toCome[0] !== undefined && toCome[0].firstOffset <= last) aborted.add(toCome.shift()!.producerId)
    if (batch.attributes & IS_CONTROL) {
      aborted.delete(batch.producerId)
    } else if (!(batch.attributes & IS_TRANSACTIONAL && aborted.has(batch.producerId))) {
      const record = batch.records.find(({ offsetDelta }) => first + offsetDelta >= from)
      if (record) return { at: first + record.offsetDelta, isRecord: true, ...limits }
    }
    at = Math.max(at, last + 1)
  }
  return { at, isRecord: false, ...limits }
}
