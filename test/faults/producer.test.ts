/**
 * Three brokers, each killed with -9 in turn while two producers send known ids: ours, and kafkajs's own send over many partitions. What
 * that one loses is printed, not asserted: it hangs on which sends are on their way at the kill (60 of 84,300, 100 of 91,920,
 * 133 of 109,140 in three runs). The twin that shows that this test can fail takes records away behind our back.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { partitionOf } from '../../kafka/partition.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { readToEnd } from '../../kafka/read-to-end.ts'
import { silentLogger } from '../../model/log.ts'
import { isolatedConfig, type OwnStack, startOwnStack, uniqueName } from '../services.ts'

const PARTITIONS = 6
const PADDING = 'x'.repeat(300)
/** Confirmed messages between two events: enough that batches are in flight on every partition when a broker dies. */
const STRIDE = 1_500
/** A minute on a quiet machine: each kill costs a broker session, a start and the catching up of its replicas. */
const SCENARIO_MS_MAX = 600_000

interface Load {
  readonly name: string
  readonly topic: string
  /** Ids whose send has resolved. */
  readonly confirmed: Set<string>
  /** Ends the load and waits for what is in flight. */
  stop(): Promise<void>
}

let own: OwnStack
let connection: KafkaConnection
let safe: Load
let plain: Load
const outcome: Record<string, { confirmed: number; lost: number; stored: number }> = {}

beforeAll(async () => {
  own = await startOwnStack({ services: ['kafka'], brokers: 3 })
  connection = createKafka(isolatedConfig(own.addresses), 'test', silentLogger)
  const newTopic = async (name: string) => {
    const topic = uniqueName(name)
    await ensureTopic(connection, topic, { partitions: PARTITIONS, replication: 3, retentionBytes: -1 })
    return topic
  }
  safe = await startSafeLoad(await newTopic('safe'))
  plain = await startPlainLoad(await newTopic('plain'))

  for (const number of [1, 2, 3]) {
    const broker = own.stack.service(`kafka-${number}`)
    await confirmedMore(STRIDE)
    await broker.kill()
    await confirmedMore(STRIDE)
    await broker.start()
    await inSync(safe.topic)
  }
  for (const load of [safe, plain]) {
    await load.stop()
    outcome[load.name] = {
      confirmed: load.confirmed.size,
      lost: await countLost(load),
      stored: (await storedIds(load.topic)).length,
    }
  }
  console.log(outcome)
}, SCENARIO_MS_MAX)

afterAll(() => own[Symbol.asyncDispose]())

describe('when each broker is killed in turn', () => {
  it('the safe producer loses nothing that was confirmed, and stores nothing twice', () => {
    expect(outcome['safe']!.confirmed).toBeGreaterThan(6 * STRIDE)
    expect(outcome['safe']).toMatchObject({ lost: 0, stored: outcome['safe']!.confirmed })
  })

  it('and one confirmed record that is gone would be seen', async () => {
    const admin = connection.kafka.admin()
    await admin.connect()
    const [first] = await admin.fetchTopicOffsets(safe.topic)
    const { partition, low } = first!
    await admin.deleteTopicRecords({ topic: safe.topic, partitions: [{ partition, offset: `${Number(low) + 1}` }] })
    await admin.disconnect()
    expect(await countLost(safe)).toBe(1)
  })
})

async function startSafeLoad(topic: string): Promise<Load> {
  const producer = await createSafeProducer({ connection, topic, lingerMs: 5 })
  const send = async (ids: readonly string[]) => {
    await producer.room()
    const byPartition = Map.groupBy(ids, (id) => partitionOf(Buffer.from(id), PARTITIONS))
    const batches = [...byPartition].map(([partition, some]) => ({
      partition,
      messages: some.map((id) => ({ key: Buffer.from(id), value: Buffer.from(id + PADDING), timestamp: Date.now() })),
    }))
    await producer.send(batches)
  }
  return startLoad({ name: 'safe', topic, pauseMs: 25, send, close: () => producer.close() })
}

async function startPlainLoad(topic: string): Promise<Load> {
  // not idempotent: with several sends at a time that mode often ends in confirming nothing at all after a kill. As patient as ours.
  const producer = connection.kafka.producer({ retry: { retries: 50, initialRetryTime: 100, maxRetryTime: 1_000 } })
  await producer.connect()
  const send = async (ids: readonly string[]) => {
    await producer.send({ topic, acks: -1, messages: ids.map((id) => ({ key: id, value: id + PADDING })) })
  }
  return startLoad({ name: 'plain', topic, pauseMs: 25, send, close: () => producer.disconnect() })
}

interface LoadOptions {
  readonly name: string
  readonly topic: string
  /** Between two sends: a load, not a race for the two cores. */
  readonly pauseMs: number
  readonly send: (ids: readonly string[]) => Promise<void>
  readonly close: () => Promise<void>
}

/** Sends ids in batches, four of them at a time, until it is stopped; a send that fails confirms nothing. */
function startLoad({ name, topic, pauseMs, send, close }: LoadOptions): Load {
  const confirmed = new Set<string>()
  let next = 0
  let stopping = false
  const run = async () => {
    while (!stopping) {
      const ids = Array.from({ length: 60 }, () => `${name}:${next++}:`)
      try {
        await send(ids)
        for (const id of ids) confirmed.add(id)
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
  const runs = [run(), run(), run(), run()]
  return {
    name,
    topic,
    confirmed,
    async stop() {
      stopping = true
      await Promise.all(runs)
      await close()
    },
  }
}

/** Waits until our producer has had that many more confirmed: it works again whatever was killed. */
async function confirmedMore(messages: number): Promise<void> {
  const goal = safe.confirmed.size + messages
  while (safe.confirmed.size < goal) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Waits until every partition has all three replicas in sync, so that the next kill is one the topic must survive. */
async function inSync(topic: string): Promise<void> {
  const admin = connection.kafka.admin()
  await admin.connect()
  for (;;) {
    const metadata = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => undefined)
    if (metadata?.topics[0]?.partitions.every(({ isr }) => isr.length === 3)) break
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await admin.disconnect()
}

/** Ids that were confirmed by now and are not in the topic. */
async function countLost(load: Load): Promise<number> {
  const confirmed = [...load.confirmed]
  const stored = new Set(await storedIds(load.topic))
  return confirmed.filter((id) => !stored.has(id)).length
}

async function storedIds(topic: string): Promise<string[]> {
  const ids: string[] = []
  await readToEnd(connection, {
    topic,
    groupId: uniqueName('check'),
    from: 'earliest',
    logger: silentLogger,
    signal: new AbortController().signal,
    async take(messages) {
      for (const { value } of messages) ids.push(value.toString('utf8', 0, value.length - PADDING.length))
    },
  })
  return ids
}
