/**
 * Topics whose offsets have holes: a foreign producer's transactions leave markers and aborted records, compaction removes records. The
 * archive and live counting reach the end all the same, hours can be sealed, and every count is that of the records there are.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Message as KafkaMessage } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { openAnswers } from '../../cli/answers.ts'
import { ensureTopic, withAdmin } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { partitionOf } from '../../kafka/partition.ts'
import { fetchHighWatermarks, openTopicLog } from '../../kafka/topic-log.ts'
import { archivedTo, readLog } from '../../lake/archive/commit-log.ts'
import type { FileStore } from '../../lake/file-store.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import { hourOf } from '../../model/time.ts'
import { answerHour } from '../../views/ask.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { encodePost, idsOf, postOf, readLake } from '../lake/posts.ts'
import { isolatedConfig } from '../services.ts'

const SEVEN = Date.parse('2026-11-16T07:00:00Z')
const PARTITIONS = 2
const PATIENCE_MS = 40_000

interface Place {
  readonly config: Config
  readonly kafka: KafkaConnection
  readonly topic: string
  readonly store: FileStore
}

function placeOf(more: Readonly<Record<string, string>> = {}): Place {
  const config = isolatedConfig(undefined, {
    TENDANCE_LAKE_COMMIT_AGE_MS: '500',
    TENDANCE_SPEED_FLUSH_MS: '200',
    TENDANCE_BATCH_EXTRACTORS: 'hashtags@2',
    ...more,
  })
  const kafka = createKafka(config, 'test', silentLogger)
  return { config, kafka, topic: topicOf(config.kafka.topicPrefix, 'posts'), store: openStore(config.lake) }
}

/** Spread over the hour, in the order of their numbers. */
function messageOf(id: string, number: number): KafkaMessage {
  const post = postOf(id, SEVEN + number * 1_000)
  const key = Buffer.from(id)
  return { key, value: encodePost(post), timestamp: `${post.created_at}`, partition: partitionOf(key, PARTITIONS) }
}

/** Runs both workers until they are at the end of the topic. @returns how far each got when it is not the end */
async function untilAtEnd({ config, kafka, topic, store }: Place): Promise<void> {
  const stopping = new AbortController()
  const common = { config, logger: silentLogger, signal: stopping.signal }
  const workers = Promise.all([runArchiveWorker(common), runSpeedWorker(common)])
  workers.catch(() => stopping.abort())
  const answers = await openAnswers(config, Date.now)
  const place = { store, layout: layoutAt(config.lake.root), stream: 'posts' } as const
  try {
    const ends = await fetchHighWatermarks(kafka, topic)
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const states = await answers.views.speed.states({ stream: 'posts', board: 'hashtags', extractor: 'hashtags@2' })
      const counted = new Map(states.map(({ partition, offset }) => [partition, offset]))
      const reached = await Promise.all(
        [...ends].map(async ([partition, high]) => ({
          partition,
          high,
          archived: await archivedTo(place, partition),
          counted: counted.get(partition) ?? 0,
        })),
      )
      if (reached.every(({ high, archived, counted }) => archived === high && counted === high)) return
      if (performance.now() > deadline || stopping.signal.aborted) throw new Error(JSON.stringify(reached))
      await delay(200)
    }
  } finally {
    stopping.abort()
    await answers[Symbol.asyncDispose]()
    await workers
  }
}

async function expectRecords(place: Place, ids: readonly string[]): Promise<void> {
  const { config, store } = place
  expect(idsOf(await readLake(store, layoutAt(config.lake.root)))).toEqual(ids.toSorted())
  const answers = await openAnswers(config, Date.now)
  const answer = await answerHour(answers.ask('hashtags'), { board: 'hashtags', n: 3, hour: hourOf(SEVEN) })
  await answers[Symbol.asyncDispose]()
  const distinct = new Set(ids).size
  expect(answer).toMatchObject({ records: distinct, exact: true, rows: [{ key: 'tag', count: distinct }] })
  expect(answer.provenance.origin).toBe('speed')
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const log = { store, layout: layoutAt(config.lake.root), stream: 'posts' } as const
    let at = 0
    for await (const entry of readLog(log, partition)) {
      expect(entry).toMatchObject({ from: at, missing: [], rejected: 0 })
      at = entry.to
    }
  }
}

