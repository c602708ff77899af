import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import avro from 'avsc'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import {
  type DeadLetterFilter,
  type ListedDeadLetter,
  listDeadLetters,
  replayDeadLetters,
} from '../../cli/dead-letters.ts'
import { deadLetter } from '../../ingest/dead-letter.ts'
import { createSocketSource } from '../../ingest/sources/socket.ts'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { partitionOf } from '../../kafka/partition.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { readToEnd } from '../../kafka/read-to-end.ts'
import { silentLogger } from '../../model/log.ts'
import { singleObjectHeader } from '../../model/streams/fingerprint.ts'
import { type Post, posts } from '../../model/streams/posts.ts'
import { generate } from '../../model/synthetic/generator.ts'
import { JSON_FORMS, toJsonLine } from '../../model/synthetic/json.ts'
import { runIngestWorker } from '../../workers/ingest.ts'
import { isolatedConfig, uniqueName } from '../services.ts'

const NEVER = new AbortController().signal
const header = singleObjectHeader(posts.schema)
const type = avro.Type.forSchema(posts.schema as unknown as avro.Schema)
const from = Date.UTC(2026, 10, 16)
const synthetic = { seed: 9, from, to: from + 7_200_000, posts: 3_000, copies: 0.02 }

let base: string
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'tendance-ingest-'))
})
afterAll(() => rm(base, { recursive: true }))

const newConfig = (): Config =>
  isolatedConfig(undefined, { TENDANCE_INGEST_STATE_DIR: join(base, uniqueName('state')) })
const worker = (config: Config) => ({ config, logger: silentLogger, signal: NEVER })

/** All that is in the topic of posts, read by avsc; each message is checked for what the lake relies on. */
async function storedPosts(config: Config): Promise<Post[]> {
  const found: Post[] = []
  const connection = createKafka(config, 'test', silentLogger)
  await readToEnd(connection, {
    topic: `${config.kafka.topicPrefix}posts`,
    groupId: uniqueName('check'),
    from: 'earliest',
    logger: silentLogger,
    signal: NEVER,
    async take(messages, partition) {
      for (const { key, value, timestamp } of messages) {
        expect(value.subarray(0, header.length).equals(header)).toBe(true)
        const post = type.fromBuffer(value.subarray(header.length)) as Post
        expect({ key: String(key), timestamp: timestamp }).toEqual({ key: post.id, timestamp: post.created_at })
        expect(partition).toBe(partitionOf(key!, config.kafka.partitions))
        found.push(post)
      }
    },
  })
  return found
}

async function allDeadLetters(config: Config, filter: DeadLetterFilter = {}): Promise<ListedDeadLetter[]> {
  const letters: ListedDeadLetter[] = []
  for await (const letter of listDeadLetters(worker(config), filter)) letters.push(letter)
  return letters
}

