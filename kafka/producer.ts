/**
 * Producing so that nothing that was confirmed is lost, and nothing is put in another order.
 *
 * kafkajs loses acknowledged messages when one `send` spans partitions of several brokers and a leader changes (its issue
 * 1303: the answers of the brokers that did confirm hide the one that did not). So here a send has one partition, a
 * partition has one send at a time, and the answer must have an entry for it. test/faults/producer.test.ts kills leaders to prove it.
 *
 * The producer is idempotent: a batch that is sent again, unchanged, is stored once. Only when the broker has forgotten our
 * sequence do we go on as a new producer; then a batch can be stored twice, which readers see as copies of a record.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Message as KafkaMessage, Producer } from 'kafkajs'
import { AppError, assert, isAppError } from '../model/errors.ts'
import { askedOfKafka, type KafkaConnection, kafkaError, whileABrokerIsAway } from './client.ts'
import { createPartitionQueue, type OutgoingMessage, type PartitionQueue } from './safe-send.ts'

export type { OutgoingMessage } from './safe-send.ts'

export interface PartitionBatch {
  readonly partition: number
  readonly messages: readonly OutgoingMessage[]
}

/** Messages that lie one behind the other from this offset on. */
export interface Confirmed {
  readonly partition: number
  readonly baseOffset: number
  readonly messages: number
}

export interface SafeProducer extends AsyncDisposable {
  /**
   * Resolves when the brokers have confirmed all of it (acks from all in-sync replicas). Calls for one partition are stored in
   * the order of the calls.
   * @throws AppError `unavailable` after `giveUpMs`, `denied` or `internal` when trying again cannot help, `cancelled`
   */
  send(batches: readonly PartitionBatch[]): Promise<readonly Confirmed[]>
  /** Resolves when less than `pendingBytesMax` waits for confirmation: ask before sending more. */
  room(): Promise<void>
  /** Bytes that wait for confirmation. */
  readonly pendingBytes: number
  /** Waits until all that was sent is confirmed or has failed, then disconnects. */
  close(): Promise<void>
}

export interface SafeProducerOptions {
  readonly connection: KafkaConnection
  readonly topic: string
  /** Bytes of one request. The broker's own bound of a batch is 1 MiB. */
  readonly batchBytesMax?: number
  /** How long a small batch waits for more. */
  readonly lingerMs?: number
  readonly pendingBytesMax?: number
  /** How long one batch is tried; unless said, until `signal`. */
  readonly giveUpMs?: number
  readonly signal?: AbortSignal
}

