/** The ingest worker: wires a source to Kafka and runs until it ends or is stopped. */
import { setTimeout as sleep } from 'node:timers/promises'
import { abortLater } from '../app/abort-later.ts'
import type { Config } from '../app/config.ts'
import { createMetrics, type Metrics } from '../app/metrics.ts'
import { showWaits } from '../app/waiting-metrics.ts'
import type { IngestProgress } from '../ingest/counters.ts'
import { ingest } from '../ingest/pipeline.ts'
import { createFilePositions } from '../ingest/positions.ts'
import type { Source } from '../ingest/source.ts'
import { createSource, type SourceSpec } from '../ingest/sources/index.ts'
import { ensureTopic, fetchOffsets } from '../kafka/admin.ts'
import { createKafka } from '../kafka/client.ts'
import { followPartitionCount } from '../kafka/partition-count.ts'
import { createSafeProducer } from '../kafka/producer.ts'
import { publishSchema } from '../kafka/schemas-topic.ts'
import { openTopicIds } from '../kafka/topic-id.ts'
import type { Logger } from '../model/log.ts'
import { createPostEncoder } from '../model/streams/encode-post.ts'
import { singleObjectHeader } from '../model/streams/fingerprint.ts'
import { streams } from '../model/streams/index.ts'
import { deadLetterTopicOf, schemasTopicOf, topicOf } from '../model/streams/stream.ts'
import type { Views } from '../views/views.ts'
import { startClockWatch } from './clock-watch.ts'
import { meterIngest } from './metrics/ingest.ts'
import { checkTopicSettings } from './metrics/topic-settings.ts'
import { reportSource } from './source-reports.ts'

export interface IngestWorkerOptions {
  readonly config: Pick<Config, 'clocks' | 'kafka' | 'ingest' | 'mongo'>
  /** What the command line says, or a source that was made already. */
  readonly source: SourceSpec | Source
  /** Begin anew, whatever position was saved. */
  readonly again?: boolean
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly metrics?: Metrics
  readonly onProgress?: (progress: IngestProgress) => void
}

/**
 * Resolves when the source has ended or `signal` was aborted, and all that was taken is confirmed.
 * @throws AppError `unavailable` when Kafka does not answer at the start; later it waits for Kafka as long as it takes
 */
export async function runIngestWorker(options: IngestWorkerOptions): Promise<IngestProgress> {
  const { config, logger, signal, metrics = createMetrics() } = options
  const source = 'open' in options.source ? options.source : await createSource(options.source, { logger })
  const { waits } = metrics
  using _shown = showWaits(metrics, logger)
  const connection = createKafka(config, 'tendance-ingest', logger, undefined, waits)
  const topic = topicOf(config.kafka.topicPrefix, 'posts')
  const deadLetterTopic = deadLetterTopicOf(config.kafka.topicPrefix, 'posts')
  const first = await ensureTopic(connection, topic, config.kafka)
  await checkTopicSettings(metrics, connection, topic, logger)
  // few and looked at by people: one partition keeps them in order
  await ensureTopic(connection, deadLetterTopic, { ...config.kafka, partitions: 1 })
  using stopping = abortLater(signal, STOP_MS)
  await using producer = await createSafeProducer({ connection, topic, signal: stopping.signal })
  await using deadLetters = await createSafeProducer({ connection, topic: deadLetterTopic, signal: stopping.signal })
  // before the first message: a reader of another release finds there what it does not know
  const schemasTopic = schemasTopicOf(config.kafka.topicPrefix, 'posts')
  await publishSchema(connection, schemasTopic, streams.posts.schema, config.kafka)
  await using ids = openTopicIds(connection, topic)
  await using partitions = followPartitionCount({ ids, topic, first, logger })
  logger.info({ source: source.name, topic, partitions: first }, 'ingest started')
  const meter = meterIngest(metrics, source.name, Date.now, logger)
  metrics.readiness.require('kafka', () => fetchOffsets(connection, topic))
  let views: Pick<Views, 'time'> | undefined
  using clocks = startClockWatch({
    clock: Date.now,
    skewMaxMs: config.clocks.skewMaxMs,
    metrics,
    logger,
    sources: () => ({ mongo: async () => (await views?.time()) ?? null }),
  })
  const compared = Promise.withResolvers<void>()
  const onViews = (opened: Pick<Views, 'time'>) => {
    views = opened
    void clocks.ask().then(compared.resolve)
  }
  const standing = reportSource({ config, source: source.name, logger, onViews })
  // A file is read in less than it takes to ask: a machine that is behind would refuse the posts of now.
  await Promise.race([compared.promise, sleep(COMPARE_MS, undefined, { signal }).catch(() => {})])
  try {
    const summary = await ingest({
      source,
      producer: meter.timed(producer),
      // asked for each batch
      get partitions() {
        return partitions.now
      },
      deadLetters,
      encoder: createPostEncoder(singleObjectHeader(streams.posts.schema)),
      positions: standing.noted(meter.noted(createFilePositions(config.ingest.stateDir))),
      clock: Date.now,
      latestClock: clocks.latest,
      futureMaxMs: config.ingest.futureMaxMs,
      logger,
      signal,
      ...(options.again === undefined ? {} : { again: options.again }),
      onProgress(progress) {
        meter.progressed(progress)
        standing.progressed(progress)
        options.onProgress?.(progress)
      },
    })
    standing.ended(signal.aborted ? 'stopped' : 'ended')
    logger.info({ source: source.name, ...summary }, signal.aborted ? 'ingest stopped' : 'source ended')
    return summary
  } catch (error) {
    standing.ended('failed')
    throw error
  } finally {
    await standing.finish()
  }
}

/** What is on its way when the worker is asked to stop has this long to be confirmed. */
const STOP_MS = 10_000
/** How long the beginning waits, once, for MongoDB to say what time it is; without it the machine's clock is believed. */
const COMPARE_MS = 1_000
