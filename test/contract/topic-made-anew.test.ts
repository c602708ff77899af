/**
 * A topic that is deleted and made anew under its name, on a real broker: nothing of the new one is taken for the old one's, a person
 * adopts it, and in the end the lake has each record of both topics once.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { createMetrics } from '../../app/metrics.ts'
import { adoptTopic } from '../../cli/adopt-topic.ts'
import { probeLog } from '../../cli/log-probe.ts'
import { ensureTopic, fetchOffsets } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { partitionOf } from '../../kafka/partition.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { archivedTo, readLog } from '../../lake/archive/commit-log.ts'
import type { FileStore } from '../../lake/file-store.ts'
import { readGenerations } from '../../lake/generations.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { isAppError } from '../../model/errors.ts'
import { baseOf } from '../../model/generations.ts'
import { silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import { openViews } from '../../views/views.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { kafkaHighWatermarks } from '../../workers/high-watermarks.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { runCli } from '../cli/run-cli.ts'
import { encodePost, idsOf, postOf, readLake } from '../lake/posts.ts'
import { isolatedConfig, uniqueName } from '../services.ts'
import { dumpByFastavro } from './fastavro.ts'
import { deleteTopic } from './topics.ts'

const SEVEN = Date.parse('2026-11-16T07:00:00Z')
const PARTITIONS = 3

let config: Config
let kafka: KafkaConnection
let store: FileStore
let topic: string
let warnings: string[]

beforeEach(async () => {
  config = isolatedConfig(undefined, {
    TENDANCE_LAKE_COMMIT_AGE_MS: '100',
    TENDANCE_SPEED_FLUSH_MS: '50',
    TENDANCE_KAFKA_PARTITIONS: String(PARTITIONS),
  })
  kafka = createKafka(config, 'test', silentLogger)
  topic = topicOf(config.kafka.topicPrefix, 'posts')
  store = openStore(config.lake)
  warnings = []
  const views = await openViews({ ...config.mongo, appName: 'test' })
  await makeTopic()
  return async () => {
    await views.drop()
    await views[Symbol.asyncDispose]()
    await store.delete(config.lake.root, { recursive: true })
    await store[Symbol.asyncDispose]()
  }
})

async function makeTopic(partitions = PARTITIONS): Promise<void> {
  await ensureTopic(kafka, topic, { ...config.kafka, partitions })
}

/** Posts x:<from> … x:<to - 1>, a minute apart: those below 1,000 from 7:00 to 8:59, the others from 8:58 to 9:57. */
async function produce(from: number, to: number, partitions = PARTITIONS): Promise<string[]> {
  await using producer = await createSafeProducer({ connection: kafka, topic })
  const ids = Array.from({ length: to - from }, (_, i) => `x:${from + i}`)
  const batches = Array.from({ length: partitions }, (_, partition) => ({
    partition,
    messages: ids
      .filter((id) => partitionOf(Buffer.from(id), partitions) === partition)
      .map((id) => {
        const number = Number(id.slice(2))
        const post = postOf(id, SEVEN + (number < 1_000 ? number % 120 : 118 + (number % 60)) * 60_000)
        return { key: Buffer.from(id), value: encodePost(post), timestamp: post.created_at }
      }),
  }))
  await producer.send(batches)
  return ids
}

const place = () => ({ store, layout: layoutAt(config.lake.root) })
const idsInLake = async () => idsOf(await readLake(store, layoutAt(config.lake.root)))

