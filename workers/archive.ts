/**
 * The archive worker: Kafka → HDFS, each record exactly once. Several share the partitions of the topic.
 *
 * A worker that is fenced (another had its partition, and committed first) joins the group again and begins where the lake
 * ends; one that Kafka or HDFS cannot serve for now waits. What it cannot repair ends it.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { abortLater } from '../app/abort-later.ts'
import type { Config } from '../app/config.ts'
import { createMetrics, type Metrics } from '../app/metrics.ts'
import { showWaits } from '../app/waiting-metrics.ts'
import { deadLetter } from '../ingest/dead-letter.ts'
import { ensureTopic } from '../kafka/admin.ts'
import { createKafka } from '../kafka/client.ts'
import { readPartitions } from '../kafka/consumer.ts'
import { createSafeProducer } from '../kafka/producer.ts'
import { openTopicIds } from '../kafka/topic-id.ts'
import { watchTopic } from '../kafka/topic-watch.ts'
import { type ArchiveOptions, createArchive } from '../lake/archive/archive.ts'
import type { CommitEntry } from '../lake/archive/commit-entry.ts'
import type { FileStore } from '../lake/file-store.ts'
import { readGenerations } from '../lake/generations.ts'
import { layoutAt } from '../lake/layout.ts'
import { openStore } from '../lake/open-store.ts'
import { createLakeProbe } from '../lake/probe.ts'
import { keepSchema } from '../lake/schemas.ts'
import { isAppError, messageOf } from '../model/errors.ts'
import { CLOCKS_DIFFER_MS } from '../model/event-time.ts'
import type { Logger } from '../model/log.ts'
import { eventTimeIn } from '../model/streams/event-time-in.ts'
import { streams } from '../model/streams/index.ts'
import { type AvroSchema, deadLetterTopicOf, type StreamName, topicOf } from '../model/streams/stream.ts'
import { startClockWatch, type WorkerClocks } from './clock-watch.ts'
import { meterArchive } from './metrics/archive.ts'
import { meterConsumer } from './metrics/consumer.ts'
import { checkTopicSettings } from './metrics/topic-settings.ts'
import { openSchemaBook, withSchemas } from './schema-book.ts'
import { awaitGeneration } from './topic-generation.ts'

export interface ArchiveWorkerOptions {
  readonly config: Pick<Config, 'clocks' | 'ingest' | 'kafka' | 'lake'>
  readonly logger: Logger
  /** Ends it: what is buffered is committed, then it resolves. */
  readonly signal: AbortSignal
  readonly metrics?: Metrics
  readonly stream?: StreamName
  /** Another schema of the stream than this release's: tests of upgrades run the workers of two releases with it. */
  readonly schema?: AvroSchema
  /** Called after each commit. */
  readonly onCommit?: (entry: CommitEntry) => void
  /** Called when the group has given this worker its partitions. */
  readonly onAssigned?: (partitions: readonly number[]) => void
  /** Another store than the configuration's: the tests of faults wrap one that kills at a step. */
  readonly store?: FileStore
}

/** What is buffered when the worker is asked to stop has this long to be committed. */
const STOP_MS = 20_000
const REJOIN_MS = 1_000
const TICK_MS_MAX = 1_000
/** How much one fetch brings from a partition: large, since every fetch is a round trip. */
const FETCH_BYTES = 4 * 1024 * 1024

