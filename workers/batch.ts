/**
 * The batch worker: runs workflows and activities. Several, on one machine or many, share the work; one that is killed costs
 * the units it had in flight, for as long as their heartbeat time-out.
 */
import { randomBytes } from 'node:crypto'
import { availableParallelism, hostname } from 'node:os'
import { dirname } from 'node:path'
import { GracefulShutdownPeriodExpiredError, Worker } from '@temporalio/worker'
import type { BatchDependencies, HighWatermarks } from '../activities/dependencies.ts'
import { createActivities } from '../activities/index.ts'
import type { Config } from '../app/config.ts'
import { createMetrics, type Metrics } from '../app/metrics.ts'
import { showWaits } from '../app/waiting-metrics.ts'
import { createLake } from '../lake/lake.ts'
import { layoutAt } from '../lake/layout.ts'
import { openStore } from '../lake/open-store.ts'
import { createLakeProbe } from '../lake/probe.ts'
import { createCounters } from '../lake/scan/counters.ts'
import { createTallies } from '../lake/tallies.ts'
import type { Logger } from '../model/log.ts'
import { STREAM_NAMES } from '../model/streams/stream.ts'
import { type Clock, DAY_MS } from '../model/time.ts'
import { connectWorker } from '../temporal/connection.ts'
import { exportSdkMetrics } from '../temporal/metrics.ts'
import { installRuntime } from '../temporal/runtime.ts'
import { registerSearchAttributes } from '../temporal/search-attributes.ts'
import { openViews } from '../views/views.ts'
import { startClockWatch } from './clock-watch.ts'
import { firstExtractors } from './first-extractors.ts'
import { kafkaHighWatermarks } from './high-watermarks.ts'
import { meterActivities, meterLedger } from './metrics/batch.ts'
import { meterSchedule } from './metrics/schedule.ts'
import { loadWorkflowBundle } from './workflow-bundle.ts'

export interface BatchWorkerOptions {
  readonly config: Config
  readonly logger: Logger
  /**
   * Ends it: no new work is taken, what is in flight has a few seconds to finish and is then handed back to other workers; it
   * resolves within 15 seconds.
   */
  readonly signal: AbortSignal
  /** Temporal's SDK has one runtime a process: its metrics go to who was first. */
  readonly metrics?: Metrics
  /**
   * Activities at once, and so the units of work that a kill of this worker costs. They share the counting threads
   * (`batch.threads`); a few more than those keep them busy while others store, which is what it is unless said.
   */
  readonly concurrency?: number
  /** Called when it polls for work. */
  readonly onReady?: () => void
  /** How far Kafka is; from Kafka itself unless given. */
  readonly highWatermarks?: HighWatermarks
  /** Of this machine; `Date.now` unless given. */
  readonly clock?: Clock
}

const ACTIVITIES_BEYOND_THREADS = 4
const TEMPORARY_KEEP_MS = DAY_MS
const ARCHIVE_POLL_MS = 250
/** Beyond three commits by age: an archive that is alive is never told to be behind. */
const ARCHIVE_SLACK_MS = 5_000
/** Heartbeats come each 2 s: a cancelled run is noticed as soon. */
const HEARTBEAT_THROTTLE = '2 seconds'
/** A unit takes about so long; one that takes longer is handed back and begins behind what it has stored. */
const SHUTDOWN_GRACE = '5 seconds'
/** What does not even notice that it is cancelled is left to its heartbeat time-out. */
const SHUTDOWN_FORCE = '12 seconds'
/** A run goes back to the worker that has it in memory, unless that one is silent for so long: it may be dead. */
const STICKY_PATIENCE = '2 seconds'
const SERVER_PATIENCE_MS = 120_000

