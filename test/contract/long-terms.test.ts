/**
 * Hashtags as long as a message can be, and terms whose keys are long, through batch and live counting on the real services:
 * thirty posts with hashtags of 700 KB once made an hour fail for ever, a hundred in one slot made live counting crash again and
 * again.
 */

import type { Producer } from 'kafkajs'
import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { silentLogger } from '../../model/log.ts'
import { parseRecompute } from '../../model/requests.ts'
import { posts } from '../../model/streams/posts.ts'
import { topicOf } from '../../model/streams/stream.ts'
import { columnsOf, tallyOf } from '../../model/tally.ts'
import { type HourId, hourStart, nextHour } from '../../model/time.ts'
import { askHours } from '../../views/ask-hours.ts'
import { openViews, type Views } from '../../views/views.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { type KnownPost, knownPosts } from '../activities/lake-of-posts.ts'
import { isolatedConfig, services } from '../services.ts'
import { livePosts, produce, truthOf } from '../speed/live-posts.ts'
import { readSlots, slotsOfTruth, until } from '../speed/live-views.ts'

const HOUR = '2026-11-16T07' as HourId
/** The longest that a broker takes, with room for the rest of the post. */
const LONG = 700_000
const MB = 1024 * 1024

const longTag = (i: number) => `#${String(i).padStart(4, 'x')}${'a'.repeat(LONG)}`

/** One code point whose key has 18: a term of 126 of them has a key of 2,268, and is of the length that a board takes. */
const wideTag = (i: number) => `#${i}${'\ufdfa'.repeat(122)}`
const wideKey = (i: number) => wideTag(i).slice(1).normalize('NFKC')

function post(i: number, text: string, keys: readonly string[]): KnownPost {
  return {
    id: `long:${i}`,
    at: hourStart(HOUR) + 1_000 * (i % 3_600),
    text,
    keys: { 'hashtags@1': keys, 'hashtags@2': keys },
  }
}

describe('an hour with hashtags of 700 KB', () => {
  let bench: BatchFixture
  beforeAll(async () => {
    bench = await BatchFixture.start({ worker: true })
    await bench.posts.append(knownPosts(HOUR, 200))
    for (let i = 0; i < 30; i++) await bench.posts.append([post(i, `${longTag(i)} #fine`, ['fine'])])
  })
  afterAll(() => bench?.[Symbol.asyncDispose]())

  it('is computed: every other term is there, and how many were left out', async () => {
    const { done } = await bench.hourly()
    expect(done).toMatchObject({ hours: 1, failed: [] })
    await bench.expectRight(1, HOUR, 'hashtags@1')
    const [view] = await bench.views.batch.get({ ...key, edition: 1, hours: [HOUR] })
    expect(view).toMatchObject({ longTerms: 30, floor: 0 })
    expect(view!.keys).toContain('fine')
  })

  it('tells how many terms were left out, in the ledger too', async () => {
    const ask = { views: bench.views, clock: Date.now, graceMs: bench.config.lake.graceMs }
    const { hours } = await askHours(ask, { stream: 'posts', from: HOUR, to: nextHour(HOUR) })
    expect(hours[0]!.computed).toMatchObject({ longTerms: 30, current: true })
  })

  it('and a reason of 20 MB that somebody types is kept in short', async () => {
    const long = 'x'.repeat(20 * MB)
    const { number } = await bench.views.editions.create({
      ...{ stream: 'posts', parent: null, since: null, until: null, extractors: {}, state: 'building' },
      ...{ reason: 'test', by: 'test', createdAt: 1, workflowId: null },
    } as Parameters<typeof bench.views.editions.create>[0])
    const { changes } = await bench.views.editions.setState('posts', number, {
      to: 'rejected',
      at: 2,
      by: long,
      why: long,
    })
    expect(changes!.at(-1)!.why).toMatch(/^x{999}…$/)
    expect(changes!.at(-1)!.by).toMatch(/^x{199}…$/)
  })

  it('would not be stored with them: the store refuses a document of 16 MB', async () => {
    const terms = Array.from({ length: 30 }, (_, i) => ({ key: longTag(i), shown: longTag(i), count: 1 }))
    const client = new MongoClient(services().mongodb)
    try {
      const whole = { ...columnsOf(tallyOf(terms, 30)), _id: 'whole' as unknown as never }
      await expect(client.db(bench.config.mongo.database).collection('batch').insertOne(whole)).rejects.toThrow()
    } finally {
      await client.close()
    }
  })

  it('with 1,500 terms of 2,268 letters is cut off by rank, and answers what its bounds prove', async () => {
    const hour = '2026-11-16T08' as HourId
    const wide = Array.from({ length: 1_500 }, (_, i) => post(i, wideTag(i), [wideKey(i)]))
    const often = Array.from({ length: 40 }, (_, i) => post(2_000 + i, '#often', ['often']))
    const some = Array.from({ length: 3 }, (_, i) => post(3_000 + i, wideTag(7), [wideKey(7)]))
    const later = [...wide, ...often, ...some].map((one) => ({ ...one, id: `${one.id}:8`, at: one.at + 3_600_000 }))
    await bench.posts.append(later)
    await bench.hourly()
    const { edition, failed } = await bench.edition(
      parseRecompute({
        since: hour,
        extractors: 'hashtags@2',
        reason: 'wide',
      }),
    )
    expect(failed).toEqual([])
    const [view] = await bench.views.batch.get({ ...key, edition: edition!, hours: [hour] })
    expect(view).toMatchObject({ distinct: 1_501, floor: 1, records: 1_543 })
    expect(view!.keys.length).toBeLessThan(1_000)
    expect(view!.keys.slice(0, 2)).toEqual(['often', wideKey(7)])
    expect(Buffer.byteLength(view!.keys.join('\n'))).toBeLessThan(4 * MB)
  })
})

describe('live counting of hashtags of 700 KB', () => {
  const config = isolatedConfig(undefined, { TENDANCE_SPEED_FLUSH_MS: '100' })
  const connection = createKafka(config, 'test-long-terms', silentLogger)
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

  it('goes on: a hundred in one slot count nothing but their other terms', async () => {
    const plain = [...livePosts({ count: 100, from: hourStart(HOUR), spanMs: 60_000 })]
    const sent = plain.map(({ post: one, keys }, i) => ({ post: { ...one, text: `${one.text} ${longTag(i)}` }, keys }))
    const stopping = new AbortController()
    const worker = runSpeedWorker({ config, logger: silentLogger, signal: stopping.signal })
    try {
      for (const one of sent) await produce(producer, topic, 1, [one])
      await until(async () => {
        const [state] = await views.speed.states({ stream: posts.name, board: 'hashtags', extractor: 'hashtags@2' })
        return state?.offset === sent.length
      })
      expect(await readSlots(views)).toEqual(slotsOfTruth(truthOf(plain, 300_000)))
    } finally {
      stopping.abort()
      await worker
    }
  })
})
