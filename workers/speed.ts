/**
 * The speed worker: counts a stream live and keeps the views up to date. Several share the partitions of the topic.
 *
 * It counts what the live edition counts; when another edition becomes live, it joins the group again with the new
 * extractors, and they begin with the slots that are open.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../app/config.ts'
import { createMetrics, type Metrics } from '../app/metrics.ts'
import { showWaits } from '../app/waiting-metrics.ts'
import { ensureTopic, fetchOffsetsAt } from '../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../kafka/client.ts'
import { readPartitions } from '../kafka/consumer.ts'
import { openTopicIds } from '../kafka/topic-id.ts'
import { watchTopic } from '../kafka/topic-watch.ts'
import type { FileStore } from '../lake/file-store.ts'
import { readGenerations } from '../lake/generations.ts'
import { layoutAt } from '../lake/layout.ts'
import { openStore } from '../lake/open-store.ts'
import { BOARD_NAMES, type BoardName, boards, boardsOf, termLengthMaxOf } from '../model/boards.ts'
import { isAppError, messageOf } from '../model/errors.ts'
import { CLOCKS_DIFFER_MS, EVENT_TIME_MIN } from '../model/event-time.ts'
import { type GenerationEntry, toLogOffsets } from '../model/generations.ts'
import type { Logger } from '../model/log.ts'
import { eventTimeIn } from '../model/streams/event-time-in.ts'
import { streams } from '../model/streams/index.ts'
import type { SchemaBook } from '../model/streams/schema-book.ts'
import { type AvroSchema, type StreamName, topicOf } from '../model/streams/stream.ts'
import { extractorNamed } from '../model/terms/index.ts'
import { type Clock, HOUR_MS, hourStartOf } from '../model/time.ts'
import type { SpeedProgress } from '../speed/meter.ts'
import type { Beginning } from '../speed/partition-counter.ts'
import { type Counting, speedReaders } from '../speed/reader.ts'
import { slotCounters } from '../speed/slot-counters.ts'
import { openViews, type Views } from '../views/views.ts'
import { startClockWatch, type WorkerClocks } from './clock-watch.ts'
import { firstExtractors } from './first-extractors.ts'
import { meterConsumer } from './metrics/consumer.ts'
import { meterSpeed } from './metrics/speed.ts'
import { checkTopicSettings } from './metrics/topic-settings.ts'
import { openSchemaBook, withSchemas } from './schema-book.ts'
import { createSpeedSink } from './speed-sink.ts'
import { awaitGeneration } from './topic-generation.ts'

export interface SpeedWorkerOptions {
  readonly config: Config
  readonly logger: Logger
  /** Ends it: what is counted is written, then it resolves. */
  readonly signal: AbortSignal
  readonly metrics?: Metrics
  readonly stream?: StreamName
  /** Of this machine; `Date.now` unless given. */
  readonly clock?: Clock
  /** Another schema of the stream than this release's: tests of upgrades run the workers of two releases with it. */
  readonly schema?: AvroSchema
  /** Called about once a second. */
  readonly onProgress?: (progress: SpeedProgress) => void
  /** Called when the group has given this worker its partitions. */
  readonly onAssigned?: (partitions: readonly number[]) => void
}

type Extractors = Readonly<Record<BoardName, string>>

/** With five-minute slots, 42 hours of event time open at once in a partition: more is a play of sparse old records. */
const OPEN_SLOTS_MAX = 512
/** One small read a second: until the open hours are counted by the rule that was published, answers lack them. */
const LIVE_POLL_MS = 1_000
const PROGRESS_MS = 1_000
const REJOIN_MS = 2_000
const TICK_MS_MAX = 250

