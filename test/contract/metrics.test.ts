/** Real workers, scraped over HTTP: their counts are true, and have all that the dashboard and the alert rules ask for. */
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { createMetrics } from '../../app/metrics.ts'
import { type MeteredWorker, serveMetrics } from '../../app/metrics-server.ts'
import { silentLogger } from '../../model/log.ts'
import { HOUR_MS, hourStartOf } from '../../model/time.ts'
import { connectClient } from '../../temporal/connection.ts'
import { runWeb } from '../../web/run.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { runBatchWorker } from '../../workers/batch.ts'
import { runIngestWorker } from '../../workers/ingest.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { isolatedConfig, uniqueName } from '../services.ts'
import { expressionsOf, metricsIn, namesOf, sampleOf } from './exported-metrics.ts'

const POSTS = 2_000
const stopping = new AbortController()
const scrapes = new Map<MeteredWorker, string>()
const endpoints = new Map<MeteredWorker, string>()
const open = new AsyncDisposableStack()
let config: Config
let posts = 0

/** Reads a worker's metrics until `done` says that they are as they have to become. */
async function scrapeUntil(worker: MeteredWorker, done: (text: string) => boolean): Promise<string> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const text = await (await fetch(`${endpoints.get(worker)}/metrics`)).text()
    if (done(text)) return text
    if (Date.now() > deadline) throw new Error(`${worker} does not come to it:\n${text.slice(-5_000)}`)
    await delay(200)
  }
}

async function endpointOf(worker: MeteredWorker) {
  const metrics = createMetrics()
  const endpoint = (await serveMetrics(metrics, worker, { host: '127.0.0.1', port: 0 }, silentLogger))!
  open.use(endpoint)
  endpoints.set(worker, endpoint.url)
  return metrics
}

async function run(worker: MeteredWorker, start: (metrics: ReturnType<typeof createMetrics>) => Promise<unknown>) {
  const ended = start(await endpointOf(worker))
  ended.catch(() => {})
  open.defer(async () => {
    await ended
  })
}

beforeAll(async () => {
  config = isolatedConfig(undefined, {
    TENDANCE_KAFKA_PARTITIONS: '2',
    TENDANCE_LAKE_COMMIT_AGE_MS: '300',
    TENDANCE_SPEED_FLUSH_MS: '100',
    TENDANCE_INGEST_STATE_DIR: join(tmpdir(), uniqueName('metrics')),
  })
  const base = { config, logger: silentLogger, signal: stopping.signal }
  // it stops last in, first out: the signal is given before anything is waited for
  await run('archive', (metrics) => runArchiveWorker({ ...base, metrics }))
  await run('speed', (metrics) => runSpeedWorker({ ...base, metrics }))
  const polling = Promise.withResolvers<void>()
  await run('batch', (metrics) =>
    runBatchWorker({ ...base, metrics, concurrency: 2, onReady: () => polling.resolve() }),
  )

  const listening = Promise.withResolvers<string>()
  await run('web', (metrics) => {
    const web = { ...config.web, port: 0, host: '127.0.0.1' }
    // no page: any folder does for what is asked of it here
    const options = { ...base, config: { ...config, web }, metrics, pageDir: config.ingest.stateDir }
    return runWeb({ ...options, onListening: listening.resolve })
  })
  expect((await fetch(`${await listening.promise}/api/v1/about`)).status).toBe(200)

  const to = hourStartOf(Date.now()) - HOUR_MS
  const source = { kind: 'synthetic', options: { posts: POSTS, seed: 5, from: to - HOUR_MS, to } } as const
  const summary = await runIngestWorker({ ...base, source, metrics: await endpointOf('ingest') })
  posts = summary.posts

  await scrapeUntil('archive', (text) => sampleOf(text, 'tendance_archive_records_total') >= posts)
  await scrapeUntil('speed', (text) => sampleOf(text, 'tendance_consumer_messages_total') >= posts)
  await scrapeUntil('speed', (text) => namesOf(text).has('tendance_speed_watermark_timestamp_seconds'))
  await polling.promise
  await using temporal = await connectClient(config.temporal, { patienceMs: 10_000 })
  const { taskQueue } = config.temporal
  await temporal.client.workflow.execute('hourly', { taskQueue, workflowId: uniqueName('hourly'), args: [] })
  for (const worker of ['archive', 'speed', 'ingest', 'web'] as const)
    scrapes.set(worker, await scrapeUntil(worker, () => true))
  scrapes.set('batch', await scrapeUntil('batch', (text) => namesOf(text).has('tendance_hours_completeness_ratio')))
}, 120_000)