/** @throws AppError `unavailable` when a service does not answer at the start */
export async function runBatchWorker(options: BatchWorkerOptions): Promise<void> {
  const { config, logger, signal, metrics = createMetrics(), onReady, clock = Date.now } = options
  const sdkBuffer = installRuntime(logger, options.metrics !== undefined)
  using sdkMetrics = sdkBuffer && exportSdkMetrics(sdkBuffer, metrics.registry)
  if (sdkMetrics) metrics.beforeScrape.push(() => sdkMetrics.drain())
  const { waits } = metrics
  using _shown = showWaits(metrics, logger)
  await using views = await openViews({ ...config.mongo, appName: 'tendance batch', waits })
  await views.ensureIndexes()
  using clocks = startClockWatch({
    clock,
    skewMaxMs: config.clocks.skewMaxMs,
    metrics,
    logger,
    sources: () => ({ lake: () => store.stat(config.lake.root), mongo: () => views.time() }),
  })
  await using store = openStore(config.lake, { logger, onDate: clocks.onDate, waits })
  await clocks.ask()
  await using counters = createCounters({ lake: config.lake, threads: config.batch.threads, logger })
  const layout = layoutAt(config.lake.root)
  const place = { store, layout }
  const writer = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`
  const dependencies: BatchDependencies = {
    lake: createLake(place, writer, {
      graceMs: config.lake.graceMs,
      blockBytes: config.lake.blockBytes,
      clock: clocks.earliest,
      logger,
    }),
    store,
    layout,
    counters,
    tallies: createTallies({ store, layout, writer }),
    views,
    highWatermarks:
      options.highWatermarks ?? kafkaHighWatermarks(config, { place, writer, clock: clocks.earliest, logger }),
    clock: clocks.earliest,
    clocks,
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

  meterLedger(metrics, { views, clock: Date.now, graceMs: config.lake.graceMs })
  metrics.readiness.set('polling', false, 'not yet')
  const [stream = 'posts'] = STREAM_NAMES
  await using probe = createLakeProbe({ settings: config.lake, layout, stream, writer, reads: true })
  metrics.readiness.require('mongodb', () => views.probeWrite())
  metrics.readiness.require('lake', () => probe.ask())
  const bundle = loadWorkflowBundle({ folder: dirname(import.meta.dirname), cacheDir: config.stack.cacheDir })
  const threadsReady = counters.start()
  const connecting = { service: 'Temporal', address: config.temporal.address, operation: 'connecting' }
  const connection = await waits.attempt(connecting, () =>
    connectWorker(config.temporal, { patienceMs: SERVER_PATIENCE_MS, logger, signal }),
  )
  try {
    const { namespace, taskQueue } = config.temporal
    await registerSearchAttributes(connection, namespace)
    const threads = config.batch.threads || availableParallelism()
    const concurrency = options.concurrency ?? threads + ACTIVITIES_BEYOND_THREADS
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      identity: writer,
      workflowBundle: await bundle,
      activities: meterActivities(metrics, createActivities(dependencies)),
      maxConcurrentActivityTaskExecutions: concurrency,
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
      stickyQueueScheduleToStartTimeout: STICKY_PATIENCE,
      shutdownGraceTime: SHUTDOWN_GRACE,
      shutdownForceTime: SHUTDOWN_FORCE,
    })
    await threadsReady
    logger.info({ taskQueue, namespace, threads, concurrency }, 'batch worker ready')
    metrics.readiness.set('polling', true, `task queue ${taskQueue} in namespace ${namespace}`)
    meterSchedule(metrics, { connection, namespace, taskQueue })
    metrics.readiness.require('temporal', () => connection.workflowService.getSystemInfo({}))
    onReady?.()
    await runUntilAborted(worker, signal, logger)
    logger.info({ taskQueue }, 'batch worker ended')
  } finally {
    await connection.close()
  }
}

async function runUntilAborted(worker: Worker, signal: AbortSignal, logger: Logger): Promise<void> {
  const running = worker.run()
  const stop = () => {
    if (worker.getState() === 'RUNNING') worker.shutdown()
  }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await running
  } catch (error) {
    if (!(error instanceof GracefulShutdownPeriodExpiredError)) throw error
    logger.warn({}, 'not all that was in flight could be handed back: others take it when its beats are missed')
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