/** What the broker says when it no longer knows where our sequence is. */
const SEQUENCE_LOST = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
])
/** What does not go away by trying again. */
const FINAL = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_TIMESTAMP',
  'INVALID_RECORD',
  'POLICY_VIOLATION',
  'UNSUPPORTED_VERSION',
])
const DENIED = new Set(['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'SASL_AUTHENTICATION_FAILED'])
const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 5_000

/** @throws AppError `unavailable` when no broker answers */
export async function createSafeProducer(options: SafeProducerOptions): Promise<SafeProducer> {
  const { connection, topic, signal } = options
  const { batchBytesMax = 768 * 1024, lingerMs = 10, pendingBytesMax = 16 * 1024 * 1024 } = options
  const { giveUpMs = Number.POSITIVE_INFINITY } = options
  const queues = new Map<number, PartitionQueue>()
  let pendingBytes = 0
  let waiting: (() => void)[] = []
  let closed = false
  let current = { producer: await connect(connection), retired: Promise.resolve() }

  const released = (bytes: number) => {
    pendingBytes -= bytes
    if (pendingBytes < pendingBytesMax) {
      const resumed = waiting
      waiting = []
      for (const resume of resumed) resume()
    }
  }

  /** A new producer id; the old one goes when it has failed for everybody who uses it. */
  const renew = async (old: Producer) => {
    if (current.producer !== old) return
    const next = { producer: await connect(connection), retired: current.retired }
    if (current.producer !== old) return next.producer.disconnect()
    current = next
    current.retired = current.retired.then(() => old.disconnect()).catch(() => {})
  }

  const sendOnce = async (partition: number, messages: KafkaMessage[]): Promise<number> => {
    const { producer } = current
    try {
      const answer = await producer.send({ topic, acks: -1, timeout: 10_000, messages })
      const entry = answer.find((candidate) => candidate?.partition === partition)
      if (entry?.errorCode === 0 && entry.baseOffset !== undefined) return Number(entry.baseOffset)
      // kafkajs believes that it was stored; a new producer id keeps a gap in its sequence from stopping the partition
      await renew(producer)
      throw new AppError('unavailable', `Kafka did not confirm a batch for ${topic}/${partition}`)
    } catch (error) {
      if (SEQUENCE_LOST.has(typeOf(error))) await renew(producer)
      throw error
    }
  }

  const sendUntilConfirmed = async (partition: number, outgoing: readonly OutgoingMessage[]): Promise<number> => {
    const messages = ofOnePartition(
      partition,
      outgoing.map(({ key, value, timestamp }) => ({ key, value, partition, timestamp: String(timestamp) })),
    )
    const doing = `writing to ${topic}/${partition}`
    const waited = askedOfKafka(connection, doing)
    const asOurs = (error: unknown): never => {
      throw kafkaError(connection, doing, error)
    }
    const startedAt = performance.now()
    for (let attempt = 0; ; attempt++) {
      if (signal?.aborted) throw new AppError('cancelled', `${doing}: stopped before it was confirmed`)
      try {
        return await connection.waits.attempt(waited, () => sendOnce(partition, messages).catch(asOurs))
      } catch (error) {
        const type = typeOf(error)
        if (DENIED.has(type)) throw new AppError('denied', `Kafka refuses ${doing}: ${type}`, { cause: error })
        if (FINAL.has(type)) throw new AppError('internal', `Kafka refuses ${doing}: ${type}`, { cause: error })
        const spentMs = performance.now() - startedAt
        if (spentMs > giveUpMs)
          throw kafkaError(connection, `${doing}, tried for ${Math.round(spentMs)} ms`, causeOf(error))
        // what lasts is told by the list of waits (app/waits.ts), once
        connection.waits.failed(waited, error, performance.now() - startedAt)
        connection.logger.debug({ topic, partition, attempt, type, error }, 'not confirmed, sending the batch again')
        await wait(Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** attempt), undefined, signal ? { signal } : {}).catch(
          () => {},
        )
      }
    }
  }

  const queueOf = (partition: number): PartitionQueue => {
    let queue = queues.get(partition)
    if (queue === undefined) {
      queue = createPartitionQueue({
        batchBytesMax,
        lingerMs,
        store: (messages) => sendUntilConfirmed(partition, messages),
        released,
      })
      queues.set(partition, queue)
    }
    return queue
  }

  const producer: SafeProducer = {
    get pendingBytes() {
      return pendingBytes
    },
    async send(batches) {
      assert(!closed, 'nothing is sent after close', { topic })
      const parts = batches.map(async ({ partition, messages }) => {
        let bytes = 0
        for (const message of messages) bytes += sizeOf(message)
        pendingBytes += bytes
        const stored = await queueOf(partition).add(messages)
        return stored.map((run) => ({ partition, ...run }))
      })
      return (await Promise.all(parts)).flat()
    },
    async room() {
      while (pendingBytes >= pendingBytesMax && !signal?.aborted) {
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    async close() {
      closed = true
      await Promise.all([...queues.values()].map((queue) => queue.drained()))
      await current.retired
      await current.producer.disconnect()
    },
    [Symbol.asyncDispose]: () => producer.close(),
  }
  return producer
}

async function connect(connection: KafkaConnection): Promise<Producer> {
  try {
    return await whileABrokerIsAway(connection, () => connectOnce(connection))
  } catch (error) {
    throw kafkaError(connection, 'connecting a producer', error)
  }
}

async function connectOnce(connection: KafkaConnection): Promise<Producer> {
  const producer = connection.kafka.producer({
    idempotent: true,
    // every message names its partition: see kafka/partition.ts
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
    // kafkajs tries a little, this module as long as it takes: with log lines, and an end when it is asked to stop
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 5 },
  })
  try {
    await producer.connect()
    return producer
  } catch (error) {
    await producer.disconnect().catch(() => {})
    throw error
  }
}

/**
 * kafkajs groups the messages of a send by `messages.reduce`, and copies the list it has so far for every one of them: for 3,300 messages
 * that is 4.4 of the 8 µs that each costs. Ours are of one partition, so we answer for it: the one group is the list.
 */
function ofOnePartition(partition: number, messages: KafkaMessage[]): KafkaMessage[] {
  return Object.defineProperty(messages, 'reduce', { value: () => ({ [partition]: messages }) })
}

/** What kafkajs threw, where it was made ours already. */
function causeOf(error: unknown): unknown {
  return isAppError(error) ? (error.cause ?? error) : error
}

/** The protocol's name of the error, also when kafkajs has wrapped it. */
function typeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const type = (at as { type?: unknown }).type
    if (typeof type === 'string') return type
  }
  return ''
}

function sizeOf(message: OutgoingMessage): number {
  return message.value.length + (message.key?.length ?? 0)
}
