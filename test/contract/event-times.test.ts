/**
 * Records of 1971 and 9999. What is in a lake already costs no more than what else is there; what comes now is put aside by the
 * archive and by live counting, as ingest does it.
 */
import type { Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listDeadLetters } from '../../cli/dead-letters.ts'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { createLake } from '../../lake/lake.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { silentLogger } from '../../model/log.ts'
import { parseRecompute } from '../../model/requests.ts'
import { topicOf } from '../../model/streams/stream.ts'
import { HOUR_MS, type HourId, hourOf, hourStart } from '../../model/time.ts'
import { startPreview } from '../../temporal/start.ts'
import { openViews, type Views } from '../../views/views.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { type KnownPost, knownPosts } from '../activities/lake-of-posts.ts'
import { postOf } from '../lake/posts.ts'
import { isolatedConfig, uniqueName } from '../services.ts'
import { produce } from '../speed/live-posts.ts'
import { until } from '../speed/live-views.ts'

const HOUR = '2026-11-16T07' as HourId
const FAR = ['1971-03-01T05', '9999-12-31T23'] as unknown as readonly [HourId, HourId]

describe('a lake with hours of 1971 and 9999', () => {
  let bench: BatchFixture
  beforeAll(async () => {
    bench = await BatchFixture.start({ worker: true })
    await bench.posts.append(knownPosts(HOUR, 200))
    for (const [i, hour] of FAR.entries()) {
      const post: KnownPost = {
        id: `far:${i}`,
        at: hourStart(hour) + 1_000,
        text: '#far',
        keys: { 'hashtags@1': ['far'], 'hashtags@2': ['far'] },
      }
      await bench.posts.append([post])
    }
    await bench.hourly()
  })
  afterAll(() => bench?.[Symbol.asyncDispose]())

  it('computes what has ended, and a preview of all time counts the hours between instead of listing them', async () => {
    await bench.expectRight(1, HOUR, 'hashtags@1')
    await bench.expectRight(1, FAR[0], 'hashtags@1')
    const request = parseRecompute({ since: '0001-01-01T00', extractors: 'hashtags@2', reason: 'all of it' })
    const handle = await startPreview(bench.temporal.client, request, bench.optionsOf(uniqueName('preview')))
    const preview = await handle.result()
    expect(preview).toMatchObject({
      hours: 2,
      first: FAR[0],
      last: HOUR,
      open: { count: 1, runs: [{ first: FAR[1], last: FAR[1] }] },
    })
    const between = (hourStart(FAR[1]) - hourStart(FAR[0])) / HOUR_MS - 1
    expect(preview.missing).toMatchObject({ count: between - 1 })
    expect(preview.missing.runs).toHaveLength(2)
  })

  it('is recomputed since the year 1, its hours and no others', async () => {
    const request = parseRecompute({ since: '0001-01-01T00', extractors: 'hashtags@2', reason: 'all of it' })
    const { edition, failed, done } = await bench.edition(request)
    expect({ failed, hours: done.hours }).toEqual({ failed: [], hours: 2 })
    await bench.expectRight(edition!, FAR[0], 'hashtags@2')
  })
})

describe('a message of 9999 in the topic', () => {
  const config = isolatedConfig(undefined, { TENDANCE_SPEED_FLUSH_MS: '100', TENDANCE_LAKE_COMMIT_AGE_MS: '100' })
  const connection = createKafka(config, 'test-event-times', silentLogger)
  const topic = topicOf(config.kafka.topicPrefix, 'posts')
  let producer: Producer
  let views: Views & AsyncDisposable
  beforeAll(async () => {
    producer = connection.kafka.producer({ idempotent: true })
    await producer.connect()
    await ensureTopic(connection, topic, { partitions: 1, replication: 0, retentionBytes: -1 })
    views = await openViews({ ...config.mongo, appName: 'test' })
  })
  afterAll(async () => {
    await producer?.disconnect()
    await views?.drop()
    await views?.[Symbol.asyncDispose]()
  })

  it('is a dead letter and opens no slot; what comes with it is archived and counted', async () => {
    const now = Date.now()
    const times = [now, hourStart(FAR[1]), hourStart(FAR[0]), now + 1_000]
    const stopping = new AbortController()
    const common = { config, logger: silentLogger, signal: stopping.signal }
    const workers = [runArchiveWorker(common), runSpeedWorker(common)]
    await using store = openStore(config.lake)
    const lake = createLake({ store, layout: layoutAt(config.lake.root) }, 'test')
    try {
      await produce(
        producer,
        topic,
        1,
        times.map((at, i) => ({ post: postOf(`p${i}`, at, '#a'), keys: ['a'] })),
      )
      await until(async () => (await lake.archivedTo('posts', 0)) === times.length)
      await until(async () => {
        const [state] = await views.speed.states({ stream: 'posts', board: 'hashtags', extractor: 'hashtags@2' })
        return state?.offset === times.length
      })
      const expected = [...new Set([hourOf(now), hourOf(now + 1_000)])]
      expect(await lake.listHours('posts')).toEqual(expected)
      expect(await views.speed.hours({ stream: 'posts', board: 'hashtags' })).toEqual(expected)
      const letters = await Array.fromAsync(listDeadLetters({ config, logger: silentLogger, signal: stopping.signal }))
      expect(letters.map(({ reason }) => reason.slice(0, 44)).sort()).toEqual([
        "the message's time is 1971-03-01T05:00:00.00",
        "the message's time is 9999-12-31T23:00:00.00",
      ])
    } finally {
      stopping.abort()
      await Promise.all(workers)
      await store.delete(config.lake.root, { recursive: true })
    }
  })
})
