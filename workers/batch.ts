/**
 * The batch worker: runs workflows and activities. Several, on one machine or many, share the work; one that is killed costs
 * the units it had in flight, for as long as their heartbeat time-out.
 */
import { randomBytes } from 'node:crypto'
import { availableParallelism, hostname } from 'node:os'
import { dirname } from 'node:path'
import { Worker } from '@temporalio/worker'
import type { BatchDependencies, HighWatermarks } from '../activities/dependencies.ts'
import { createActivities } from '../activities/index.ts'
import type { Config } from '../app/config.ts'
import { fetchOffsets } from '../kafka/admin.ts'
import { createKafka } from '../kafka/client.ts'
import { createLake } from '../lake/lake.ts'
import { layoutAt } from '../lake/layout.ts'
import { openStore } from '../lake/open-store.ts'
import { createCounters } from '../lake/scan/counters.ts'
import { createTallies } from '../lake/tallies.ts'
import { isAppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import { topicOf } from '../model/streams/stream.ts'
import { connectWorker } from '../temporal/connection.ts'
import { installRuntime } from '../temporal/runtime.ts'
import { registerSearchAttributes } from '../temporal/search-attributes.ts'
import { openViews } from '../views/views.ts'
import { firstExtractors } from './first-extractors.ts'
import { loadWorkflowBundle } from './workflow-bundle.ts'

export interface BatchWorkerOptions {
  readonly config: Config
  readonly logger: Logger
  /** Ends it: what is in flight is given back to other workers, then it resolves. */
  readonly signal: AbortSignal
  /** Activities at once. They share the counting threads; a few more than those keep them busy while others store. */
  readonly concurrency?: number
  /** Called when it polls for work. */
  readonly onReady?: () => void
  /** How far Kafka is; from Kafka itself unless given. */
  readonly highWatermarks?: HighWatermarks
}

const ACTIVITIES_BEYOND_THREADS = 4
const TEMPORARY_KEEP_MS = 24 * 3_600_000
const ARCHIVE_POLL_MS = 250
/** Beyond three commits by age: an archive that is alive is never told to be behind. */
const ARCHIVE_SLACK_MS = 5_000
/** Heartbeats come each 2 s: a cancelled run is noticed as soon. */
const HEARTBEAT_THROTTLE = '2 seconds'
const SHUTDOWN_GRACE = '5 seconds'
const SERVER_PATIENCE_MS = 120_000

/** @throws AppError `unavailable` when a service does not answer at the start */
export async function runBatchWorker(options: BatchWorkerOptions): Promise<void> {
  const { config, logger, signal, onReady } = options
  installRuntime(logger)
  await using views = await openViews({ ...config.mongo, appName: 'tendance batch' })
  await views.ensureIndexes()
  await using store = openStore(config.lake, { logger })
  await using counters = createCounters({ lake: config.lake, threads: config.batch.threads, logger })
  const layout = layoutAt(config.lake.root)
  const writer = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`
  const dependencies: BatchDependencies = {
    lake: createLake({ store, layout }, writer, { graceMs: config.lake.graceMs }),
    store,
    layout,
    counters,
    tallies: createTallies({ store, layout, writer }),
    views,
    highWatermarks: options.highWatermarks ?? kafkaHighWatermarks(config, logger),
    clock: Date.now,
    logger,
    settings: {
      graceMs: config.lake.graceMs,
      fanOutBytes: config.batch.fanOutBytes,
      archiveWaitMs: 3 * config.lake.commitAgeMs + ARCHIVE_SLACK_MS,
      archivePollMs: ARCHIVE_POLL_MS,
      firstExtractors: firstExtractors(config),
      keepEditionsMs: config.batch.keepEditionsMs,
      keepTemporaryMs: TEMPORARY_KEEP_MS,
    },
    writer,
  }

  const bundle = loadWorkflowBundle({ folder: dirname(import.meta.dirname), cacheDir: config.stack.cacheDir })
  const connection = await connectWorker(config.temporal, { patienceMs: SERVER_PATIENCE_MS, logger, signal })
  try {
    const { namespace, taskQueue } = config.temporal
    await registerSearchAttributes(connection, namespace)
    const threads = config.batch.threads || availableParallelism()
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      identity: writer,
      workflowBundle: await bundle,
      activities: createActivities(dependencies),
      maxConcurrentActivityTaskExecutions: options.concurrency ?? threads + ACTIVITIES_BEYOND_THREADS,
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
      shutdownGraceTime: SHUTDOWN_GRACE,
    })
    logger.info({ taskQueue, namespace, threads }, 'batch worker ready')
    onReady?.()
    await worker.runUntil(aborted(signal))
  } finally {
    await connection.close()
  }
}

function kafkaHighWatermarks(config: Config, logger: Logger): HighWatermarks {
  const kafka = createKafka(config, 'tendance-batch', logger)
  return async (stream) => {
    try {
      const offsets = await fetchOffsets(kafka, topicOf(config.kafka.topicPrefix, stream))
      return new Map([...offsets].map(([partition, { high }]) => [partition, high]))
    } catch (error) {
      // A lake that was filled by files alone has no topic: then nothing is on its way.
      if (isAppError(error, 'not-found')) return new Map()
      throw error
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