function start(run: typeof runArchiveWorker | typeof runSpeedWorker) {
  const stopping = new AbortController()
  const logger = {
    ...silentLogger,
    warn: (_facts: object, text: string) => warnings.push(text),
    error: (_facts: object, text: string) => warnings.push(text),
  }
  const metrics = createMetrics()
  const ended = run({ config, logger, metrics, signal: stopping.signal }).then(
    () => undefined,
    (error: unknown) => error,
  )
  return {
    ended,
    /** Messages that it has taken. */
    async taken() {
      const text = await metrics.registry.metrics()
      return Number(/tendance_consumer_messages_total\{.*\} (\d+)/.exec(text)?.[1] ?? 0)
    },
    async stop() {
      stopping.abort()
      return ended
    },
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(50)
}

/** Whether the lake has all that the topic has. */
async function isArchived(): Promise<boolean> {
  const entry = (await readGenerations(place(), 'posts')).at(-1)
  if (!entry) return false
  for (const [partition, { high }] of await fetchOffsets(kafka, topic)) {
    if ((await archivedTo({ ...place(), stream: 'posts' }, partition)) < high + baseOf(entry, partition)) return false
  }
  return true
}

/** How many posts live counting has, over all slots. */
async function countedLive(): Promise<number> {
  await using views = await openViews({ ...config.mongo, appName: 'test' })
  const key = { stream: 'posts', board: 'hashtags' } as const
  const hours = await views.speed.hours(key)
  const documents = await views.speed.get({ ...key, extractor: 'hashtags@2', hours })
  return documents.reduce((sum, { records }) => sum + records, 0)
}

/** As `hourly` asks for them. */
const highWatermarks = () =>
  kafkaHighWatermarks(config, { place: place(), writer: 'test', clock: Date.now, logger: silentLogger })('posts')

const dryRun = () =>
  runCli(config, async (cli) => {
    await adoptTopic(cli, { reason: undefined, dryRun: true, json: true })
    return 0
  })

const adopt = (reason = 'the topic was deleted by mistake') =>
  runCli(config, async (cli) => {
    await adoptTopic(cli, { reason, dryRun: false, json: true })
    return 0
  })

describe.each([
  { what: 'fewer', more: 30 },
  { what: 'more', more: 400 },
])('a topic made anew that has $what records than before', ({ more }) => {
  it('ends running workers with a conflict; adopted, the lake has each record of both once, and live counts have them', async () => {
    const archive = start(runArchiveWorker)
    const speed = start(runSpeedWorker)
    const first = await produce(0, 120)
    await until(isArchived)
    await until(async () => (await countedLive()) === 120)
    await deleteTopic(kafka, topic)
    await makeTopic()
    const second = await produce(1_000, 1_000 + more)

    for (const worker of [archive, speed]) {
      const error = await worker.ended
      expect(error).toMatchObject({ code: 'conflict', retry: 'never' })
      expect(String(error)).toContain('tendance adopt-topic')
    }
    expect(await idsInLake()).toEqual(first.toSorted())
    expect(warnings.length).toBeLessThan(50)
    // Workers that begin now end the same way.
    expect(isAppError(await start(runArchiveWorker).ended, 'conflict')).toBe(true)

    await adopt()
    const again = [start(runArchiveWorker), start(runSpeedWorker)]
    await until(isArchived)
    expect(await idsInLake()).toEqual([...first, ...second].toSorted())
    await until(async () => (await countedLive()) === 120 + more)
    for (const worker of again) expect(await worker.stop()).toBeUndefined()
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const lost: unknown[] = []
      for await (const entry of readLog({ ...place(), stream: 'posts' }, partition)) lost.push(...entry.missing)
      expect(lost).toEqual([])
    }
  })
})

describe('a topic that is deleted and not made again', () => {
  it('is waited for, said once; what was fetched of it comes into the lake, and no hour is sealed meanwhile', async () => {
    config = { ...config, lake: { ...config.lake, commitAgeMs: 60_000 } }
    const archive = start(runArchiveWorker)
    const speed = start(runSpeedWorker)
    const ids = await produce(0, 120)
    // the archive has taken them too then, and holds them: it commits once a minute
    await until(async () => (await countedLive()) === 120)
    await until(async () => (await archive.taken()) === 120)
    expect(await idsInLake()).toEqual([])
    await deleteTopic(kafka, topic)
    await until(async () => (await idsInLake()).length === 120)
    expect(await idsInLake()).toEqual(ids.toSorted())
    await until(async () => warnings.filter((text) => text.includes('waiting for it')).length === 2)
    await delay(2_500)
    expect(warnings.filter((text) => text.includes('waiting for it')).length).toBe(2)
    await expect(highWatermarks()).rejects.toMatchObject({ code: 'conflict' })

    await makeTopic()
    for (const worker of [archive, speed]) expect(await worker.ended).toMatchObject({ code: 'conflict' })
    await expect(highWatermarks()).rejects.toThrow('tendance adopt-topic')
  })
})

