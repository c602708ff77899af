/**
 * Services that are away, or answer and do nothing, for longer than a hiccup: whoever waits for one says so within seconds, in the log, in
 * the metrics and in readiness, and says when it is over. Who does not need it stays ready and silent.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { createMetrics, type Metrics } from '../../app/metrics.ts'
import { serveMetrics } from '../../app/metrics-server.ts'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { partitionOf } from '../../kafka/partition.ts'
import { createSafeProducer, type SafeProducer } from '../../kafka/producer.ts'
import { type Logger, silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import type { ProcessName } from '../../stack/names.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { sampleOf } from '../contract/exported-metrics.ts'
import { encodePost, postOf } from '../lake/posts.ts'
import { isolatedConfig, type OwnStack, startOwnStack } from '../services.ts'
import { safeMode } from './safe-mode.ts'

const PARTITIONS = 2
const STOPPED = ['mongodb', 'hdfs-datanode-1', 'kafka-1'] as const
/** The line is due after ten seconds; readiness asks, and metrics are scraped, on top. */
const TOLD_WITHIN_MS = 16_000
const OVER_WITHIN_MS = 40_000

interface Watched {
  readonly lines: string[]
  readonly url: string
}

let own: OwnStack
let config: Config
let producer: SafeProducer
let archive: Watched
let speed: Watched
let produced = 0
const stopping = new AbortController()
const open = new AsyncDisposableStack()

type Run = (options: { config: Config; logger: Logger; signal: AbortSignal; metrics: Metrics }) => Promise<void>

async function start(worker: 'archive' | 'speed', run: Run): Promise<Watched> {
  const metrics = createMetrics()
  const endpoint = (await serveMetrics(metrics, worker, { host: '127.0.0.1', port: 0 }, silentLogger))!
  open.use(endpoint)
  const lines: string[] = []
  const keep = (_facts: object, message: string) => {
    if (/waiting for/.test(message)) lines.push(message)
  }
  const logger: Logger = { debug() {}, info: keep, warn: keep, error: keep }
  const ended = run({ config, logger, signal: stopping.signal, metrics })
  ended.catch(() => {})
  open.defer(() => ended)
  return { lines, url: endpoint.url }
}

beforeAll(async () => {
  own = await startOwnStack({ services: ['kafka', 'hdfs', 'mongodb'] })
  config = isolatedConfig(own.addresses, {
    TENDANCE_KAFKA_PARTITIONS: String(PARTITIONS),
    TENDANCE_LAKE_COMMIT_AGE_MS: '500',
    TENDANCE_SPEED_FLUSH_MS: '100',
  })
  const connection = createKafka(config, 'test-waiting', silentLogger)
  const topic = topicOf(config.kafka.topicPrefix, 'posts')
  await ensureTopic(connection, topic, config.kafka)
  producer = open.use(await createSafeProducer({ connection, topic }))
  archive = await start('archive', runArchiveWorker)
  speed = await start('speed', runSpeedWorker)
}, 120_000)

afterAll(async () => {
  for (const name of STOPPED) signal(name, 'SIGCONT')
  stopping.abort()
  await open.disposeAsync()
  await own[Symbol.asyncDispose]()
}, 60_000)

/** Confirmed by the broker. */
async function produce(count: number): Promise<void> {
  const batches = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, messages: [] as Outgoing[] }))
  for (let i = 0; i < count; i++) {
    const id = `x:${produced++}`
    const key = Buffer.from(id)
    const post = postOf(id, Date.now())
    batches[partitionOf(key, PARTITIONS)]!.messages.push({ key, value: encodePost(post), timestamp: post.created_at })
  }
  await producer.send(batches)
}

type Outgoing = Parameters<SafeProducer['send']>[0][number]['messages'][number]

interface Told {
  readonly lines: readonly string[]
  readonly ready: boolean
  /** What is not met, in its own words. */
  readonly lacks: string
  readonly askMs: number
  readonly taken: number
  readonly records: number
  readonly seconds: number
  readonly waiting: number
}

