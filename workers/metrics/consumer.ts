/**
 * Metrics of who reads a topic, archive and speed alike: messages, lag, partitions. It stands between kafka/consumer.ts and the
 * room's PartitionReader and counts a batch at a time, never a record.
 */
import { addCounter, type Metrics, readCounter, readGauge, refreshBeforeScrape } from '../../app/metrics.ts'
import { fetchOffsets } from '../../kafka/admin.ts'
import type { KafkaConnection } from '../../kafka/client.ts'
import { Backlog } from '../../model/backlog.ts'
import { isAppError, messageOf } from '../../model/errors.ts'
import type { PartitionReader } from '../../model/messages.ts'

export interface MeteredGroup {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly group: string
}

export interface ConsumerMeter {
  /** Counts what the readers take. */
  metered(open: (partition: number) => PartitionReader): (partition: number) => PartitionReader
  assigned(partitions: readonly number[]): void
  /** It leaves the group because of this error, and joins it again. */
  rejoins(error: unknown): void
}

interface Standing {
  readonly reader: PartitionReader
  readonly backlog: Backlog
  /** The offset behind the last message that was taken. */
  next: number
  high: number
  /** The brokers have just said that nothing is behind what was taken. */
  atEnd: boolean
}

/** What is in Kafka and not yet where it is to go. */
interface Lag {
  readonly records: number
  /** Since when this worker knows of the oldest of them, ms. */
  readonly ageMs: number
}

/**
 * Offsets that hold no record (marks of transactions) may stand before the end of a partition for ever: who is told that it is at the
 * end, and has stored what it took, lacks nothing.
 */
function lagOf({ reader, backlog, next, high, atEnd }: Standing, now: number): Lag {
  const stored = reader.stored ?? next
  if (stored >= high || (atEnd && stored >= next)) return { records: 0, ageMs: 0 }
  return { records: high - stored, ageMs: now - (backlog.since(stored) ?? now) }
}

const CONDITION = 'partitions'

export function meterConsumer(metrics: Metrics, { connection, topic, group }: MeteredGroup): ConsumerMeter {
  const standings = new Map<number, Standing>()
  // kept when the worker leaves its group and joins it again: what waits goes on waiting
  const backlogs = new Map<number, Backlog>()
  const saw = (standing: Standing, high: number) => {
    standing.high = Math.max(standing.high, high)
    standing.backlog.saw(standing.high, performance.now())
  }
  const labels = { group, topic }
  const names = Object.keys(labels)
  const totals = { messages: 0, missing: 0 }

  readCounter(
    metrics,
    { name: 'tendance_consumer_messages_total', help: 'Messages taken, those read again included', labels: names },
    () => [[labels, totals.messages]],
  )
  readCounter(
    metrics,
    {
      name: 'tendance_consumer_missing_records_total',
      help: 'Offsets that Kafka had deleted before: at most so many records',
      labels: names,
    },
    () => [[labels, totals.missing]],
  )
  const rejoins = addCounter(metrics, {
    name: 'tendance_consumer_rejoins_total',
    help: 'Times the worker left the group and joined it again, by the code of the error; fenced: another worker had committed',
    labels: [...names, 'reason'],
  })
  rejoins.inc({ ...labels, reason: 'fenced' }, 0)
  readGauge(
    metrics,
    { name: 'tendance_consumer_partitions', help: 'Partitions that are being read by this worker', labels: names },
    () => [[labels, standings.size]],
  )
  readGauge(
    metrics,
    {
      name: 'tendance_consumer_lag_records',
      help: 'At most so many records does Kafka have that are not stored yet (archive: in the lake, speed: in the views), of its partitions',
      labels: [...names, 'partition'],
    },
    () =>
      [...standings].map(([partition, standing]) => [
        { ...labels, partition },
        lagOf(standing, performance.now()).records,
      ]),
  )
  readGauge(
    metrics,
    {
      name: 'tendance_consumer_lag_seconds',
      help: 'For how long the oldest record that is not stored yet has been in Kafka, as far as this worker knows; 0: all are stored',
      labels: [...names, 'partition'],
    },
    () =>
      [...standings].map(([partition, standing]) => [
        { ...labels, partition },
        lagOf(standing, performance.now()).ageMs / 1_000,
      ]),
  )
  // asked of Kafka, since a reader that is stuck gets no batch that would tell it
  refreshBeforeScrape(metrics, 'kafka', async () => {
    for (const [partition, { high }] of await fetchOffsets(connection, topic)) {
      const standing = standings.get(partition)
      if (standing) saw(standing, high)
    }
  })
  metrics.readiness.require('records', async () => wordsOf([...standings.values()]))
  metrics.readiness.set(CONDITION, false, 'none is assigned yet')
  metrics.readiness.require('kafka', () => fetchOffsets(connection, topic))

  return {
    metered: (open) => (partition) => {
      const reader = open(partition)
      const backlog = backlogs.get(partition) ?? new Backlog()
      backlogs.set(partition, backlog)
      const standing: Standing = { reader, backlog, next: 0, high: 0, atEnd: false }
      return {
        get stored() {
          return reader.stored
        },
        async start(committed, low) {
          // before it begins, since a reader whose store is away may never come to its beginning
          standing.next = committed ?? low
          standings.set(partition, standing)
          const from = await reader.start(committed, low)
          standing.next = from ?? committed ?? low
          return from
        },
        async take(batch) {
          saw(standing, batch.highWatermark)
          standing.atEnd = false
          const answer = await reader.take(batch)
          standing.next = batch.to
          totals.messages += batch.messages.length
          if (batch.missing) totals.missing += batch.missing.to - batch.missing.from
          return answer
        },
        tick(atEnd, blocked) {
          standing.atEnd = atEnd
          return reader.tick(atEnd, blocked)
        },
        close(reason) {
          if (standings.get(partition) === standing) standings.delete(partition)
          return reader.close(reason)
        },
      }
    },
    assigned(partitions) {
      const says = partitions.length === 0 ? 'none: others have them, this worker is a spare' : partitions.join(', ')
      metrics.readiness.set(CONDITION, true, says)
    },
    rejoins(error) {
      rejoins.inc({ ...labels, reason: isAppError(error) ? error.code : 'internal' })
      metrics.readiness.set(CONDITION, false, `joining the group again: ${messageOf(error)}`)
    },
  }
}

/** `1,234 not stored yet, the oldest for 45 s` */
function wordsOf(standings: readonly Standing[]): string {
  const now = performance.now()
  const lags = standings.map((standing) => lagOf(standing, now))
  const records = lags.reduce((sum, lag) => sum + lag.records, 0)
  if (records === 0) return 'all stored'
  const oldestMs = Math.max(...lags.map(({ ageMs }) => ageMs))
  return `${records.toLocaleString('en-GB')} not stored yet, the oldest for ${Math.round(oldestMs / 1_000)} s`
}
