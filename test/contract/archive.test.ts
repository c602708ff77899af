import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { ensureTopic, fetchCommitted, fetchOffsets } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { partitionOf } from '../../kafka/partition.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { archivedTo, readLog } from '../../lake/archive/commit-log.ts'
import type { FileStore } from '../../lake/file-store.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { silentLogger } from '../../model/log.ts'
import { deadLetterTopicOf, topicOf } from '../../model/streams/stream.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { encodePost, idsOf, postOf, readLake } from '../lake/posts.ts'
import { isolatedConfig } from '../services.ts'
import { dumpByFastavro } from './fastavro.ts'

const SEVEN = Date.parse('2026-11-16T07:00:00Z')
const PARTITIONS = 4
const IDS = Array.from({ length: 20_000 }, (_, i) => `x:${i}`)
const FAST = { TENDANCE_LAKE_COMMIT_AGE_MS: '300', TENDANCE_LAKE_BLOCK_BYTES: '16384' }

describe('archive workers on Kafka and HDFS', () => {
  let config: Config
  let kafka: KafkaConnection
  let store: FileStore
  let topic: string
  const layout = () => layoutAt(config.lake.root)

  beforeAll(async () => {
    config = isolatedConfig(undefined, FAST)
    kafka = createKafka(config, 'test', silentLogger)
    topic = topicOf(config.kafka.topicPrefix, 'posts')
    store = openStore(config.lake)
    await ensureTopic(kafka, topic, { ...config.kafka, partitions: PARTITIONS })
  })
  afterAll(async () => {
    await store.delete(config.lake.root, { recursive: true })
    await store[Symbol.asyncDispose]()
  })

  async function produce(ids: readonly string[]): Promise<void> {
    await using producer = await createSafeProducer({ connection: kafka, topic })
    const batches = Array.from({ length: PARTITIONS }, (_, partition) => ({
      partition,
      messages: ids
        .filter((id) => partitionOf(Buffer.from(id), PARTITIONS) === partition)
        .map((id) => {
          // over three hours
          const post = postOf(id, SEVEN + (Number(id.slice(2)) % 180) * 60_000)
          return { key: Buffer.from(id), value: encodePost(post), timestamp: post.created_at }
        }),
    }))
    await producer.send(batches)
  }

  /** Runs workers until the lake has all that Kafka has, then stops them. */
  async function archiveAll(workers: number): Promise<void> {
    const stopping = new AbortController()
    const targets = await fetchOffsets(kafka, topic)
    const done = Promise.withResolvers<void>()
    const check = async () => {
      const ends = await Promise.all(
        [...targets].map(async ([partition, { high }]) => {
          return (await archivedTo({ store, layout: layout(), stream: 'posts' }, partition)) >= high
        }),
      )
      if (ends.every(Boolean)) done.resolve()
    }
    const running = Array.from({ length: workers }, () =>
      runArchiveWorker({
        config,
        logger: silentLogger,
        signal: stopping.signal,
        onCommit: () => void check().catch(done.reject),
      }),
    )
    await Promise.race([done.promise, Promise.all(running)])
    stopping.abort()
    await Promise.all(running)
  }

  it('put every record into the lake exactly once, in the directory of its hour', async () => {
    await produce(IDS.slice(0, 10_000))
    await archiveAll(1)
    const found = await readLake(store, layout())
    expect(idsOf(found)).toEqual(IDS.slice(0, 10_000).sort())
    for (const { post, hour } of found) {
      expect(hour).toBe(new Date(post.created_at).toISOString().slice(0, 13).replace(/[-T]/g, '/'))
    }
  })

  it('go on behind it, two of them sharing the partitions, and tell Kafka how far they are', async () => {
    await produce(IDS.slice(10_000))
    await archiveAll(2)
    expect(idsOf(await readLake(store, layout()))).toEqual(IDS.toSorted())
    const offsets = await fetchOffsets(kafka, topic)
    const committed = await fetchCommitted(kafka, `${config.kafka.groupPrefix}archive`, topic)
    for (const [partition, { high }] of offsets) {
      expect(committed.get(partition)).toBe(high)
      let at = 0
      for await (const entry of readLog({ store, layout: layout(), stream: 'posts' }, partition)) {
        expect(entry.from).toBe(at)
        at = entry.to
      }
      expect(at).toBe(high)
    }
  })

  it('send what is no record to the dead letters, and go on', async () => {
    await using producer = await createSafeProducer({ connection: kafka, topic })
    const timestamp = SEVEN
    await producer.send([
      {
        partition: 0,
        messages: [
          { key: null, value: Buffer.from('{"text":"no avro"}'), timestamp },
          { key: Buffer.from('x:last'), value: encodePost(postOf('x:last', SEVEN)), timestamp },
        ],
      },
    ])
    await archiveAll(1)
    expect(idsOf(await readLake(store, layout()))).toEqual([...IDS, 'x:last'].sort())
    const letters = await fetchOffsets(kafka, deadLetterTopicOf(config.kafka.topicPrefix, 'posts'))
    expect(letters.get(0)?.high).toBe(1)
  })

  it('leave files that an independent reader, fastavro, reads: the same ids, times and texts', async () => {
    const found = await readLake(store, layout())
    expect(found.length).toBeGreaterThan(10_000)
    const theirs = await dumpByFastavro(store, [...new Set(found.map(({ path }) => path))])
    const ours = found.map(({ post }) => [post.id, post.created_at, post.text])
    expect(theirs.map(String).sort()).toEqual(ours.map(String).sort())
  }, 300_000)
})
