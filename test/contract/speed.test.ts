/** The speed worker on real Kafka and the real store, against a plain count. */
import { isDeepStrictEqual } from 'node:util'
import type { Producer } from 'kafkajs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { ensureTopic, fetchCommitted } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { boards } from '../../model/boards.ts'
import { silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import { HOUR_MS, hourStartOf, MINUTE_MS } from '../../model/time.ts'
import type { SpeedProgress } from '../../speed/meter.ts'
import { openViews, type Views } from '../../views/views.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { isolatedConfig } from '../services.ts'
import { livePosts, produce, truthOf } from '../speed/live-posts.ts'
import { closedSlots, readSlots, slotsOfTruth, until } from '../speed/live-views.ts'

const PARTITIONS = 4
const { slotMs } = boards.hashtags
const FROM = Date.parse('2026-11-16T07:00:00Z')

let config: Config
let kafka: KafkaConnection
let producer: Producer
let views: Views & AsyncDisposable
let topic: string

beforeAll(async () => {
  kafka = createKafka(isolatedConfig(), 'test-speed', silentLogger)
  producer = kafka.kafka.producer({ idempotent: true })
  await producer.connect()
})
afterAll(() => producer.disconnect())

beforeEach(async () => {
  config = isolatedConfig(undefined, { TENDANCE_SPEED_FLUSH_MS: '100', TENDANCE_SPEED_IDLE_MS: '300000' })
  topic = topicOf(config.kafka.topicPrefix, 'posts')
  await ensureTopic(kafka, topic, { partitions: PARTITIONS, replication: 0, retentionBytes: -1 })
  views = await openViews({ ...config.mongo, appName: 'test' })
  return async () => {
    await views.drop()
    await views[Symbol.asyncDispose]()
  }
})

/** A worker that runs until it is stopped; `stop` waits for its end. */
function startWorker(more: Partial<Config['speed']> = {}) {
  const stopping = new AbortController()
  let progress: SpeedProgress | undefined
  const assigned = Promise.withResolvers<readonly number[]>()
  const ended = runSpeedWorker({
    config: { ...config, speed: { ...config.speed, ...more } },
    logger: silentLogger,
    signal: stopping.signal,
    onProgress: (now) => {
      progress = now
    },
    onAssigned: (partitions) => assigned.resolve(partitions),
  })
  ended.catch(assigned.reject)
  return {
    assigned: assigned.promise,
    async stop() {
      stopping.abort()
      await ended
      return progress!
    },
  }
}

/** Waits until every message is in a slot or late, and answers the slots. */
async function whenCounted(messages: number) {
  await until(async () => {
    const states = await views.speed.states({ stream: 'posts', board: 'hashtags', extractor: 'hashtags@2' })
    return states.reduce((sum, { offset }) => sum + offset, 0) === messages
  })
  return readSlots(views)
}

/** Makes an edition live that counts with hashtags@1. */
async function publishNaive(): Promise<void> {
  const { number: edition } = await views.editions.create({
    stream: 'posts',
    parent: null,
    since: null,
    until: null,
    extractors: { hashtags: 'hashtags@1' },
    state: 'building',
    reason: 'test',
    by: 'test',
    createdAt: FROM,
    workflowId: null,
  })
  await views.live.publish({ stream: 'posts', edition, expectedVersion: 0, by: 'test', at: FROM })
}

describe('the speed worker', () => {
  it('counts what a plain count counts, copies once, in every slot', async () => {
    const posts = [...livePosts({ count: 20_000, from: FROM, spanMs: HOUR_MS, disorderMs: 30_000, copyEach: 20 })]
    const worker = startWorker()
    const sent = await produce(producer, topic, PARTITIONS, posts)
    const slots = await whenCounted(sent)
    expect(slots).toEqual(slotsOfTruth(truthOf(posts, slotMs)))
    expect(Object.values(slots).reduce((sum, { copies }) => sum + copies, 0)).toBe(sent - 20_000)
    expect((await worker.stop()).late).toBe(0)
  })

  it('goes on after a stop where it was, and reads again only what open slots need', async () => {
    const posts = [...livePosts({ count: 20_000, from: FROM, spanMs: 2 * HOUR_MS })]
    const first = startWorker()
    const half = await produce(producer, topic, PARTITIONS, posts.slice(0, 10_000))
    await whenCounted(half)
    await first.stop()
    const committed = await fetchCommitted(kafka, `${config.kafka.groupPrefix}speed`, topic)
    // open are two or three slots of five minutes: a twelfth of the hour each
    const needed = [...committed.values()].reduce((sum, offset) => sum + offset, 0)
    expect(needed).toBeGreaterThan(half * 0.7)
    expect(needed).toBeLessThan(half)
    const rest = await produce(producer, topic, PARTITIONS, posts.slice(10_000))
    const second = startWorker()
    expect(await whenCounted(half + rest)).toEqual(slotsOfTruth(truthOf(posts, slotMs)))
    expect((await second.stop()).messages).toBe(half + rest - needed)
  })

  it('shares partitions with another worker, and takes over what that one leaves', async () => {
    const posts = [...livePosts({ count: 30_000, from: FROM, spanMs: HOUR_MS, disorderMs: 30_000 })]
    const one = startWorker()
    await one.assigned
    let sent = await produce(producer, topic, PARTITIONS, posts.slice(0, 10_000))
    const two = startWorker()
    expect((await two.assigned).length).toBe(PARTITIONS / 2)
    sent += await produce(producer, topic, PARTITIONS, posts.slice(10_000, 20_000))
    await one.stop()
    sent += await produce(producer, topic, PARTITIONS, posts.slice(20_000))
    expect(await whenCounted(sent)).toEqual(slotsOfTruth(truthOf(posts, slotMs)))
    await two.stop()
  })

  it('leaves to batch what comes for a closed slot, and says how many', async () => {
    const ahead = [...livePosts({ count: 4_000, from: FROM, spanMs: HOUR_MS })]
    const late = [...livePosts({ count: 100, from: FROM, spanMs: 10 * MINUTE_MS, firstId: 10_000 })]
    const worker = startWorker()
    const sent = await produce(producer, topic, PARTITIONS, ahead)
    await whenCounted(sent)
    await until(async () => (await closedSlots(views)).includes('2026-11-16T07:10'))
    const all = sent + (await produce(producer, topic, PARTITIONS, late))
    expect(await whenCounted(all)).toEqual(slotsOfTruth(truthOf(ahead, slotMs)))
    const states = await views.speed.states({ stream: 'posts', board: 'hashtags', extractor: 'hashtags@2' })
    expect(states.reduce((sum, { late }) => sum + late, 0)).toBe(100)
    await worker.stop()
  })

  it('passes over what is no record, counting the rest', async () => {
    const posts = [...livePosts({ count: 100, from: FROM, spanMs: MINUTE_MS })]
    const worker = startWorker()
    const broken = ['', 'no header', Buffer.from('c301ffffffffffffffff00', 'hex')].map((value) => ({
      key: 'k',
      value,
      partition: 0,
      timestamp: String(FROM),
    }))
    await producer.send({ topic, messages: broken })
    const sent = broken.length + (await produce(producer, topic, PARTITIONS, posts))
    expect(await whenCounted(sent)).toEqual(slotsOfTruth(truthOf(posts, slotMs)))
    expect((await worker.stop()).rejected).toBe(broken.length)
  })

  it('follows the live edition to another extractor, which begins with the open slots', async () => {
    const posts = [...livePosts({ count: 10_000, from: FROM, spanMs: HOUR_MS })]
    const worker = startWorker()
    const sent = await produce(producer, topic, PARTITIONS, posts)
    const before = await whenCounted(sent)
    await until(async () => (await closedSlots(views)).length > 8)
    const closed = await closedSlots(views)
    const open = Object.keys(before).filter((slot) => !closed.includes(slot))
    expect(open.length).toBeGreaterThan(0)
    await publishNaive()
    const expected = Object.fromEntries(open.map((slot) => [slot, before[slot]]))
    await until(async () => isDeepStrictEqual(await readSlots(views, 'hashtags@1'), expected), 20_000).catch(() => {})
    expect(await readSlots(views, 'hashtags@1')).toEqual(expected)
    await worker.stop()
  })

  it('counts for an extractor that becomes live the hours of now from their first record, closed slots too', async () => {
    const recent = hourStartOf(Date.now()) - HOUR_MS
    const old = [...livePosts({ count: 2_000, from: recent - 2 * HOUR_MS, spanMs: HOUR_MS })]
    const posts = [...livePosts({ count: 5_000, from: recent, spanMs: HOUR_MS })]
    const worker = startWorker()
    await produce(producer, topic, PARTITIONS, old)
    await produce(producer, topic, PARTITIONS, posts)
    await until(async () => (await closedSlots(views)).length > 8)
    await publishNaive()
    const expected = slotsOfTruth(truthOf(posts, slotMs))
    await until(async () => isDeepStrictEqual(await readSlots(views, 'hashtags@1'), expected)).catch(() => {})
    expect(await readSlots(views, 'hashtags@1')).toEqual(expected)
    await worker.stop()
  })
})
