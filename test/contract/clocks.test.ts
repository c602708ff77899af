/**
 * A machine whose clock is two hours ahead, against the clocks of HDFS and MongoDB: it seals nothing and says so, and its live
 * counting closes no slot before its time.
 */
import type { Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BatchDependencies } from '../../activities/dependencies.ts'
import { sealStream } from '../../activities/seal-hours.ts'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import { HOUR_MS, hourOf, MINUTE_MS, nextHour } from '../../model/time.ts'
import type { SpeedProgress } from '../../speed/meter.ts'
import { askProblems } from '../../views/ask-problems.ts'
import { openViews, type Views } from '../../views/views.ts'
import { runBatchWorker } from '../../workers/batch.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { type KnownPost, knownPosts } from '../activities/lake-of-posts.ts'
import { postOf } from '../lake/posts.ts'
import { isolatedConfig } from '../services.ts'
import { produce } from '../speed/live-posts.ts'
import { until } from '../speed/live-views.ts'

const ahead = () => Date.now() + 2 * HOUR_MS

/** Posts of the hour that runs, and of one that has ended. */
function postsOfNow(): { readonly running: KnownPost; readonly ended: readonly KnownPost[] } {
  const now = Date.now()
  const keys = { 'hashtags@1': ['now'], 'hashtags@2': ['now'] }
  return {
    running: { id: 'now:1', at: now, text: '#now', keys },
    ended: knownPosts(nextHour(hourOf(now), -3), 50),
  }
}

describe('a batch worker whose machine is two hours ahead', () => {
  let bench: BatchFixture
  beforeAll(async () => {
    bench = await BatchFixture.start({ worker: true, clock: ahead })
    const { running, ended } = postsOfNow()
    await bench.posts.append([running, ...ended])
  })
  afterAll(() => bench?.[Symbol.asyncDispose]())

  it('seals nothing, not what has ended either, and says by how much it is off, and from whom', async () => {
    const { seal, done } = await bench.hourly()
    expect(seal.sealed).toBe(0)
    expect(seal.behind).toMatch(/^no hour of posts can be sealed: this machine's clock is 7(199|20\d) s ahead of /)
    expect(done.hours).toBe(0)
    const archive = await bench.views.hours.archive('posts')
    expect(archive!.clocks!.map(({ service }) => service).sort()).toEqual(['HDFS', 'MongoDB'])
    // The look itself is dated by the services, so that the next one, of a machine that is right, is not taken for an older one.
    expect(Math.abs(archive!.at - Date.now())).toBeLessThan(MINUTE_MS)
    const ask = { views: bench.views, clock: Date.now, graceMs: bench.config.lake.graceMs }
    const { problems } = await askProblems(ask, { stream: 'posts' })
    expect(problems).toContainEqual(
      expect.objectContaining({ kind: 'clock', cause: 'clock-off', seconds: expect.any(Number) }),
    )
  })

  it('would have sealed the running hour, had it believed its own clock', async () => {
    const { lake, views, posts, config } = bench
    const { graceMs } = config.lake
    const deps = {
      ...{ lake, views, clock: ahead, logger: silentLogger, highWatermarks: async () => posts.highWatermarks() },
      settings: { graceMs, archiveWaitMs: 0, archivePollMs: 100 },
    } as unknown as BatchDependencies
    const running = hourOf(Date.now())
    const { sealed } = await sealStream(deps, 'posts', {
      signal: new AbortController().signal,
      attempt: 1,
      handedOutAt: 0,
    })
    expect(sealed).toBe(2)
    expect(await lake.readSeal('posts', running)).toBeDefined()
  })
})

describe('a batch worker whose machine is two hours ahead, and nobody minds', () => {
  it('still seals only what has ended by the services’ clocks', async () => {
    await using bench = await BatchFixture.start({
      worker: true,
      clock: ahead,
      more: { TENDANCE_CLOCKS_SKEW_MAX_MS: String(24 * HOUR_MS) },
    })
    const { running, ended } = postsOfNow()
    await bench.posts.append([running, ...ended])
    const { seal } = await bench.hourly()
    expect(seal).toMatchObject({ sealed: 1, behind: null })
    expect(await bench.lake.readSeal('posts', hourOf(running.at))).toBeUndefined()
  })
})

describe('two batch workers, of which one is two hours ahead', () => {
  it('seal what has ended: the one that is off hands the work back until the other takes it', async () => {
    await using bench = await BatchFixture.start({ worker: true, clock: ahead })
    const { running, ended } = postsOfNow()
    await bench.posts.append([running, ...ended])
    const stop = new AbortController()
    const ready = Promise.withResolvers<void>()
    const right = runBatchWorker({
      ...{ config: bench.config, logger: silentLogger, signal: stop.signal, onReady: ready.resolve },
      highWatermarks: async () => bench.posts.highWatermarks(),
    })
    try {
      await Promise.race([ready.promise, right])
      // One look can be taken by the worker that is off five times in a row; that three are is one chance in 32,768.
      const seals = []
      for (let i = 0; i < 3; i++) seals.push((await bench.hourly()).seal)
      expect(seals.reduce((sum, { sealed }) => sum + sealed, 0)).toBe(1)
      expect(await bench.lake.readSeal('posts', hourOf(running.at))).toBeUndefined()
    } finally {
      stop.abort()
      await right
    }
  })
})

describe('a batch worker whose machine is right', () => {
  it('finds that it agrees with every service', async () => {
    await using bench = await BatchFixture.start({ worker: true })
    await bench.posts.append(postsOfNow().ended)
    const { seal } = await bench.hourly()
    expect(seal).toMatchObject({ sealed: 1, behind: null })
    expect((await bench.views.hours.archive('posts'))!.clocks).toBeUndefined()
  })
})

describe('a speed worker whose machine is two hours ahead', () => {
  const config = isolatedConfig(undefined, { TENDANCE_SPEED_FLUSH_MS: '50', TENDANCE_SPEED_LATENESS_MS: '1000' })
  const connection = createKafka(config, 'test-clocks', silentLogger)
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

  it('does not close the slots of now behind a post that is half an hour in the future', async () => {
    const stopping = new AbortController()
    let progress: SpeedProgress | undefined
    const onProgress = (now: SpeedProgress) => {
      progress = now
    }
    const worker = runSpeedWorker({ config, logger: silentLogger, signal: stopping.signal, clock: ahead, onProgress })
    const counted = (offset: number) =>
      until(async () => {
        const [state] = await views.speed.states({ stream: 'posts', board: 'hashtags', extractor: 'hashtags@2' })
        return state?.offset === offset
      })
    try {
      await produce(producer, topic, 1, [{ post: postOf('future', Date.now() + 30 * MINUTE_MS, '#a'), keys: ['a'] }])
      await counted(1)
      await produce(producer, topic, 1, [{ post: postOf('now', Date.now(), '#a'), keys: ['a'] }])
      await counted(2)
      const [state] = await views.speed.states({ stream: 'posts', board: 'hashtags', extractor: 'hashtags@2' })
      expect(state!.watermark).toBeLessThanOrEqual(Date.now())
    } finally {
      stopping.abort()
      await worker
    }
    expect(progress!.late).toBe(0)
  })
})
