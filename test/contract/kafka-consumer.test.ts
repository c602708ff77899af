import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../app/config.ts'
import { ensureTopic, fetchCommitted, fetchOffsets } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { type ReadOptions, readPartitions } from '../../kafka/consumer.ts'
import { silentLogger } from '../../model/log.ts'
import type { Batch, PartitionReader } from '../../model/messages.ts'
import { isolatedConfig, services, uniqueName } from '../services.ts'

const PARTITIONS = 3
let connection: KafkaConnection

beforeAll(() => {
  connection = createKafka(isolatedConfig(services()), 'test', silentLogger)
})

/** A reader that writes down what it sees; `begin` is the position of its own. */
class Recorder implements PartitionReader {
  readonly seen: number[] = []
  readonly missing: Batch['missing'][] = []
  started: number | undefined | 'not' = 'not'
  closed: string | undefined
  ticks = 0
  readonly #begin: number | undefined

  constructor(begin?: number) {
    this.#begin = begin
  }
  async start(committed: number | undefined) {
    this.started = committed
    return this.#begin
  }
  async take(batch: Batch) {
    if (batch.missing) this.missing.push(batch.missing)
    for (const message of batch.messages) this.seen.push(message.offset)
    return { commit: batch.to }
  }
  async tick() {
    this.ticks++
    return undefined
  }
  async close(reason: string) {
    this.closed = reason
    return undefined
  }
}

async function topicWith(messagesPerPartition: number): Promise<string> {
  const topic = uniqueName('consumer')
  await ensureTopic(connection, topic, { partitions: PARTITIONS, replication: 0, retentionBytes: -1 })
  await produce(topic, messagesPerPartition)
  return topic
}

async function produce(topic: string, messagesPerPartition: number) {
  const producer = connection.kafka.producer()
  await producer.connect()
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const messages = Array.from({ length: messagesPerPartition }, (_, i) => ({
      partition,
      value: `${i}`,
      timestamp: '1',
    }))
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
}

