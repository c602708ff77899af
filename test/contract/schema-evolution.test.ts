/**
 * Messages of several schemas of one stream in one topic and one hour, as a rolling upgrade and a roll-back make them: the archive keeps
 * each as it was written, live counting and batch count all of them, other programs read the files, and what cannot be read waits in
 * the dead letters, whole, until it can.
 */
import { setTimeout as delay } from 'node:timers/promises'
import avsc from 'avsc'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { openAnswers } from '../../cli/answers.ts'
import { listDeadLetters, replayDeadLetters } from '../../cli/dead-letters.ts'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { publishSchema } from '../../kafka/schemas-topic.ts'
import { fetchHighWatermarks } from '../../kafka/topic-log.ts'
import { archivedTo } from '../../lake/archive/commit-log.ts'
import type { FileStore } from '../../lake/file-store.ts'
import { findRecord } from '../../lake/find-record.ts'
import { layoutAt } from '../../lake/layout.ts'
import { listHour } from '../../lake/listing.ts'
import { openStore } from '../../lake/open-store.ts'
import { createCounters } from '../../lake/scan/counters.ts'
import { silentLogger } from '../../model/log.ts'
import { fingerprintHex, fingerprintOf, singleObjectHeader } from '../../model/streams/fingerprint.ts'
import { posts } from '../../model/streams/posts.ts'
import { type AvroSchema, schemasTopicOf, topicOf } from '../../model/streams/stream.ts'
import { parseHour } from '../../model/time.ts'
import { answerHour } from '../../views/ask.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { postOf } from '../lake/posts.ts'
import { isolatedConfig } from '../services.ts'
import { dumpByFastavro } from './fastavro.ts'

const HOUR = parseHour('2026-11-16T07')
const SEVEN = Date.parse('2026-11-16T07:00:00Z')
const PATIENCE_MS = 60_000
const { fields } = posts.schema

/** One field more, with a default. */
const V2 = { ...posts.schema, fields: [...fields, { name: 'client', type: 'string', default: 'unknown' }] }
/** An optional field dropped, the others in another order, a number that has become narrower. */
const V3 = {
  ...posts.schema,
  fields: fields
    .filter(({ name }) => name !== 'lang')
    .map((field) => (field.name === 'received_at' ? { name: 'received_at', type: 'int' } : field))
    .toReversed(),
}
/** A release to come that demands a field which nobody has written; and the same after it was mended. */
const DEMANDING = { ...posts.schema, fields: [...fields, { name: 'shop', type: 'string' }] }
const MENDED = { ...posts.schema, fields: [...fields, { name: 'shop', type: 'string', default: '' }] }

function encoderOf(schema: unknown): (id: string, at: number) => Buffer {
  const type = avsc.Type.forSchema(schema as avsc.Schema)
  const header = singleObjectHeader(schema as AvroSchema)
  return (id, at) => {
    const post = { ...postOf(id, at), received_at: 7, client: 'phone', mood: null }
    return Buffer.concat([header, type.toBuffer(post)])
  }
}

interface Place {
  readonly config: Config
  readonly kafka: KafkaConnection
  readonly topic: string
  readonly store: FileStore
}

function placeOf(): Place {
  const config = isolatedConfig(undefined, {
    TENDANCE_LAKE_COMMIT_AGE_MS: '400',
    TENDANCE_SPEED_FLUSH_MS: '200',
    TENDANCE_BATCH_EXTRACTORS: 'hashtags@2',
  })
  const kafka = createKafka(config, 'test', silentLogger)
  return { config, kafka, topic: topicOf(config.kafka.topicPrefix, 'posts'), store: openStore(config.lake) }
}

async function produce({ kafka, topic }: Place, ids: readonly string[], schemas: readonly unknown[]): Promise<void> {
  const encoders = schemas.map(encoderOf)
  await using producer = await createSafeProducer({ connection: kafka, topic })
  const messages = ids.map((id, i) => {
    const timestamp = SEVEN + i
    return { key: Buffer.from(id), value: encoders[i % encoders.length]!(id, timestamp), timestamp }
  })
  await producer.send([{ partition: 0, messages }])
}

const publish = ({ kafka, config }: Place, schema: unknown) =>
  publishSchema(kafka, schemasTopicOf(config.kafka.topicPrefix, 'posts'), schema as AvroSchema, config.kafka)

/** Runs both workers until they are at the end of the topic. */
async function untilAtEnd({ config, kafka, topic, store }: Place, schema?: unknown): Promise<void> {
  const stopping = new AbortController()
  const release = schema === undefined ? {} : { schema: schema as AvroSchema }
  const common = { config, logger: silentLogger, signal: stopping.signal, ...release }
  const workers = Promise.all([runArchiveWorker(common), runSpeedWorker(common)])
  workers.catch(() => stopping.abort())
  const answers = await openAnswers(config, Date.now)
  try {
    const high = (await fetchHighWatermarks(kafka, topic)).get(0) ?? 0
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const states = await answers.views.speed.states({ stream: 'posts', board: 'hashtags', extractor: 'hashtags@2' })
      const archived = await archivedTo({ store, layout: layoutAt(config.lake.root), stream: 'posts' }, 0)
      const counted = states[0]?.offset ?? 0
      if (archived === high && counted === high) return
      if (performance.now() > deadline || stopping.signal.aborted) {
        await workers
        throw new Error(JSON.stringify({ high, archived, counted }))
      }
      await delay(200)
    }
  } finally {
    await answers[Symbol.asyncDispose]()
    stopping.abort()
    await workers
  }
}

