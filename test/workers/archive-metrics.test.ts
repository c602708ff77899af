/** What commits tell of themselves. */
import { expect, it } from 'vitest'
import { createMetrics, scrape } from '../../app/metrics.ts'
import { createKafka } from '../../kafka/client.ts'
import type { CommitEntry } from '../../lake/archive/commit-entry.ts'
import { silentLogger } from '../../model/log.ts'
import { type HourId, hourEnd, parseHour } from '../../model/time.ts'
import { meterArchive } from '../../workers/metrics/archive.ts'
import { sampleOf } from '../contract/exported-metrics.ts'
import { testConfig } from '../test-settings.ts'

const GRACE_MS = 120_000
const HOUR = parseHour('2026-11-16T07')

function meter(heldBytes = 0) {
  const metrics = createMetrics()
  const connection = createKafka(testConfig({ TENDANCE_KAFKA_BROKERS: '127.0.0.1:1' }), 'test', silentLogger, 0)
  const archive = meterArchive(metrics, {
    connection,
    deadLetterTopic: 'd',
    graceMs: GRACE_MS,
    heldBytes: () => heldBytes,
  })
  metrics.beforeScrape.length = 0
  return { archive, read: async (what: string) => sampleOf(await scrape(metrics), `tendance_archive_${what}`), metrics }
}

function entryOf(committedAt: number, files: readonly { hour: HourId; records: number; bytes: number }[]): CommitEntry {
  const records = files.reduce((sum, file) => sum + file.records, 0)
  return { committedAt, records, rejected: 2, files } as unknown as CommitEntry
}

it('adds up what was committed, once a commit', async () => {
  const { archive, read } = meter(4_096)
  archive.committed(entryOf(hourEnd(HOUR) - 1, [{ hour: HOUR, records: 10, bytes: 500 }]), 250)
  archive.committed(
    entryOf(hourEnd(HOUR), [
      { hour: HOUR, records: 3, bytes: 100 },
      { hour: parseHour('2026-11-16T08'), records: 4, bytes: 200 },
    ]),
    750,
  )
  expect(await read('commits_total')).toBe(2)
  expect(await read('records_total')).toBe(17)
  expect(await read('rejected_total')).toBe(4)
  expect(await read('files_total')).toBe(3)
  expect(await read('written_bytes_total')).toBe(800)
  expect(await read('commit_duration_seconds_sum')).toBe(1)
  expect(await read('buffered_bytes')).toBe(4_096)
  expect(await read('last_commit_timestamp_seconds')).toBe(hourEnd(HOUR) / 1_000)
})

it('calls late what is committed after the end of its hour and the grace, and not a moment before', async () => {
  const { archive, read } = meter()
  const files = [{ hour: HOUR, records: 5, bytes: 1 }]
  archive.committed(entryOf(hourEnd(HOUR) + GRACE_MS, files), 1)
  expect(await read('late_records_total')).toBe(0)
  archive.committed(entryOf(hourEnd(HOUR) + GRACE_MS + 1, files), 1)
  expect(await read('late_records_total')).toBe(5)
})

it('knows no last commit before there is one', async () => {
  const { metrics } = meter()
  expect(await scrape(metrics)).not.toMatch(/^tendance_archive_last_commit_timestamp_seconds/m)
})
