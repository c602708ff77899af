/** Metrics of the ingest worker: its own progress (ingest/counters.ts), read when somebody scrapes, and the times of its ports. */
import { addDuration, type MetricName, type Metrics, readCounter, readGauge, type Sample } from '../../app/metrics.ts'
import type { IngestProgress } from '../../ingest/counters.ts'
import type { PositionStore } from '../../ingest/positions.ts'
import type { SafeProducer } from '../../kafka/producer.ts'
import type { Logger } from '../../model/log.ts'
import type { Clock } from '../../model/time.ts'

export interface IngestMeter {
  progressed(progress: IngestProgress): void
  /** Times what is sent. */
  timed(producer: SafeProducer): SafeProducer
  /** Notes when positions are saved. */
  noted(positions: PositionStore): PositionStore
}

/** What is confirmed and saved is logged too (debug): which position of the source stands behind which offsets. */
export function meterIngest(metrics: Metrics, source: string, clock: Clock, logger: Logger): IngestMeter {
  let progress: IngestProgress | undefined
  let savedAt: number | undefined
  const counter = (what: string, help: string, read: (of: IngestProgress) => Iterable<Sample>, labels: string[] = []) =>
    readCounter(metrics, nameOf(what, help, labels), () => (progress ? read(progress) : []))
  const one = (value: number): Sample[] => [[{ source }, value]]
  const each = (label: string, counts: Readonly<Record<string, number | undefined>>): Sample[] =>
    Object.entries(counts).map(([key, count]) => [{ source, [label]: key }, count ?? 0])

  counter('records_total', 'Lines or posts taken from the source', ({ records }) => one(records))
  counter('read_bytes_total', 'Bytes taken from the source', ({ bytes }) => one(bytes))
  counter('posts_total', 'Posts that the brokers have confirmed', ({ posts }) => one(posts))
  counter('notices_total', 'Notices of the stream, which are no posts', ({ notices }) => each('kind', notices), [
    'kind',
  ])
  const reason = 'by the beginning of the reason'
  counter('dead_letters_total', `Records that could not be understood, ${reason}`, (of) => each('reason', of.reasons), [
    'reason',
  ])
  readGauge(metrics, nameOf('unconfirmed_posts', 'Posts on their way'), () => (progress ? one(progress.sending) : []))
  readGauge(
    metrics,
    nameOf('position_saved_timestamp_seconds', 'When the position of the source was last saved'),
    () => (savedAt === undefined ? [] : one(savedAt / 1_000)),
  )
  const confirming = addDuration(
    metrics,
    nameOf('confirm_duration_seconds', 'From handing a batch to the producer until the brokers have all of it'),
  )

  return {
    progressed(now) {
      progress = now
    },
    timed: (producer) => ({
      async send(batches) {
        const end = confirming.startTimer({ source })
        const confirmed = await producer.send(batches)
        end()
        logger.debug({ source, confirmed }, 'confirmed')
        return confirmed
      },
      room: () => producer.room(),
      get pendingBytes() {
        return producer.pendingBytes
      },
      close: () => producer.close(),
      [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose](),
    }),
    noted: (positions) => ({
      load: (of) => positions.load(of),
      async save(of, position) {
        await positions.save(of, position)
        savedAt = clock()
        logger.debug({ source, position }, 'position saved: everything before it is confirmed')
      },
    }),
  }
}

function nameOf(what: string, help: string, labels: readonly string[] = []): MetricName {
  return { name: `tendance_ingest_${what}`, help, labels: ['source', ...labels] }
}
