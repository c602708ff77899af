/** Metrics of the archive worker: what its commits say, once a commit. */
import { addCounter, addDuration, type Metrics, readGauge, refreshBeforeScrape } from '../../app/metrics.ts'
import { fetchOffsets } from '../../kafka/admin.ts'
import type { KafkaConnection } from '../../kafka/client.ts'
import type { CommitEntry } from '../../lake/archive/commit-entry.ts'
import { hourEnd } from '../../model/time.ts'

export interface ArchiveMeterOptions {
  readonly connection: KafkaConnection
  readonly deadLetterTopic: string
  readonly graceMs: number
  /** Memory in use for what is not committed. */
  readonly heldBytes: () => number
}

export interface ArchiveMeter {
  committed(entry: CommitEntry, ms: number): void
}

export function meterArchive(metrics: Metrics, options: ArchiveMeterOptions): ArchiveMeter {
  const counter = (what: string, help: string) => addCounter(metrics, { name: `tendance_archive_${what}_total`, help })
  const commits = counter('commits', 'Commits made')
  const records = counter('records', 'Records in commits')
  const rejected = counter('rejected', 'Messages that are no records: dead letters')
  const late = counter('late_records', 'Records committed after the end of their hour and the grace')
  const files = counter('files', 'Record files written')
  const bytes = counter('written_bytes', 'Compressed bytes of record files')
  const duration = addDuration(metrics, {
    name: 'tendance_archive_commit_duration_seconds',
    help: 'From the decision to commit until its files are in place',
  })
  let committedAt: number | undefined
  readGauge(
    metrics,
    { name: 'tendance_archive_last_commit_timestamp_seconds', help: 'When the last commit was made' },
    () => (committedAt === undefined ? [] : [[{}, committedAt / 1_000]]),
  )
  readGauge(
    metrics,
    { name: 'tendance_archive_buffered_bytes', help: 'Memory in use for what is not committed' },
    () => [[{}, options.heldBytes()]],
  )
  let letters: number | undefined
  readGauge(metrics, { name: 'tendance_dead_letters', help: 'Messages in the dead-letter topic' }, () =>
    letters === undefined ? [] : [[{}, letters]],
  )
  refreshBeforeScrape(metrics, 'dead letters', async () => {
    const offsets = await fetchOffsets(options.connection, options.deadLetterTopic)
    letters = [...offsets.values()].reduce((sum, { low, high }) => sum + high - low, 0)
  })

  return {
    committed(entry, ms) {
      committedAt = entry.committedAt
      commits.inc()
      records.inc(entry.records)
      rejected.inc(entry.rejected)
      duration.observe(ms / 1_000)
      files.inc(entry.files.length)
      for (const file of entry.files) {
        bytes.inc(file.bytes)
        if (entry.committedAt > hourEnd(file.hour) + options.graceMs) late.inc(file.records)
      }
    },
  }
}
