/** What activities answer is counted, and what they throw is thrown on. */
import { expect, it } from 'vitest'
import type { Activities } from '../../activities/index.ts'
import { createMetrics, scrape } from '../../app/metrics.ts'
import { parseHour } from '../../model/time.ts'
import { NOTHING_DONE } from '../../model/work.ts'
import { meterActivities } from '../../workers/metrics/batch.ts'
import { sampleOf } from '../contract/exported-metrics.ts'

const HOUR = parseHour('2026-11-16T07')
const stretch = { stream: 'posts', target: 'live', from: HOUR, until: HOUR, except: [] } as const

function meter(activities: Partial<Activities>) {
  const metrics = createMetrics()
  const metered = meterActivities(metrics, activities as Activities)
  const read = async (what: string, labels = {}) => sampleOf(await scrape(metrics), `tendance_batch_${what}`, labels)
  return { metered, read }
}

it('adds up the work of stretches', async () => {
  const failed = [{ hour: HOUR, code: 'corrupt', message: 'broken', attempts: 1 }]
  const done = { ...NOTHING_DONE, hours: 3, current: 2, records: 100, copies: 5, bytes: 1_000, amended: 1, failed }
  const { metered, read } = meter({ computeStretch: async () => done })
  expect(await metered.computeStretch(stretch)).toBe(done)
  await metered.computeStretch(stretch)
  expect(await read('hours_total', { outcome: 'computed' })).toBe(6)
  expect(await read('hours_total', { outcome: 'current' })).toBe(4)
  expect(await read('hours_total', { outcome: 'failed' })).toBe(2)
  expect(await read('records_total')).toBe(200)
  expect(await read('copies_total')).toBe(10)
  expect(await read('amended_hours_total')).toBe(2)
  expect(await read('activity_duration_seconds_count', { activity: 'computeStretch', outcome: 'done' })).toBe(2)
})

it('lets a failure pass as it is, and counts nothing of it but itself', async () => {
  const failure = new Error('no HDFS')
  const { metered, read } = meter({ computeStretch: () => Promise.reject(failure) })
  await expect(metered.computeStretch(stretch)).rejects.toBe(failure)
  expect(await read('records_total')).toBe(0)
  expect(await read('activity_duration_seconds_count', { activity: 'computeStretch', outcome: 'failed' })).toBe(1)
})

it('tells whether the archive was behind when hours were sealed last', async () => {
  let behind: string | null = 'partition 2 lacks 5 records'
  const { metered, read } = meter({ sealHours: async () => ({ sealed: 4, waiting: 1, behind }) })
  await metered.sealHours({ stream: 'posts' })
  expect(await read('sealing_behind')).toBe(1)
  behind = null
  await metered.sealHours({ stream: 'posts' })
  expect(await read('sealing_behind')).toBe(0)
  expect(await read('sealed_hours_total')).toBe(8)
})

it('does not count what a dry run would delete', async () => {
  const cleaned = {
    dryRun: true,
    speedDocuments: 7,
    speedHours: 1,
    temporaryFiles: 2,
    tallyFiles: 3,
    bytes: 10,
    editions: [],
    listed: [],
  }
  const { metered, read } = meter({ cleanSpeed: async ({ dryRun }) => ({ ...cleaned, dryRun }) })
  await metered.cleanSpeed({ stream: 'posts', dryRun: true })
  expect(await read('deleted_total')).toBe(0)
  await metered.cleanSpeed({ stream: 'posts', dryRun: false })
  expect(await read('deleted_total', { what: 'speed documents' })).toBe(7)
})