describe('a topic of a foreign transactional producer', () => {
  let place: Place
  const committed: string[] = []

  beforeAll(async () => {
    place = placeOf()
    const { kafka, topic, config } = place
    await ensureTopic(kafka, topic, { ...config.kafka, partitions: PARTITIONS })
    const foreign = kafka.kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
    const plain = kafka.kafka.producer()
    await Promise.all([foreign.connect(), plain.connect()])
    let number = 0
    const some = (count: number, kind: string) =>
      Array.from({ length: count }, () => messageOf(`x:${kind}-${number}`, number++))
    const send = async (messages: readonly KafkaMessage[], ends: 'commit' | 'abort') => {
      const transaction = await foreign.transaction()
      await transaction.send({ topic, messages: [...messages] })
      await transaction[ends]()
      if (ends === 'commit') committed.push(...messages.map(({ key }) => String(key)))
    }
    for (let round = 0; round < 5; round++) {
      await send(some(20, 'kept'), 'commit')
      await send(some(20, 'aborted'), 'abort')
      const own = some(5, 'plain')
      await plain.send({ topic, messages: own })
      committed.push(...own.map(({ key }) => String(key)))
    }
    // The end is a hole: an aborted transaction and its marker.
    await send(some(20, 'aborted'), 'abort')
    await Promise.all([foreign.disconnect(), plain.disconnect()])
  }, 60_000)
  afterAll(() => place?.store[Symbol.asyncDispose]())

  it('is archived and counted to its end, what was committed and nothing else', async () => {
    await untilAtEnd(place)
    await expectRecords(place, committed)
  }, 90_000)

  it('is waited for while a transaction is open, whose records come when it is committed', async () => {
    const { kafka, topic } = place
    const foreign = kafka.kafka.producer({ transactionalId: `${topic}-open`, idempotent: true, maxInFlightRequests: 1 })
    await foreign.connect()
    const transaction = await foreign.transaction()
    const messages = Array.from({ length: 10 }, (_, i) => messageOf(`x:open-${i}`, 1_000 + i))
    await transaction.send({ topic, messages })
    const open = await fetchHighWatermarks(kafka, topic)
    await using log = openTopicLog(kafka, topic)
    const found = await log.find(0, open.get(0)! - 1)
    expect(found).toMatchObject({ isRecord: false, highWatermark: open.get(0) })
    expect(found.lastStable).toBeLessThan(found.highWatermark)
    await transaction.commit()
    await foreign.disconnect()
    committed.push(...messages.map(({ key }) => String(key)))
    await untilAtEnd(place)
    await expectRecords(place, committed)
  }, 90_000)
})

describe('a topic of two foreign producers whose transactions overlap', () => {
  it('gives no record of an aborted one, in whatever order they end: kafkajs gives two of these', async () => {
    const place = placeOf()
    const { kafka, topic, config } = place
    await ensureTopic(kafka, topic, { ...config.kafka, partitions: PARTITIONS })
    const connect = async (name: string) => {
      const settings = { transactionalId: `${topic}-${name}`, idempotent: true, maxInFlightRequests: 1 }
      const producer = kafka.kafka.producer(settings)
      await producer.connect()
      return producer
    }
    const [first, second] = [await connect('first'), await connect('second')]
    const [one, two] = [await first.transaction(), await second.transaction()]
    await one.send({ topic, messages: [messageOf('x:aborted-0', 0), messageOf('x:aborted-1', 1)] })
    await two.send({ topic, messages: [messageOf('x:aborted-2', 2), messageOf('x:aborted-3', 3)] })
    await two.abort()
    await one.send({ topic, messages: [messageOf('x:aborted-4', 4), messageOf('x:aborted-5', 5)] })
    await one.abort()
    const kept = ['x:kept-0', 'x:kept-1', 'x:kept-2', 'x:kept-3']
    const last = await second.transaction()
    await last.send({ topic, messages: kept.map((id, i) => messageOf(id, 6 + i)) })
    await last.commit()
    await Promise.all([first.disconnect(), second.disconnect()])
    await untilAtEnd(place)
    await expectRecords(place, kept)
    await place.store[Symbol.asyncDispose]()
  }, 60_000)
})

describe('a compacted topic', () => {
  it('is archived and counted to its end, with holes at its head, in its middle and at its end', async () => {
    const place = placeOf()
    const { kafka, topic, store } = place
    await withAdmin(kafka, 'creating', (admin) =>
      admin.createTopics({
        waitForLeaders: true,
        topics: [
          {
            topic,
            numPartitions: PARTITIONS,
            configEntries: [
              { name: 'cleanup.policy', value: 'compact' },
              { name: 'retention.ms', value: '-1' },
              { name: 'segment.ms', value: '100' },
              { name: 'min.cleanable.dirty.ratio', value: '0.001' },
              { name: 'delete.retention.ms', value: '0' },
              { name: 'message.timestamp.after.max.ms', value: '9223372036854775807' },
              { name: 'message.timestamp.before.max.ms', value: '9223372036854775807' },
            ],
          },
        ],
      }),
    )
    const producer = kafka.kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    let number = 0
    const round = (ids: readonly string[]) =>
      producer.send({ topic, messages: ids.map((id) => messageOf(id, number++)) })
    const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `x:${from + i}`)
    await round(ids(0, 30))
    await round(ids(10, 40))
    await round(ids(0, 20))
    // A tombstone, and what makes the segments before it old.
    await round(ids(40, 44))
    await using log = openTopicLog(kafka, topic)
    const deadline = performance.now() + 60_000
    while ((await log.find(0, 0)).at === 0) {
      if (performance.now() > deadline) throw new Error('Kafka does not compact the topic')
      await delay(500)
      await round(ids(44, 48))
    }
    await producer.disconnect()
    const left: string[] = []
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (let at = 0; ; ) {
        const found = await log.find(partition, at)
        if (!found.isRecord) break
        left.push(`${partition}/${found.at}`)
        at = found.at + 1
      }
    }
    await untilAtEnd(place)
    const inLake = idsOf(await readLake(store, layoutAt(place.config.lake.root)))
    expect(inLake.length).toBe(left.length)
    expect(new Set(inLake)).toEqual(new Set(ids(0, 48)))
    await expectRecords(place, inLake)
    await store[Symbol.asyncDispose]()
  }, 150_000)
})
