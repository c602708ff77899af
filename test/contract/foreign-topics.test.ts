/**
 * Topics as administrators and producers of others make them: each codec, packed by the broker's own Java libraries; the broker's clock
 * as the time of messages; a batch that nobody can read.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { openAnswers } from '../../cli/answers.ts'
import { withAdmin } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { partitionOf } from '../../kafka/partition.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { fetchHighWatermarks } from '../../kafka/topic-log.ts'
import { archivedTo } from '../../lake/archive/commit-log.ts'
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
const POSTS = 3_000
const PATIENCE_MS = 40_000

interface Place {
  readonly config: Config
  readonly kafka: KafkaConnection
  readonly topic: string
  readonly store: FileStore
}

async function placeWith(settings: Readonly<Record<string, string>>): Promise<Place> {
  const config = isolatedConfig(undefined, {
    TENDANCE_LAKE_COMMIT_AGE_MS: '500',
    TENDANCE_SPEED_FLUSH_MS: '200',
    TENDANCE_BATCH_EXTRACTORS: 'hashtags@2',
  })
  const kafka = createKafka(config, 'test', silentLogger)
  const topic = topicOf(config.kafka.topicPrefix, 'posts')
  const configEntries = Object.entries({ 'retention.ms': '-1', ...settings }).map(([name, value]) => ({ name, value }))
  await withAdmin(kafka, 'creating', (admin) =>
    admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: PARTITIONS, configEntries }] }),
  )
  return { config, kafka, topic, store: openStore(config.lake) }
}

/** In one hour, with texts of some hundred bytes that repeat little, so that a batch takes several blocks of its codec. */
async function produce({ kafka, topic }: Place): Promise<string[]> {
  await using producer = await createSafeProducer({ connection: kafka, topic })
  const posts = Array.from({ length: POSTS }, (_, i) => {
    const filler = Array.from({ length: 20 }, (_, k) => ((i + 1) * (k + 7919) * 2_654_435_761).toString(36)).join(' ')
    return postOf(`x:${i}`, SEVEN + i * 1_000, `${filler} #tag`)
  })
  const keyOf = (id: string) => partitionOf(Buffer.from(id), PARTITIONS)
  await producer.send(
    Array.from({ length: PARTITIONS }, (_, partition) => ({
      partition,
      messages: posts
        .filter(({ id }) => keyOf(id) === partition)
        .map((post) => ({ key: Buffer.from(post.id), value: encodePost(post), timestamp: post.created_at })),
    })),
  )
  return posts.map(({ id }) => id)
}

/** Runs both workers until they are at the end of the topic. */
async function untilAtEnd({ config, kafka, topic, store }: Place): Promise<void> {
  const stopping = new AbortController()
  const common = { config, logger: silentLogger, signal: stopping.signal }
  const workers = Promise.all([runArchiveWorker(common), runSpeedWorker(common)])
  workers.catch(() => stopping.abort())
  const answers = await openAnswers(config, Date.now)
  const place = { store, layout: layoutAt(config.lake.root), stream: 'posts' } as const
  try {
    const ends = [...(await fetchHighWatermarks(kafka, topic))]
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const states = await answers.views.speed.states({ stream: 'posts', board: 'hashtags', extractor: 'hashtags@2' })
      const counted = new Map(states.map(({ partition, offset }) => [partition, offset]))
      const archived = await Promise.all(ends.map(([partition]) => archivedTo(place, partition)))
      if (ends.every(([partition, high], i) => archived[i] === high && counted.get(partition) === high)) return
      if (stopping.signal.aborted || performance.now() > deadline) throw new Error(JSON.stringify({ ends, archived }))
      await delay(200)
    }
  } finally {
    stopping.abort()
    await answers[Symbol.asyncDispose]()
    await workers
  }
}

async function expectAllInTheirHours({ config, store }: Place, ids: readonly string[]): Promise<void> {
  const found = await readLake(store, layoutAt(config.lake.root))
  expect(idsOf(found)).toEqual(ids.toSorted())
  expect(new Set(found.map(({ hour }) => hour))).toEqual(new Set(['2026/11/16/07']))
  const answers = await openAnswers(config, Date.now)
  const answer = await answerHour(answers.ask('hashtags'), { board: 'hashtags', n: 1, hour: hourOf(SEVEN) })
  await answers[Symbol.asyncDispose]()
  expect(answer).toMatchObject({ records: ids.length, exact: true, rows: [{ key: 'tag', count: ids.length }] })
  expect(answer.provenance.origin).toBe('speed')
}

describe('a topic that the broker packs', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('by %s is archived and counted, every record once', async (codec) => {
    const place = await placeWith({ 'compression.type': codec })
    const ids = await produce(place)
    await untilAtEnd(place)
    await expectAllInTheirHours(place, ids)
    await place.store[Symbol.asyncDispose]()
  })
})

describe('a topic whose messages have the time of their arrival', () => {
  let place: Place
  beforeAll(async () => {
    place = await placeWith({ 'message.timestamp.type': 'LogAppendTime' })
  })
  afterAll(() => place?.store[Symbol.asyncDispose]())

  it('is archived and counted by the time that its records have', async () => {
    const ids = await produce(place)
    await untilAtEnd(place)
    await expectAllInTheirHours(place, ids)
  })
})