async function ask({ lines, url }: Watched): Promise<Told> {
  const startedAt = performance.now()
  const readyz = (await (await fetch(`${url}/readyz`)).json()) as {
    ready: boolean
    conditions: { name: string; ok: boolean; says: string }[]
  }
  const askMs = performance.now() - startedAt
  const text = await (await fetch(`${url}/metrics`)).text()
  const seconds = [...text.matchAll(/^tendance_consumer_lag_seconds\{.*\} (\S+)$/gm)].map(([, value]) => Number(value))
  return {
    lines: [...lines],
    ready: readyz.ready,
    lacks: readyz.conditions
      .filter(({ ok }) => !ok)
      .map(({ name, says }) => `${name}: ${says}`)
      .join('; '),
    askMs,
    taken: sampleOf(text, 'tendance_consumer_messages_total'),
    records: sampleOf(text, 'tendance_consumer_lag_records'),
    seconds: Math.max(0, ...seconds),
    waiting: sampleOf(text, 'tendance_waiting_seconds'),
  }
}

async function askUntil(of: Watched, withinMs: number, done: (told: Told) => boolean): Promise<Told> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const told = await ask(of)
    if (done(told)) return told
    if (performance.now() > deadline) throw new Error(`it does not come to it: ${JSON.stringify(told, undefined, 2)}`)
    await delay(500)
  }
}

// the line that it is over comes with the next look at what waits, up to a second later
const isWell = ({ ready, taken, records, waiting, lines }: Told) =>
  ready && taken >= produced && records === 0 && waiting === 0 && !lines.at(-1)?.startsWith('waiting')
const isTold = ({ ready, records, seconds, waiting, lines }: Told) =>
  !ready && records > 0 && seconds > 5 && waiting >= 10 && lines.length > 0

async function bothWell(): Promise<void> {
  await Promise.all([archive, speed].map((each) => askUntil(each, OVER_WITHIN_MS, isWell)))
}

function signal(name: ProcessName, how: 'SIGSTOP' | 'SIGCONT'): void {
  process.kill(own.stack.service(name).pid()!, how)
}

describe('a service that is away', () => {
  it('is no news while all is well', async () => {
    await produce(200)
    await bothWell()
    expect([archive.lines, speed.lines]).toEqual([[], []])
  })

  it('is told by who waits for it: HDFS in safe mode by the archive, a MongoDB that hangs by the speed worker', async () => {
    await safeMode(own.stack, 'enter')
    signal('mongodb', 'SIGSTOP')
    await produce(100)
    const [lake, views] = await Promise.all([
      askUntil(archive, TOLD_WITHIN_MS, isTold),
      askUntil(speed, TOLD_WITHIN_MS, isTold),
    ])
    expect(lake).toMatchObject({ records: 100, lines: [expect.stringMatching(/^waiting for HDFS at http/)] })
    expect(lake.lacks).toMatch(/safe mode/i)
    expect(views).toMatchObject({ records: 100, lines: [expect.stringMatching(/^waiting for MongoDB at mongodb:/)] })
    expect(Math.max(lake.askMs, views.askMs)).toBeLessThan(6_000)
    signal('mongodb', 'SIGCONT')
    await safeMode(own.stack, 'leave')
    await bothWell()
    expect(archive.lines.splice(0)[1]).toMatch(/^no longer waiting for HDFS at \S+, after \d+ s$/)
    expect(speed.lines.splice(0)[1]).toMatch(/^no longer waiting for MongoDB at \S+, after \d+ s$/)
  })

  it('is told when it hangs, and who does not need it is ready and silent', async () => {
    signal('hdfs-datanode-1', 'SIGSTOP')
    await produce(100)
    const told = await askUntil(archive, TOLD_WITHIN_MS, isTold)
    expect(told).toMatchObject({ records: 100, lines: [expect.stringMatching(/^waiting for HDFS/)] })
    expect(told.lacks).toMatch(/lake: /)
    expect(told.askMs).toBeLessThan(6_000)
    expect(await ask(speed)).toMatchObject({ ready: true, lines: [], records: 0 })
    signal('hdfs-datanode-1', 'SIGCONT')
    await bothWell()
    expect(archive.lines.splice(0)).toHaveLength(2)
  })

  it('is told by everybody when it is Kafka', async () => {
    signal('kafka-1', 'SIGSTOP')
    const isKafkaTold = ({ ready, waiting, lines }: Told) => !ready && waiting >= 10 && lines.length > 0
    const told = await Promise.all([archive, speed].map((each) => askUntil(each, TOLD_WITHIN_MS, isKafkaTold)))
    for (const { lines } of told) expect(lines).toEqual([expect.stringMatching(/^waiting for Kafka at 127/)])
    signal('kafka-1', 'SIGCONT')
    await bothWell()
    await produce(10)
    await bothWell()
    expect([archive, speed].map(({ lines }) => lines.length)).toEqual([2, 2])
  })
})