/** @throws AppError `unavailable` when Kafka or MongoDB do not answer at the start, or what counting cannot go on without */
export async function runSpeedWorker(options: SpeedWorkerOptions): Promise<void> {
  const { config, logger, signal, metrics = createMetrics(), stream = 'posts', onProgress, clock = Date.now } = options
  const { waits } = metrics
  using _shown = showWaits(metrics, logger)
  await using views = await openViews({ ...config.mongo, appName: 'tendance speed', waits })
  await views.ensureIndexes()
  const kafka = createKafka(config, 'tendance-speed', logger, undefined, waits)
  const topic = topicOf(config.kafka.topicPrefix, stream)
  await using stack = new AsyncDisposableStack()
  const clocks: WorkerClocks = stack.use(
    startClockWatch({
      clock,
      skewMaxMs: config.clocks.skewMaxMs,
      metrics,
      logger,
      sources: () => ({ lake: () => store.stat(config.lake.root), mongo: () => views.time() }),
    }),
  )
  const store: FileStore = stack.use(openStore(config.lake, { logger, onDate: clocks.onDate, waits }))
  await clocks.ask()
  const place = { store, layout: layoutAt(config.lake.root) }
  // a topic that was archived and is gone is not ours to make again: it would begin at offset 0
  if ((await readGenerations(place, stream)).length === 0) await ensureTopic(kafka, topic, config.kafka)
  await checkTopicSettings(metrics, kafka, topic, logger)
  const ids = stack.use(openTopicIds(kafka, topic))
  const writer = `${nameOfHost()}-${process.pid}-${randomBytes(4).toString('hex')}`
  const where = { place, stream, topic, ids, writer, clock: Date.now, logger }
  const streamOf = { ...streams[stream], ...(options.schema ? { schema: options.schema } : {}) }
  const schemas = openSchemaBook({ config, kafka, stream: streamOf, place, logger, signal })
  const groupId = `${config.kafka.groupPrefix}speed`
  const consumer = meterConsumer(metrics, { connection: kafka, topic, group: groupId })
  metrics.readiness.require('mongodb', () => views.probeWrite())
  const meter = meterSpeed(metrics)
  const progress = setInterval(() => onProgress?.(meter.read()), PROGRESS_MS)
  try {
    while (!signal.aborted) {
      const extractors = await liveExtractors(views, stream, config)
      const changed = new AbortController()
      const watching = watchLive(views, stream, config, extractors, changed, AbortSignal.any([signal, changed.signal]))
      try {
        const entry = await awaitGeneration(where, signal)
        if (!entry) return
        await using watch = watchTopic({ ids, entry, logger })
        await readPartitions(kafka, {
          groupId,
          topic,
          topicId: entry.topicId,
          eventTimeOf: eventTimeIn[stream],
          open: consumer.metered(
            watch.readers(
              withSchemas(
                schemas,
                speedReaders({
                  countings: countingsOf(options, stream, extractors, views, entry, schemas),
                  flushMs: config.speed.flushMs,
                  idleMs: config.speed.idleMs,
                  clock,
                  earliestClock: clocks.earliest,
                  latestClock: clocks.latest,
                  logger,
                  meter,
                  signal,
                  recent: recentOffsets(kafka, topic, entry, clocks.earliest),
                }),
              ),
            ),
          ),
          tickMs: Math.min(TICK_MS_MAX, Math.max(10, config.speed.flushMs / 4)),
          logger,
          signal: AbortSignal.any([signal, changed.signal, watch.changed]),
          onAssigned(partitions) {
            consumer.assigned(partitions)
            options.onAssigned?.(partitions)
          },
        })
      } catch (error) {
        if (!isAppError(error) || error.retry === 'never') throw error
        logger.warn({ reason: messageOf(error) }, 'joining the group again')
        consumer.rejoins(error)
        await sleep(REJOIN_MS, undefined, { signal }).catch(() => {})
      } finally {
        changed.abort()
        await watching
      }
    }
  } finally {
    clearInterval(progress)
    onProgress?.(meter.read())
  }
}

/**
 * Where the hour before this one begins: what is older is sealed within minutes of its end, so batch has it. Asked once for all
 * partitions that are taken over together.
 */
function recentOffsets(
  kafka: KafkaConnection,
  topic: string,
  entry: GenerationEntry,
  clock: Clock,
): (partition: number) => Promise<Beginning> {
  let asked: { readonly openFrom: number; readonly offsets: Promise<ReadonlyMap<number, number>> } | undefined
  return async (partition) => {
    const openFrom = hourStartOf(clock()) - HOUR_MS
    if (asked?.openFrom !== openFrom) {
      const offsets = fetchOffsetsAt(kafka, topic, openFrom).then((found) => toLogOffsets(entry, found))
      asked = { openFrom, offsets }
    }
    return { offset: (await asked.offsets).get(partition) ?? 0, openFrom }
  }
}

function countingsOf(
  { config, logger }: SpeedWorkerOptions,
  stream: StreamName,
  extractors: Extractors,
  views: Views,
  entry: GenerationEntry,
  schemas: SchemaBook,
): Counting[] {
  const worker = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`
  return boardsOf(stream).map((board) => {
    const { slotMs } = boards[board]
    const extractor = extractorNamed(extractors[board])
    const onIdsFull = (ids: number) =>
      logger.warn({ board, ids }, 'a slot has more ids than are kept: copies of further records count in it')
    return {
      name: `${board} by ${extractor.name}`,
      rules: {
        slotMs,
        latenessMs: config.speed.latenessMs,
        openSlotsMax: OPEN_SLOTS_MAX,
        eventAtMin: EVENT_TIME_MIN,
        futureMaxMs: config.ingest.futureMaxMs + CLOCKS_DIFFER_MS,
        createSlot: slotCounters[stream]({ extractor, schemas, termLengthMax: termLengthMaxOf(board), onIdsFull }),
      },
      sink: createSpeedSink({
        views,
        stream,
        board,
        extractor: extractor.name,
        entry,
        slotMs,
        worker,
        clock: Date.now,
      }),
    }
  })
}

/** As part of a path. */
function nameOfHost(): string {
  return hostname()
    .replaceAll(/[^A-Za-z0-9_.-]/g, '-')
    .slice(0, 60)
}

/** Of the live edition; before there is one, those that the first will have. */
async function liveExtractors(views: Views, stream: StreamName, config: Config): Promise<Extractors> {
  const live = await views.editions.chain(stream)
  return live?.chain[0]?.extractors ?? firstExtractors(config)
}

/** Aborts `changed` when readers are to see other extractors. Resolves when `signal` is aborted. */
async function watchLive(
  views: Views,
  stream: StreamName,
  config: Config,
  counted: Extractors,
  changed: AbortController,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(LIVE_POLL_MS, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    // a store that is away is noticed by who writes to it
    const wanted = await liveExtractors(views, stream, config).catch(() => counted)
    if (BOARD_NAMES.some((board) => wanted[board] !== counted[board])) changed.abort()
  }
}