const namesOf = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}:${i}`)

describe('messages of several schemas', () => {
  const place = placeOf()
  const { config, kafka, topic, store } = place
  const lakePlace = { store, layout: layoutAt(config.lake.root) }
  const mixed = namesOf(1_500, 'x')
  beforeAll(() => ensureTopic(kafka, topic, { ...config.kafka, partitions: 1 }))
  afterAll(async () => {
    await store.delete(config.lake.root, { recursive: true })
    await store[Symbol.asyncDispose]()
  })

  const live = async () => {
    await using answers = await openAnswers(config, Date.now)

    const answer = await answerHour(answers.ask('hashtags'), { board: 'hashtags', hour: HOUR, n: 1 })
    return answer.rows[0]?.count ?? 0
  }
  const batch = async () => {
    const { files } = await listHour(lakePlace, 'posts', HOUR)
    await using counters = await createCounters({ lake: config.lake, threads: 1 })
    const name = { stream: 'posts', board: 'hashtags', edition: 1, hour: HOUR, digest: 'ab'.repeat(32) } as const
    return await counters.countPartitions({ name: { ...name, extractor: 'hashtags@2' }, files })
  }

  it('that alternate in one topic and hour are all archived, each in a file of its own schema, and counted', async () => {
    await publish(place, V2)
    await publish(place, V3)
    await produce(place, mixed, [posts.schema, V2, V3])
    await untilAtEnd(place)
    const { files } = await listHour(lakePlace, 'posts', HOUR)
    const schemas = new Set(files.map(({ schema }) => schema))
    expect(schemas).toEqual(new Set([undefined, ...[V2, V3].map((one) => fingerprintHex(fingerprintOf(one)))]))
    expect(files.length).toBeLessThan(60)
    const theirs = await dumpByFastavro(
      store,
      files.map(({ path }) => path),
    )
    expect(theirs.map(([id]) => id).sort()).toEqual(mixed.toSorted())
    expect(await live()).toBe(mixed.length)
    expect((await batch()).records).toBe(mixed.length)
    for (const id of ['x:0', 'x:1', 'x:2']) {
      const found = await findRecord(lakePlace, 'posts', HOUR, { id })
      expect(found.records.map(({ record }) => record['text'])).toEqual([`text of ${id} #tag`])
      expect(found.unreadable).toEqual([])
    }
    // every field of the newer schema is still there
    const second = (await findRecord(lakePlace, 'posts', HOUR, { id: 'x:1' })).records[0]!
    expect(second.record['client']).toBe('phone')
  }, 120_000)

  it('that nobody has published are dead letters that name the schema, and are taken once it is known', async () => {
    const unknown = { ...posts.schema, fields: [...fields, { name: 'mood', type: ['null', 'string'], default: null }] }
    const letters = async () => {
      const found: string[] = []
      const options = { config, logger: silentLogger, signal: AbortSignal.timeout(30_000) }
      for await (const { reason } of listDeadLetters(options)) found.push(reason)
      return found
    }
    const late = namesOf(20, 'late')
    await produce(place, late, [unknown])
    await untilAtEnd(place)
    const reasons = await letters()
    expect(reasons.length).toBe(late.length)
    expect(reasons[0]).toContain(fingerprintHex(fingerprintOf(unknown as AvroSchema)))
    expect(await live()).toBe(mixed.length)
    const options = { config, logger: silentLogger, signal: AbortSignal.timeout(60_000) }
    expect(await replayDeadLetters(options)).toMatchObject({ read: late.length, passed: 0, failed: late.length })
    await publish(place, unknown)
    expect(await replayDeadLetters({ ...options, again: true })).toMatchObject({ passed: late.length, failed: 0 })
    await untilAtEnd(place)
    expect(await live()).toBe(mixed.length + late.length)
    expect((await batch()).records).toBe(mixed.length + late.length)
  }, 120_000)

  it('that a release cannot read are dead letters that name the field, and a mended release takes them', async () => {
    const before = mixed.length + 20
    const old = namesOf(1_000, 'old')
    await produce(place, old, [posts.schema])
    await untilAtEnd(place, DEMANDING)
    const options = { config, logger: silentLogger, signal: AbortSignal.timeout(60_000) }
    const reasons = new Map<string, number>()
    for await (const { reason, raw } of listDeadLetters(options)) {
      if (raw.length > 0 && reason.includes("'shop'")) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    }
    expect([...reasons.values()]).toEqual([old.length])
    expect(await live()).toBe(before)
    const demanding = await replayDeadLetters({ ...options, schema: DEMANDING as AvroSchema })
    expect(demanding).toMatchObject({ passed: 0, failed: old.length })
    const mended = await replayDeadLetters({ ...options, schema: MENDED as AvroSchema, again: true })
    expect(mended).toMatchObject({ failed: 0, passed: old.length + 20 })
    await untilAtEnd(place, MENDED)
    expect(await live()).toBe(before + old.length)
    // the replay sent the twenty of the test before once more: copies of an id count once
    expect(await batch()).toMatchObject({ records: before + old.length, copies: 20 })
    const { files } = await listHour(lakePlace, 'posts', HOUR)
    const theirs = await dumpByFastavro(
      store,
      files.map(({ path }) => path),
    )
    expect(new Set(theirs.map(([id]) => id)).size).toBe(before + old.length)
  }, 120_000)
})