/** @throws AppError `unavailable` when Kafka or HDFS does not answer at the start, `conflict`, `corrupt` and `denied` at any time */
export async function runArchiveWorker(options: ArchiveWorkerOptions): Promise<void> {
  const { config, logger, signal, metrics = createMetrics(), stream = 'posts' } = options
  const topic = topicOf(config.kafka.topicPrefix, stream)
  const deadLetterTopic = deadLetterTopicOf(config.kafka.topicPrefix, stream)
  const { waits } = metrics
  using _shown = showWaits(metrics, logger)
  const connection = createKafka(config, 'tendance-archive', logger, undefined, waits)
  using givingUp = abortLater(signal, STOP_MS)
  await using stack = new AsyncDisposableStack()
  const clocks: WorkerClocks = stack.use(
    startClockWatch({
      clock: Date.now,
      skewMaxMs: config.clocks.skewMaxMs,
      metrics,
      logger,
      sources: () => ({ lake: () => store.stat(config.lake.root) }),
    }),
  )
  const store: FileStore = options.store ?? stack.use(openStore(config.lake, { logger, onDate: clocks.onDate, waits }))
  const place = { store, layout: layoutAt(config.lake.root) }
  // a topic that was archived and is gone is not ours to make again: it would begin at offset 0
  if ((await readGenerations(place, stream)).length === 0) await ensureTopic(connection, topic, config.kafka)
  await ensureTopic(connection, deadLetterTopic, { ...config.kafka, partitions: 1 })
  await checkTopicSettings(metrics, connection, topic, logger)
  const ids = stack.use(openTopicIds(connection, topic))
  const deadLetters = stack.use(
    await createSafeProducer({ connection, topic: deadLetterTopic, signal: givingUp.signal }),
  )

  const reject: ArchiveOptions['reject'] = async ({ offset, value }, partition, reason) => {
    logger.warn({ topic, partition, offset, reason }, 'a message that is no record goes to the dead letters')
    const position = { topic, partition, offset }
    const letter = deadLetter({ source: 'archive', position, reason: new Error(reason), at: Date.now(), raw: value })
    await deadLetters.send([{ partition: 0, messages: [letter] }])
  }

  const streamOf = { ...streams[stream], ...(options.schema ? { schema: options.schema } : {}) }
  const schemas = openSchemaBook({
    config,
    kafka: connection,
    stream: streamOf,
    place,
    logger,
    signal: givingUp.signal,
    onFound: (schema) => keepSchema(place, stream, schema, `schema-${randomBytes(8).toString('hex')}`),
  })
  const groupId = `${config.kafka.groupPrefix}archive`
  const consumer = meterConsumer(metrics, { connection, topic, group: groupId })
  const probe = stack.use(createLakeProbe({ settings: config.lake, layout: place.layout, stream, writer: newWriter() }))
  metrics.readiness.require('lake', () => probe.ask())
  let heldBytes = () => 0
  const { graceMs } = config.lake
  const meter = meterArchive(metrics, { connection, deadLetterTopic, graceMs, heldBytes: () => heldBytes() })

  while (!signal.aborted) {
    // a new name each time: what an earlier self may still have under way is another's
    const writer = newWriter()
    try {
      await keepSchema(place, stream, streamOf.schema, `${writer}/schema-own`)
      const where = { place, stream, topic, ids, writer, clock: Date.now, logger }
      const entry = await awaitGeneration(where, signal)
      if (!entry) return
      await using watch = watchTopic({ ids, entry, logger })
      const archive = createArchive({
        ...place,
        stream: streamOf,
        schemas,
        topic,
        topicId: entry.topicId,
        writer,
        clock: Date.now,
        futureMaxMs: config.ingest.futureMaxMs + CLOCKS_DIFFER_MS,
        latestClock: clocks.latest,
        logger,
        commitBytes: config.lake.commitBytes,
        commitAgeMs: config.lake.commitAgeMs,
        blockBytes: config.lake.blockBytes,
        reject,
        signal: givingUp.signal,
        onCommit(entry, ms) {
          meter.committed(entry, ms)
          options.onCommit?.(entry)
        },
      })
      heldBytes = () => archive.heldBytes
      await readPartitions(connection, {
        groupId,
        topic,
        topicId: entry.topicId,
        eventTimeOf: eventTimeIn[stream],
        open: consumer.metered(watch.readers(withSchemas(schemas, archive.open))),
        tickMs: Math.min(TICK_MS_MAX, Math.max(10, config.lake.commitAgeMs / 4)),
        bytesMaxPerPartition: FETCH_BYTES,
        logger,
        signal: AbortSignal.any([signal, watch.changed]),
        onAssigned(partitions) {
          consumer.assigned(partitions)
          options.onAssigned?.(partitions)
        },
      })
    } catch (error) {
      const again = isAppError(error, 'fenced') || (isAppError(error) && error.retry === 'later')
      if (!again) throw error
      logger.warn({ writer, reason: messageOf(error) }, 'joining the group again')
      consumer.rejoins(error)
      await sleep(REJOIN_MS, undefined, { signal }).catch(() => {})
    }
  }
}

/** A name that no other process and no earlier self has. */
function newWriter(): string {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9_.-]/g, '-')
    .slice(0, 60)
  return `${host}-${process.pid}-${randomBytes(6).toString('hex')}`
}
