/** One record followed on real services: in the lake with a copy, counted, waiting in Kafka, a dead letter, nowhere. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { recordAt, type Trace, traceRecord } from '../../cli/trace.ts'
import { silentLogger } from '../../model/log.ts'
import { HOUR_MS, hourOf, hourStartOf, nextHour } from '../../model/time.ts'
import { connectClient } from '../../temporal/connection.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { runBatchWorker } from '../../workers/batch.ts'
import { runIngestWorker } from '../../workers/ingest.ts'
import { isolatedConfig, uniqueName } from '../services.ts'

const AT = hourStartOf(Date.now()) - 2 * HOUR_MS
const HOUR = hourOf(AT)
const stopping = new AbortController()
const open = new AsyncDisposableStack()
let folder: string
let config: Config

function lineOf(id: string, text: string, more = {}): string {
  return JSON.stringify({ id, created_at: AT + 1_000, text, author: { id: 'a:1', handle: 'anna' }, ...more })
}

async function ingest(name: string, lines: readonly string[]): Promise<void> {
  const path = join(folder, name)
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
  const source = { kind: 'file', options: { path, once: true } } as const
  await runIngestWorker({ config, source, logger: silentLogger, signal: stopping.signal })
}

function trace(id: string, hours = [HOUR]): Promise<Trace> {
  return traceRecord(config, { id, hours, onStep: () => {} }, stopping.signal)
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trace-'))
  config = isolatedConfig(undefined, {
    TENDANCE_KAFKA_PARTITIONS: '2',
    TENDANCE_LAKE_COMMIT_AGE_MS: '200',
    TENDANCE_INGEST_STATE_DIR: join(folder, 'state'),
  })
  await ingest('first.jsonl', [
    ...Array.from({ length: 20 }, (_, i) => lineOf(`t:${i}`, `number ${i} of #many`)),
    lineOf('t:7', 'number 7 of #many'),
    lineOf('t:bad', 'no time', { created_at: 'never' }),
  ])
  const archiving = new AbortController()
  const committed = Promise.withResolvers<void>()
  let records = 0
  const archived = runArchiveWorker({
    config,
    logger: silentLogger,
    signal: archiving.signal,
    onCommit(entry) {
      records += entry.records
      if (records === 21) committed.resolve()
    },
  })
  await Promise.race([committed.promise, archived])
  const polling = Promise.withResolvers<void>()
  const base = { config, logger: silentLogger, signal: stopping.signal }
  const batch = runBatchWorker({ ...base, concurrency: 2, onReady: () => polling.resolve() })
  open.defer(() => batch)
  await Promise.race([polling.promise, batch])
  await using temporal = await connectClient(config.temporal, { patienceMs: 10_000 })
  const { taskQueue } = config.temporal
  await temporal.client.workflow.execute('hourly', { taskQueue, workflowId: uniqueName('hourly'), args: [] })
  archiving.abort()
  await archived
  await ingest('second.jsonl', [lineOf('t:late', 'too late for the archive')])
}, 120_000)

afterAll(async () => {
  stopping.abort()
  await open.disposeAsync()
}, 60_000)

it('finds a record that came twice: both offsets, their commits and file, and the view that counts it', async () => {
  const found = await trace('t:7')
  const [hour] = found.hours
  expect(hour?.records).toHaveLength(2)
  const [first, copy] = hour!.records
  for (const one of [first!, copy!]) {
    expect(one).toMatchObject({ partition: found.partition, quarantined: false, record: { id: 't:7' } })
    expect(await recordAt(config, { partition: one.partition, offset: one.offset! }, stopping.signal)).toEqual({
      id: 't:7',
      hour: HOUR,
    })
    expect(one.commit?.path).toContain(`/commits/${one.partition}/`)
  }
  expect(first!.offset).not.toBe(copy!.offset)
  // a copy counts once: twenty posts have the term, not twenty-one
  expect(hour!.views).toMatchObject([
    { state: 'live', extractor: 'hashtags@2', current: true, terms: [{ key: 'many', count: 20 }] },
  ])
  expect(found.waiting).toEqual([])
})

it('finds a record that is in Kafka and not in the lake', async () => {
  const found = await trace('t:late')
  expect(found.hours[0]?.records).toEqual([])
  expect(found.waiting).toMatchObject([{ partition: found.partition, key: 't:late' }])
})

it('finds what became a dead letter, with where it stood in its source', async () => {
  const { deadLetters, hours } = await trace('t:bad')
  expect(hours[0]?.records).toEqual([])
  expect(deadLetters).toHaveLength(1)
  expect(deadLetters[0]?.source).toContain('first.jsonl')
  expect(deadLetters[0]?.reason).toContain('created_at')
})

it('finds nothing of a record that never was, nor in an hour that is not its own', async () => {
  const nowhere = { waiting: [], deadLetters: [] }
  const never = await trace('t:neverwas')
  expect(never).toMatchObject({ ...nowhere, hours: [{ records: [], files: 1 }] })
  expect(await trace('t:7', [nextHour(HOUR)])).toMatchObject({ hours: [{ records: [], files: 0 }] })
})

it('says where to look when Kafka has nothing at an offset', async () => {
  await expect(recordAt(config, { partition: 0, offset: 999_999 }, stopping.signal)).rejects.toThrow(/dead letter/)
})