async function until(condition: () => boolean, what: string) {
  const deadline = Date.now() + 30_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited 30 s for ${what}`)
    await delay(20)
  }
}

/** Starts a member of the group; `stop` ends it and gives what it threw, if anything. */
function member(
  topic: string,
  groupId: string,
  make: (partition: number) => PartitionReader,
  more: Partial<ReadOptions> = {},
) {
  const stopping = new AbortController()
  const done = readPartitions(connection, {
    groupId,
    topic,
    open: make,
    tickMs: 50,
    logger: silentLogger,
    signal: stopping.signal,
    ...more,
  }).then(
    () => undefined,
    (error: unknown) => error,
  )
  return {
    done,
    stop: () => {
      stopping.abort()
      return done
    },
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('reading by partition', () => {
  const running: { stop(): Promise<unknown> }[] = []
  afterAll(async () => {
    await Promise.all(running.map((one) => one.stop()))
  })

  it('begins where the reader says, not where the group has committed, and misses nothing', async () => {
    const topic = await topicWith(100)
    const group = uniqueName('group')
    const first = new Map<number, Recorder>()
    const one = member(topic, group, (partition) => first.set(partition, new Recorder()).get(partition)!)
    await until(() => [...first.values()].filter((r) => r.seen.length === 100).length === PARTITIONS, 'all messages')
    expect(await one.stop()).toBeUndefined()
    expect([...first.values()].map((r) => [r.seen, r.closed])).toEqual(
      Array.from({ length: PARTITIONS }, () => [range(0, 100), 'stopped']),
    )
    expect([...(await fetchCommitted(connection, group, topic)).values()]).toEqual([100, 100, 100])

    const second = new Map<number, Recorder>()
    const two = member(topic, group, (partition) => second.set(partition, new Recorder(40)).get(partition)!)
    await until(() => [...second.values()].filter((r) => r.seen.at(-1) === 99).length === PARTITIONS, 'the second run')
    await two.stop()
    for (const reader of second.values()) {
      expect(reader.seen).toEqual(range(40, 100))
      expect(reader.started).toBe(100)
      expect(reader.missing).toEqual([])
    }
  })

  it('opens and ticks a partition to which nothing comes', async () => {
    const topic = await topicWith(0)
    const readers = new Map<number, Recorder>()
    const one = member(topic, uniqueName('group'), (p) => readers.set(p, new Recorder()).get(p)!)
    await until(() => readers.size === PARTITIONS && [...readers.values()].every((r) => r.ticks > 2), 'ticks')
    await one.stop()
  })

  it('says which offsets Kafka no longer has', async () => {
    const topic = await topicWith(50)
    const admin = connection.kafka.admin()
    await admin.connect()
    await admin.fetchTopicOffsets(topic) // kafkajs must have seen the topic
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '20' }] })
    await admin.disconnect()
    expect((await fetchOffsets(connection, topic)).get(1)).toEqual({ low: 20, high: 50 })
    const readers = new Map<number, Recorder>()
    const one = member(topic, uniqueName('group'), (p) => readers.set(p, new Recorder(10)).get(p)!)
    await until(() => [...readers.values()].filter((r) => r.seen.at(-1) === 49).length === PARTITIONS, 'messages')
    await one.stop()
    expect(readers.get(1)?.seen).toEqual(range(20, 50))
    expect(readers.get(1)?.missing).toEqual([{ from: 10, to: 20 }])
    expect(readers.get(0)?.seen).toEqual(range(10, 50))
  })

  it('a second member takes some partitions over, and each message is taken by one of the two', async () => {
    const topic = await topicWith(10)
    const group = uniqueName('group')
    const taken = new Map<number, number[]>()
    const position = new Map<number, number>()
    const shared = (partition: number): PartitionReader => ({
      start: async () => position.get(partition) ?? 0,
      take: async ({ messages }) => {
        for (const { offset } of messages) taken.set(partition, [...(taken.get(partition) ?? []), offset])
        position.set(partition, messages.at(-1)!.offset + 1)
        return undefined
      },
      tick: async () => undefined,
      close: async () => undefined,
    })
    const assigned: Record<'a' | 'b', readonly number[]> = { a: [], b: [] }
    const a = member(topic, group, shared, { onAssigned: (partitions) => (assigned.a = partitions) })
    running.push(a)
    await until(() => assigned.a.length === PARTITIONS, 'the first assignment')
    const b = member(topic, group, shared, { onAssigned: (partitions) => (assigned.b = partitions) })
    running.push(b)
    await until(() => assigned.b.length > 0 && assigned.a.length + assigned.b.length === PARTITIONS, 'sharing')
    await produce(topic, 40)
    await until(() => [...taken.values()].every((offsets) => offsets.length >= 50), 'all messages')
    expect([...taken.values()].map((offsets) => [...offsets].sort((x, y) => x - y))).toEqual(
      Array.from({ length: PARTITIONS }, () => range(0, 50)),
    )
    await b.stop()
    await until(() => assigned.a.length === PARTITIONS, 'taking over again')
    await a.stop()
  })

  it('refuses a position behind the end of the topic, which would never come', async () => {
    const topic = await topicWith(5)
    const one = member(topic, uniqueName('group'), () => new Recorder(9))
    expect(await one.done).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/ends at offset 5, .* go on at 9/),
    })
  })

  it('ends with what a reader threw', async () => {
    const topic = await topicWith(1)
    const one = member(topic, uniqueName('group'), () => ({
      start: async () => 0,
      take: async () => {
        throw new Error('the disk is full')
      },
      tick: async () => undefined,
      close: async () => undefined,
    }))
    expect(await one.done).toMatchObject({ message: 'the disk is full' })
  })
})

describe('a Kafka that is not there', () => {
  it('is named, with the fix', async () => {
    const { config } = loadConfig({ env: { TENDANCE_KAFKA_BROKERS: '127.0.0.1:1' } })
    const nowhere = createKafka(config, 'test', silentLogger, 1)
    await expect(fetchOffsets(nowhere, 'x')).rejects.toThrow(
      /Kafka does not answer at 127\.0\.0\.1:1 .*tendance stack up/,
    )
  })
})

describe('creating a topic', () => {
  it('by several at once gives one topic, and each its number of partitions', async () => {
    const topic = uniqueName('topic')
    const settings = { partitions: PARTITIONS, replication: 0, retentionBytes: -1 }
    const counts = await Promise.all(Array.from({ length: 6 }, () => ensureTopic(connection, topic, settings)))
    expect(counts).toEqual(Array.from({ length: 6 }, () => PARTITIONS))
  })
})

describe('what a group has committed of an earlier topic of the name', () => {
  it('is no position in this one', async () => {
    const topic = await topicWith(10)
    const group = uniqueName('group')
    const read = async (topicId: string) => {
      const readers = new Map<number, Recorder>()
      const one = member(topic, group, (partition) => readers.set(partition, new Recorder()).get(partition)!, {
        topicId,
      })
      const began = () => [...readers.values()].map(({ started }) => started)
      await until(() => readers.size === PARTITIONS && began().every((at) => at !== 'not'), 'the beginning')
      if (began().includes(undefined)) {
        await until(() => [...readers.values()].every(({ seen }) => seen.length === 10), 'all messages')
      }
      await one.stop()
      return began()
    }
    expect(await read('one')).toEqual([undefined, undefined, undefined])
    expect(await read('one')).toEqual([10, 10, 10])
    expect((await fetchCommitted(connection, group, topic, 'another')).size).toBe(0)
    expect(await read('another')).toEqual([undefined, undefined, undefined])
  })
})