afterAll(async () => {
  stopping.abort()
  await open.disposeAsync()
}, 60_000)

describe('what workers tell', () => {
  it('is what they have done: each post once in Kafka, in the lake, in the live counts, in the batch', () => {
    const of = (worker: MeteredWorker, name: string, labels = {}) => sampleOf(scrapes.get(worker)!, name, labels)
    expect(of('ingest', 'tendance_ingest_posts_total')).toBe(posts)
    expect(of('ingest', 'tendance_ingest_confirm_duration_seconds_count')).toBeGreaterThan(0)
    expect(of('archive', 'tendance_consumer_messages_total')).toBe(posts)
    expect(of('archive', 'tendance_archive_records_total')).toBe(posts)
    expect(of('archive', 'tendance_archive_commit_duration_seconds_count')).toBe(
      of('archive', 'tendance_archive_commits_total'),
    )
    expect(of('archive', 'tendance_consumer_lag_records')).toBe(0)
    expect(of('speed', 'tendance_consumer_messages_total')).toBe(posts)
    // copies count once, and are told apart
    expect(of('batch', 'tendance_batch_records_total') + of('batch', 'tendance_batch_copies_total')).toBe(posts)
    expect(of('batch', 'tendance_batch_hours_total', { outcome: 'failed' })).toBe(0)
    expect(of('batch', 'tendance_hours_completeness_ratio', { of: 'computed' })).toBe(1)
    expect(of('batch', 'temporal_worker_start_total')).toBe(1)
    expect(of('web', 'tendance_web_request_duration_seconds_count', { kind: 'api', status: '2xx' })).toBe(1)
  })

  it.each(['archive', 'speed', 'batch', 'ingest', 'web'] as const)('says that %s is ready', async (worker) => {
    const answer = await fetch(`${endpoints.get(worker)}/readyz`)
    expect(await answer.json()).toMatchObject({ ready: true })
    expect(answer.status).toBe(200)
  })

  it('keeps to the conventions of Prometheus', () => {
    for (const text of scrapes.values()) {
      const counters = [...text.matchAll(/^# TYPE (tendance_\S+|temporal_\S+) counter$/gm)].map(([, name]) => name!)
      expect(counters.filter((name) => !name.endsWith('_total'))).toEqual([])
      const all = [...text.matchAll(/^# TYPE (tendance_\S+) /gm)].map(([, name]) => name!)
      expect(all.filter((name) => /_(ms|milliseconds|kb|mb|percent)(_|$)/.test(name))).toEqual([])
    }
  })
})

describe('the dashboard and the alert rules', () => {
  const file = (name: string) => readFile(new URL(`../../docs/grafana/${name}`, import.meta.url), 'utf8')
  const exported = () => new Set([...scrapes.values()].flatMap((text) => [...declaredIn(text)]))

  it('ask only for what is exported', async () => {
    const panels = expressionsOf(JSON.parse(await file('tendance.json'))).join('\n')
    const asked = [...metricsIn(panels), ...metricsIn(await file('alerts.yml'))]
    expect(asked.length).toBeGreaterThan(50)
    expect(asked.filter((name) => !exported().has(name))).toEqual([])
  })

  it('would not pass with a metric that nobody exports', () => {
    const asked = [...metricsIn('rate(tendance_archive_commits_total[5m]) / tendance_never_heard_of_total')]
    expect(asked.filter((name) => !exported().has(name))).toEqual(['tendance_never_heard_of_total'])
  })

  it('show everything that is ours', async () => {
    const shown = metricsIn(expressionsOf(JSON.parse(await file('tendance.json'))).join('\n'))
    const ours = [...scrapes.values()].flatMap((text) =>
      [...text.matchAll(/^# TYPE (tendance_\S+) /gm)].map(([, name]) => name!),
    )
    const isShown = (name: string) => shown.has(name) || shown.has(`${name}_bucket`)
    expect([...new Set(ours)].filter((name) => !isShown(name))).toEqual([])
  })
})

/** Declared metrics and their series, also those that have no value yet: dead letters by reason before there is one. */
function declaredIn(text: string): ReadonlySet<string> {
  const declared = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name!],
  )
  return new Set([...declared, ...namesOf(text)])
}
