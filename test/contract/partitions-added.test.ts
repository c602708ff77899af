/**
 * Partitions are added to a topic that has records, on a real broker: which partition an id belongs to changes with their number, so a
 * copy of a record can lie in another partition than the record. Batch counts it once all the same.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { probeLog } from '../../cli/log-probe.ts'
import { ensureTopic, fetchOffsets } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { partitionOf } from '../../kafka/partition.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { readGenerations } from '../../lake/generations.ts'
import { createLake, type Lake } from '../../lake/lake.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { createCounters } from '../../lake/scan/counters.ts'
import { straddledChange } from '../../model/generations.ts'
import { silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import type { HourId } from '../../model/time.ts'
import { connectClient } from '../../temporal/connection.ts'
import { startHourly } from '../../temporal/start.ts'
import { openViews } from '../../views/views.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { runBatchWorker } from '../../workers/batch.ts'
import { kafkaHighWatermarks } from '../../workers/high-watermarks.ts'
import type { HourlyResult } from '../../workflows/hourly.ts'
import { type KnownPost, knownPosts } from '../activities/lake-of-posts.ts'
import { encodePost, postOf } from '../lake/posts.ts'
import { isolatedConfig, uniqueName } from '../services.ts'
import { addPartitions } from './topics.ts'

const BEFORE = 3
const AFTER = 5
const EARLIER = '2026-11-16T06' as HourId
const STRADDLES = '2026-11-16T07' as HourId
const LATER = '2026-11-16T08' as HourId
const YOUNG = '2026-11-16T09' as HourId
const key = { stream: 'posts', board: 'hashtags', edition: 1 } as const

describe('partitions added to a topic', () => {
  let config: Config
  let kafka: KafkaConnection
  let topic: string
  let lake: Lake
  const stop = new AbortController()
  const working: Promise<void>[] = []
  const stack = new AsyncDisposableStack()
  const place = () => ({ store, layout: layoutAt(config.lake.root) })
  let store: ReturnType<typeof openStore>

  const earlier = knownPosts(EARLIER, 600, 0)
  const first = knownPosts(STRADDLES, 800, 10_000)
  // the second half of what was there comes again, beside what is new
  const second = [...first.slice(400), ...knownPosts(STRADDLES, 500, 20_000)]
  const later = knownPosts(LATER, 600, 30_000)

  beforeAll(async () => {
    config = isolatedConfig(undefined, {
      TENDANCE_LAKE_COMMIT_AGE_MS: '100',
      TENDANCE_KAFKA_PARTITIONS: String(BEFORE),
      TENDANCE_BATCH_EXTRACTORS: 'hashtags@1',
      TENDANCE_BATCH_THREADS: '2',
      TENDANCE_BATCH_FAN_OUT_BYTES: '1',
    })
    kafka = createKafka(config, 'test', silentLogger)
    topic = topicOf(config.kafka.topicPrefix, 'posts')
    store = stack.use(openStore(config.lake))
    lake = createLake(place(), 'test')
    await ensureTopic(kafka, topic, config.kafka)
    const ready = Promise.withResolvers<void>()
    working.push(runArchiveWorker({ config, logger: silentLogger, signal: stop.signal }))
    working.push(runBatchWorker({ config, logger: silentLogger, signal: stop.signal, onReady: ready.resolve }))
    await Promise.race([ready.promise, ...working])
  })
  afterAll(async () => {
    stop.abort()
    await Promise.all(working)
    await using views = await openViews({ ...config.mongo, appName: 'test' })
    await views.drop()
    await store.delete(config.lake.root, { recursive: true })
    await stack[Symbol.asyncDispose]()
  })

  async function produce(posts: readonly KnownPost[], partitions: number): Promise<void> {
    await using producer = await createSafeProducer({ connection: kafka, topic })
    const batches = Array.from({ length: partitions }, (_, partition) => ({
      partition,
      messages: posts
        .filter(({ id }) => partitionOf(Buffer.from(id), partitions) === partition)
        .map(({ id, at, text }) => ({ key: Buffer.from(id), value: encodePost(postOf(id, at, text)), timestamp: at })),
    }))
    await producer.send(batches)
  }

  async function whenArchived(): Promise<void> {
    for (const [partition, { high }] of await fetchOffsets(kafka, topic)) {
      while ((await lake.archivedTo('posts', partition)) < high) await delay(50)
    }
  }

  async function hourly(): Promise<HourlyResult> {
    await using temporal = await connectClient(config.temporal, { patienceMs: 20_000 })
    const options = { taskQueue: config.temporal.taskQueue, workflowId: uniqueName('hourly') }
    const [result] = (await (await startHourly(temporal.client, options)).result()) as readonly HourlyResult[]
    return result!
  }

  /** A plain count: ids in a set, terms in a map. */
  function truthOf(posts: readonly KnownPost[]) {
    const known = new Map(posts.map((post) => [post.id, post]))
    const counts = new Map<string, number>()
    for (const { keys } of known.values()) {
      for (const term of keys['hashtags@1']) counts.set(term, (counts.get(term) ?? 0) + 1)
    }
    return { records: known.size, copies: posts.length - known.size, counts: Object.fromEntries(counts) }
  }

  async function viewOf(hour: HourId) {
    await using views = await openViews({ ...config.mongo, appName: 'test' })
    const [view] = await views.batch.get({ ...key, hours: [hour] })
    if (!view) return undefined
    const { records, copies, keys, counts } = view
    return { records, copies, counts: Object.fromEntries(keys.map((term, i) => [term, counts[i]])) }
  }

  it('are seen within seconds by workers that run, and what they bring again counts once', async () => {
    await produce([...earlier, ...first], BEFORE)
    await whenArchived()
    await addPartitions(kafka, topic, AFTER)
    await produce([...second, ...later], AFTER)
    // kafkajs by itself would see the added partitions after five minutes
    const from = performance.now()
    await whenArchived()
    expect(performance.now() - from).toBeLessThan(20_000)
    expect(await readGenerations(place(), 'posts')).toMatchObject([
      { number: 1, cause: 'first', partitions: BEFORE },
      { number: 2, cause: 'partitions', partitions: AFTER, generation: 1 },
    ])

    const { seal, done } = await hourly()
    expect(seal).toMatchObject({ sealed: 3, behind: null })
    expect(done).toMatchObject({ hours: 3, failed: [] })
    expect(await viewOf(EARLIER)).toEqual(truthOf(earlier))
    expect(await viewOf(STRADDLES)).toEqual(truthOf([...first, ...second]))
    expect(await viewOf(LATER)).toEqual(truthOf(later))
    const told = await probeLog(config)
    expect(told).toContain(`the topic had ${BEFORE} partitions and has ${AFTER}`)
    expect(told).toContain(STRADDLES)
    expect(told).not.toContain(EARLIER)
  })

  it('is settled ten minutes later: hours of which all came after that are counted by partition again', async () => {
    const askedAt = async (clock: () => number) =>
      kafkaHighWatermarks(config, { place: place(), writer: uniqueName('test'), clock, logger: silentLogger })('posts')
    const highs = await askedAt(Date.now)
    expect((await readGenerations(place(), 'posts')).length).toBe(2)
    await askedAt(() => Date.now() + 11 * 60_000)
    await askedAt(() => Date.now() + 12 * 60_000)
    const history = await readGenerations(place(), 'posts')
    expect(history.length).toBe(3)
    expect(history[2]).toMatchObject({ cause: 'settled', partitions: AFTER, ends: Object.fromEntries(highs) })

    const young = knownPosts(YOUNG, 300, 40_000)
    await produce(young, AFTER)
    await whenArchived()
    const changes = await lake.layoutChanges('posts')
    expect(straddledChange((await lake.listHour('posts', YOUNG)).files, changes)).toBeUndefined()
    expect(straddledChange((await lake.listHour('posts', STRADDLES)).files, changes)).toBeDefined()
    await hourly()
    expect(await viewOf(YOUNG)).toEqual(truthOf(young))
  })

  it('would be counted twice by partition: the twin that shows that the test can fail', async () => {
    await using counters = createCounters({ lake: config.lake, threads: 2 })
    const { files, digest } = await lake.listHour('posts', STRADDLES)
    const name = {
      stream: 'posts',
      board: 'hashtags',
      edition: 1,
      hour: STRADDLES,
      digest,
      extractor: 'hashtags@1',
    } as const
    const once = truthOf([...first, ...second]).records
    expect((await counters.countHour({ name, files })).facts.records).toBeGreaterThan(once + 200)
    expect((await counters.countHour({ name, files, acrossPartitions: true })).facts.records).toBe(once)
  })
})