describe('the ingest worker on real Kafka', () => {
  it('takes a folder with every form, notices and rubbish, and accounts for each line', async () => {
    const config = newConfig()
    const folder = join(base, uniqueName('folder'))
    const all = [...generate(synthetic)].map(({ post }) => post)
    const third = Math.ceil(all.length / 3)
    await mkdir(folder)
    for (const [i, form] of JSON_FORMS.entries()) {
      const lines = all.slice(i * third, (i + 1) * third).map((post) => toJsonLine(post, form))
      lines.splice(
        7,
        0,
        '{"limit":{"track":3}}',
        '',
        '{"delete":{}}',
        'rubbish',
        '{"id_str":"x","user":{"screen_name":"a"},"text":"t"}',
      )
      const text = Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), Buffer.from([0xff, 0x0a])])
      await writeFile(join(folder, `${form}.jsonl${i === 1 ? '.gz' : ''}`), i === 1 ? gzipSync(text) : text)
    }
    await writeFile(join(folder, 'broken.jsonl.gz'), 'no archive')
    const source = { kind: 'file', options: { path: folder, once: true, quietMs: 0 } } as const
    const progress = await runIngestWorker({ ...worker(config), source })
    expect(progress).toMatchObject({
      posts: all.length,
      sending: 0,
      deadLetters: 9,
      notices: { limit: 3, delete: 3, 'keep-alive': 3 },
      records: all.length + 9 + 9,
    })
    const digitsOf = (ids: readonly string[]) => ids.map((id) => id.slice(id.indexOf(':') + 1)).toSorted()
    const stored = await storedPosts(config)
    expect(digitsOf(stored.map(({ id }) => id))).toEqual(digitsOf(all.map(({ id }) => id)))
    expect(stored.map(({ text }) => text).toSorted()).toEqual(all.map(({ text }) => text).toSorted())
    expect((await readdir(join(folder, 'done'))).length).toBe(3)
    expect(await readdir(join(folder, 'failed'))).toEqual(['broken.jsonl.gz'])

    const letters = await allDeadLetters(config)
    expect(letters).toHaveLength(9)
    expect(letters.every((letter, i) => letter.offset === i && letter.source === `folder:${folder}`)).toBe(true)
    expect(await allDeadLetters(config, { reason: 'not UTF-8' })).toMatchObject([
      { raw: '/w==', encoding: 'base64' },
      { raw: '/w==', encoding: 'base64' },
      { raw: '/w==', encoding: 'base64' },
    ])
    // all of it was read: there is nothing to do twice
    expect(await runIngestWorker({ ...worker(config), source })).toMatchObject({ records: 0, posts: 0 })
  })

  it('goes on where it was stopped: nothing is missing, and little comes twice', async () => {
    const config = newConfig()
    const path = join(base, `${uniqueName('long')}.jsonl`)
    const many = { ...synthetic, posts: 30_000, copies: 0 }
    const expected = [...generate(many)].map(({ post }) => post)
    await writeFile(path, expected.map((post) => `${toJsonLine(post)}\n`).join(''))
    const source = { kind: 'file', options: { path } } as const
    const stop = new AbortController()
    const first = await runIngestWorker({
      ...worker(config),
      source,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    })
    expect(first.posts).toBeLessThan(expected.length)
    const second = await runIngestWorker({ ...worker(config), source })
    expect(first.posts + second.posts).toBe(expected.length)
    const ids = (await storedPosts(config)).map(({ id }) => id)
    expect(ids.toSorted()).toEqual(expected.map(({ id }) => id).toSorted())
  })

  it('takes lines from a socket', async () => {
    const config = newConfig()
    const stop = new AbortController()
    const expected = [...generate({ ...synthetic, posts: 500 })].map(({ post }) => post)
    const source = createSocketSource({
      host: '127.0.0.1',
      port: 0,
      logger: silentLogger,
      onListening: (port) => {
        const sender = connect(port, '127.0.0.1')
        sender.end(`${expected.map((post) => toJsonLine(post)).join('\n')}\nrubbish`)
      },
    })
    const progress = await runIngestWorker({
      ...worker(config),
      source,
      signal: stop.signal,
      onProgress: ({ posts: sent, deadLetters }) => {
        if (sent === expected.length && deadLetters === 1) stop.abort()
      },
    })
    expect(progress).toMatchObject({ posts: expected.length, deadLetters: 1 })
    expect(await storedPosts(config)).toHaveLength(expected.length)
  })

  it('ends when no Kafka answers at the start, with the address and what to do', async () => {
    const config = isolatedConfig(undefined, { TENDANCE_KAFKA_BROKERS: '127.0.0.1:1' })
    const source = { kind: 'synthetic', options: { ...synthetic } } as const
    await expect(runIngestWorker({ ...worker(config), source })).rejects.toThrow(/127\.0\.0\.1:1.*tendance stack up/)
  })
})

describe('dead letters on real Kafka', () => {
  it('are none before there were any', async () => {
    expect(await allDeadLetters(newConfig())).toEqual([])
  })

  it('are sent when they are right today, once, and again only when that is asked for', async () => {
    const config = newConfig()
    const connection = createKafka(config, 'test', silentLogger)
    const topic = `${config.kafka.topicPrefix}posts.dead-letters`
    await ensureTopic(connection, topic, { partitions: 1, replication: 0, retentionBytes: -1 })
    const letter = (raw: string | Buffer) =>
      deadLetter({ source: 'file:/x', position: { line: 1 }, reason: new Error('of another time'), at: from, raw })
    const good = [...generate({ ...synthetic, posts: 20, copies: 0 })].map(({ post }) => toJsonLine(post, 'v1'))
    await using producer = await createSafeProducer({ connection, topic })
    const messages = [
      ...good.map(letter),
      letter('still rubbish'),
      letter(Buffer.from([0xff])),
      letter('x'.repeat(900_000)),
    ]
    await producer.send([{ partition: 0, messages }])

    const counts = { read: 23, passed: 20, posts: 20, failed: 2, cut: 1 }
    expect(await replayDeadLetters(worker(config))).toMatchObject(counts)
    expect(await storedPosts(config)).toHaveLength(20)
    expect(await replayDeadLetters(worker(config))).toMatchObject({ read: 0, posts: 0 })
    expect(await replayDeadLetters({ ...worker(config), again: true })).toMatchObject(counts)
    expect(new Set((await storedPosts(config)).map(({ id }) => id)).size).toBe(20)
    expect(await allDeadLetters(config)).toHaveLength(23)
  })

  it('can be looked at without reading all of them', async () => {
    const config = newConfig()
    const connection = createKafka(config, 'test', silentLogger)
    const topic = `${config.kafka.topicPrefix}posts.dead-letters`
    await ensureTopic(connection, topic, { partitions: 1, replication: 0, retentionBytes: -1 })
    await using producer = await createSafeProducer({ connection, topic })
    const facts = { source: 'file:/x', position: null, reason: new Error('no'), at: from }
    const messages = Array.from({ length: 3_000 }, (_, i) => deadLetter({ ...facts, raw: `${i} ${'x'.repeat(2_000)}` }))
    await producer.send([{ partition: 0, messages }])
    for await (const { offset } of listDeadLetters(worker(config))) {
      expect(offset).toBe(0)
      break
    }
  })
})