describe('tendance adopt-topic', () => {
  it('twice in a row, workers stopped: the lake has what was archived of each topic once, and says what is known to be lost', async () => {
    const first = await produce(0, 120)
    const archive = start(runArchiveWorker)
    await until(isArchived)
    await archive.stop()
    // live counting alone sees these
    const speed = start(runSpeedWorker)
    await produce(200, 260)
    await until(async () => (await countedLive()) === 180)
    await speed.stop()
    await expect(adopt()).rejects.toMatchObject({ code: 'conflict' })
    await deleteTopic(kafka, topic)
    await expect(adopt()).rejects.toMatchObject({ code: 'not-found' })

    await makeTopic()
    const second = await produce(1_000, 1_040)
    const told = JSON.parse((await dryRun()).lines[0]!) as {
      adopted: boolean
      partitions: { archived: number; known: number }[]
    }
    expect(told.adopted).toBe(false)
    expect(told.partitions.reduce((sum, { known, archived }) => sum + known - archived, 0)).toBe(60)
    expect((await readGenerations(place(), 'posts')).length).toBe(1)
    await expect(adopt('  ')).rejects.toMatchObject({ code: 'bad-input' })
    await expect(probeLog(config)).rejects.toThrow('tendance adopt-topic')
    await adopt('first')
    expect(await probeLog(config)).toContain('60 records of the one before known to be lost')
    await expect(adopt()).rejects.toMatchObject({ code: 'conflict' })
    const again = start(runArchiveWorker)
    await until(isArchived)
    await again.stop()

    await deleteTopic(kafka, topic)
    await makeTopic(PARTITIONS - 1)
    const third = await produce(2_000, 2_050, PARTITIONS - 1)
    await adopt('second')
    const last = start(runArchiveWorker)
    await until(isArchived)
    await last.stop()

    const found = await readLake(store, layoutAt(config.lake.root))
    const ids = [...first, ...second, ...third].toSorted()
    expect(idsOf(found)).toEqual(ids)
    const theirs = await dumpByFastavro(store, [...new Set(found.map(({ path }) => path))])
    expect(theirs.map(([id]) => id).toSorted()).toEqual(ids)
    const history = await readGenerations(place(), 'posts')
    expect(history).toMatchObject([
      { generation: 1, cause: 'first', partitions: PARTITIONS },
      { generation: 2, cause: 'adopted', partitions: PARTITIONS, reason: 'first' },
      { generation: 3, cause: 'adopted', partitions: PARTITIONS - 1, reason: 'second' },
    ])
    expect(history[1]!.lost?.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(60)
    expect(new Set(history.map(({ topicId }) => topicId)).size).toBe(3)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const entries = await Array.fromAsync(readLog({ ...place(), stream: 'posts' }, partition))
      for (const [i, { from, topicId }] of entries.entries()) {
        expect(from).toBe(entries[i - 1]?.to ?? 0)
        expect(history.some((entry) => entry.topicId === topicId)).toBe(true)
      }
    }
  })
})

describe('a topic made anew before ids were kept', () => {
  it('is adopted too: it holds less than was archived', async () => {
    const first = await produce(0, 120)
    const archive = start(runArchiveWorker)
    await until(isArchived)
    await archive.stop()
    // as an earlier release left the lake
    await store.delete(place().layout.generationsDir('posts'), { recursive: true })
    await deleteTopic(kafka, topic)
    await makeTopic()
    const second = await produce(1_000, 1_030)
    await highWatermarks()
    expect((await readGenerations(place(), 'posts')).length).toBe(1)
    await adopt()
    const again = start(runArchiveWorker)
    await until(isArchived)
    expect(await again.stop()).toBeUndefined()
    expect(await idsInLake()).toEqual([...first, ...second].toSorted())
  })
})

describe('an archive worker that is killed', () => {
  it.each([
    ['before its files are in place', '^rename .*/records/'],
    ['before its commit', '^rename .*/commits/'],
  ])(
    '%s, around an adoption: each record that was committed, and each of the new topic, is in the lake once',
    async (_when, step) => {
      const kill = async (fate: object) => {
        const main = fileURLToPath(new URL('../faults/archive-process.ts', import.meta.url))
        const its = JSON.stringify({ ...config, kafka: { ...config.kafka, groupPrefix: uniqueName('group') } })
        const child = spawn(process.execPath, [main, its, JSON.stringify(fate)], { stdio: 'ignore' })
        await once(child, 'close')
        expect(child.signalCode).toBe('SIGKILL')
      }
      const first = await produce(0, 120)
      await kill({ step, death: 'before' })
      await deleteTopic(kafka, topic)
      await makeTopic()
      const second = await produce(1_000, 1_200)
      await adopt()
      await kill({ step, death: 'before' })
      const last = start(runArchiveWorker)
      await until(isArchived)
      expect(await last.stop()).toBeUndefined()

      const found = idsOf(await readLake(store, layoutAt(config.lake.root)))
      expect(new Set(found).size).toBe(found.length)
      expect(found.filter((id) => !first.includes(id))).toEqual(second.toSorted())
      const entries = []
      for (let partition = 0; partition < PARTITIONS; partition++) {
        for await (const entry of readLog({ ...place(), stream: 'posts' }, partition)) entries.push(entry)
      }
      expect(found.length).toBe(entries.reduce((sum, { records }) => sum + records, 0))
    },
  )
})
