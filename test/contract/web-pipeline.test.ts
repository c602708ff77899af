/** What the pipeline says of itself, on real services with real workers: held against what was put in. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { deadLetter } from '../../ingest/dead-letter.ts'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { AppError } from '../../model/errors.ts'
import { silentLogger } from '../../model/log.ts'
import { deadLetterTopicOf } from '../../model/streams/stream.ts'
import { openViews, type Views } from '../../views/views.ts'
import type { PipelineResponse, SourcesResponse } from '../../web/contract/pipeline.ts'
import { routes } from '../../web/contract/routes.ts'
import { createServer } from '../../web/server/server.ts'
import { openServices, type Services } from '../../web/services.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { runIngestWorker } from '../../workers/ingest.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { isolatedConfig } from '../services.ts'

const POSTS = 400
const PATIENCE = { timeout: 40_000, interval: 500 }

let stateDir: string
let config: Config
let services: Services
let server: FastifyInstance
let views: Views & AsyncDisposable
const stopping = new AbortController()
const workers: Promise<unknown>[] = []

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'tendance-state-'))
  config = isolatedConfig(undefined, {
    TENDANCE_INGEST_STATE_DIR: stateDir,
    TENDANCE_LAKE_COMMIT_AGE_MS: '200',
    TENDANCE_WEB_RATE_PER_MINUTE: '0',
  })
  views = await openViews({ ...config.mongo, appName: 'test' })
  services = openServices(config, silentLogger, Date.now)
  server = await createServer({ services, pageDir: '/nowhere', version: '0' })
})

afterAll(async () => {
  stopping.abort()
  await Promise.all(workers)
  await server?.close()
  await services?.[Symbol.asyncDispose]()
  await views?.drop()
  await views?.[Symbol.asyncDispose]()
  await rm(stateDir, { recursive: true, force: true })
})

async function pipeline(): Promise<PipelineResponse> {
  const body = (await server.inject('/api/v1/pipeline')).json()
  expect(routes.pipeline.response.parse(body)).toEqual(body)
  return body
}

async function sources(): Promise<SourcesResponse> {
  const body = (await server.inject('/api/v1/sources')).json()
  expect(routes.sources.response.parse(body)).toEqual(body)
  return body
}

describe('the pipeline', () => {
  it('says so while nothing is there', async () => {
    expect(await pipeline()).toMatchObject({ topics: [], groups: [], workers: [], deadLetters: null, schedule: null })
    expect((await sources()).sources).toEqual([])
  })

  it('knows who works, that nothing waits, and which posts could not be understood', async () => {
    const logger = silentLogger
    const source = {
      kind: 'synthetic',
      options: { seed: 5, posts: POSTS, from: Date.now() - 60_000, to: Date.now() },
    } as const
    const { posts, records } = await runIngestWorker({ config, source, logger, signal: stopping.signal })
    // the server gives what it said a moment ago for half a second
    const told = async () => (await sources()).sources
    await expect
      .poll(told, PATIENCE)
      .toMatchObject([{ state: 'ended', pid: process.pid, records, deadLetters: 0, rate: null }])
    const messages = async () => (await pipeline()).topics.map((topic) => [topic.messages, topic.partitions])
    await expect.poll(messages, PATIENCE).toEqual([[posts, config.kafka.partitions]])
    const waiting = await pipeline()
    expect(waiting.problems.map(({ code }) => code)).toContain('archive-away')
    expect(waiting.groups.map(({ name, lag }) => [name, lag])).toEqual([
      ['archive', posts],
      ['speed', posts],
    ])

    workers.push(runArchiveWorker({ config, logger, signal: stopping.signal }))
    workers.push(runSpeedWorker({ config, logger, signal: stopping.signal }))
    const lags = async () => (await pipeline()).groups.map(({ lag, members }) => [lag, members.length])
    await expect.poll(lags, PATIENCE).toEqual([
      [0, 1],
      [0, 1],
    ])
    const working = await pipeline()
    const all = Array.from({ length: config.kafka.partitions }, (_, partition) => partition)
    expect(working.groups.map(({ members }) => members[0]?.partitions)).toEqual([all, all])
    expect(working.workers.map(({ kind }) => kind)).toEqual(['archive', 'speed'])
    expect(working.problems.map(({ code }) => code)).not.toContain('archive-away')
  })

  it('groups dead letters by reason, the most first', async () => {
    const topic = deadLetterTopicOf(config.kafka.topicPrefix, 'posts')
    const kafka = createKafka(config, 'test', silentLogger)
    await ensureTopic(kafka, topic, { ...config.kafka, partitions: 1 })
    const at = Date.now()
    const letter = (reason: string) =>
      deadLetter({ source: 'file:/a', position: 1, reason: new AppError('bad-record', reason), at, raw: '{' })
    const reasons = ['text is missing', 'id is 7: a text is right', 'id is 8: a text is right']
    await using producer = await createSafeProducer({ connection: kafka, topic, signal: stopping.signal })
    await producer.send([{ partition: 0, messages: reasons.map(letter) }])
    const found = async () => (await pipeline()).deadLetters?.reasons.map(({ reason, count }) => [reason, count])
    await expect.poll(found, PATIENCE).toEqual([
      ['id', 2],
      ['text', 1],
    ])
    const tail = async () => (await pipeline()).deadLetters
    await expect.poll(tail, PATIENCE).toMatchObject({ total: 3, looked: 3, reading: false })
    expect((await pipeline()).problems.map(({ code }) => code)).toContain('dead-letters')
  })
})
