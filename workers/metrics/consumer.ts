/**
 * Metrics of who reads a topic, archive and speed alike: messages, lag, partitions. It stands between kafka/consumer.ts and the
 * room's PartitionReader and counts a batch at a time, never a record.
 */
import { addCounter, type Metrics, readCounter, readGauge, refreshBeforeScrape } from '../../app/metrics.ts'
import { fetchOffsets } from '../../kafka/admin.ts'
import type { KafkaConnection } from '../../kafka/client.ts'
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
  /** The offset behind the last message that was taken. */
  next: number
  high: number
}

const CONDITION = 'partitions'

export function meterConsumer(metrics: Metrics, { connection, topic, group }: MeteredGroup): ConsumerMeter {
  const standings = new Map<number, Standing>()
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
    { name: 'tendance_consumer_missing_records_total', help: 'Offsets that Kafka had deleted before', labels: names },
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
      help: 'Messages that Kafka has and this worker has not taken, of its partitions',
      labels: [...names, 'partition'],
    },
    () => [...standings].map(([partition, { next, high }]) => [{ ...labels, partition }, Math.max(0, high - next)]),
  )
  // asked of Kafka, since a reader that is stuck gets no batch that would tell it
  refreshBeforeScrape(metrics, 'kafka', async () => {
    for (const [partition, { high }] of await fetchOffsets(connection, topic)) {
      const standing = standings.get(partition)
      if (standing) standing.high = high
    }
  })
  metrics.readiness.set(CONDITION, false, 'none is assigned yet')
  metrics.readiness.require('kafka', () => fetchOffsets(connection, topic))

  return {
    metered: (open) => (partition) => {
      const reader = open(partition)
      const standing: Standing = { next: 0, high: 0 }
      return {
        async start(committed, low) {
          const from = await reader.start(committed, low)
          standing.next = from ?? committed ?? low
          standings.set(partition, standing)
          return from
        },
        async take(batch) {
          const answer = await reader.take(batch)
          standing.next = batch.to
          standing.high = Math.max(standing.high, batch.highWatermark)
          totals.messages += batch.messages.length
          if (batch.missing) totals.missing += batch.missing.to - batch.missing.from
          return answer
        },
        tick: (atEnd) => reader.tick(atEnd),
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
