/**
 * A topic that is deleted and made anew under its name, on a real broker: nothing of the new one is taken for the old one's, a person
 * adopts it, and in the end the lake has each record of both topics once.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { adoptTopic } from '../../cli/adopt-topic.ts'
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
import { runSpeedWorker } from '../../workers/speed.ts'
import { runCli } from '../cli/run-cli.ts'
import { encodePost, idsOf, postOf, readLake } from '../lake/posts.ts'
import { isolatedConfig } from '../services.ts'
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
  const ended = run({ config, logger, signal: stopping.signal }).then(
    () => undefined,
    (error: unknown) => error,
  )
  return {
    ended,
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
