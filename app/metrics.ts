/**
 * What a process tells of itself: its metrics (Prometheus), and whether it is ready. Workers put theirs in; app/metrics-server.ts
 * shows them.
 *
 * Names follow Prometheus: `tendance_<worker>_<what>_<base unit>`, `_total` for what only grows; times of day are
 * `_timestamp_seconds`, so that an age is computed by who asks. Totals that a worker keeps anyway are read when somebody
 * scrapes, so that what is counted costs nothing while nobody looks.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { createReadiness, type Readiness } from './readiness.ts'
import { createWaits, type Waits } from './waits.ts'

export interface Metrics {
  readonly registry: Registry
  readonly readiness: Readiness
  /** What this process waits for: rooms report their attempts here. */
  readonly waits: Waits
  /** Called before the registry is read: what has to be fetched first. Failures are the caller's own to handle. */
  readonly beforeScrape: (() => Promise<void> | void)[]
}

export function createMetrics(): Metrics {
  return { registry: new Registry(), readiness: createReadiness(), waits: createWaits(), beforeScrape: [] }
}

/** CPU, memory, event-loop delay (`perf_hooks.monitorEventLoopDelay`), garbage collection. Once a process. */
export function addProcessMetrics({ registry }: Metrics, worker: string): void {
  registry.setDefaultLabels({ worker })
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS })
}

/** How often the delay is looked at: a hundred timers a second are not felt. */
const EVENT_LOOP_PRECISION_MS = 10

type Labels = Readonly<Record<string, string | number>>
export type Sample = readonly [labels: Labels, value: number]

export interface MetricName {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

function optionsOf({ registry }: Metrics, { name, help, labels = [] }: MetricName) {
  return { name, help, labelNames: [...labels], registers: [registry] }
}

/** Of what is kept elsewhere: `read` gives the totals at each scrape. */
export function readCounter(metrics: Metrics, name: MetricName, read: () => Iterable<Sample>): void {
  new Counter({
    ...optionsOf(metrics, name),
    collect() {
      this.reset()
      for (const [of, total] of read()) this.inc({ ...of }, total)
    },
  })
}

/** Of what is known at each scrape. What `read` leaves out is not there. */
export function readGauge(metrics: Metrics, name: MetricName, read: () => Iterable<Sample>): void {
  const options = optionsOf(metrics, name)
  new Gauge({
    ...options,
    collect() {
      this.reset()
      // without labels, a reset gauge says 0: what is not known must not look like a number
      if (options.labelNames.length === 0) this.remove()
      for (const [of, value] of read()) this.set({ ...of }, value)
    },
  })
}

export function addCounter(metrics: Metrics, name: MetricName): Counter {
  return new Counter(optionsOf(metrics, name))
}

/** From 5 ms to two minutes: commits, flushes, requests. */
const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

/** In seconds. */
export function addDuration(
  metrics: Metrics,
  name: MetricName,
  buckets: readonly number[] = SECONDS_BUCKETS,
): Histogram {
  return new Histogram({ ...optionsOf(metrics, name), buckets: [...buckets] })
}

const REFRESH_EVERY_MS = 5_000
const REFRESH_WAIT_MS = 2_000

/**
 * What others know and has to be asked for before a scrape: at most so often, and a scrape waits for it only a moment, then it
 * tells what was known before. `tendance_refresh_failures_total` says when that goes on.
 */
export function refreshBeforeScrape(
  metrics: Metrics,
  what: string,
  refresh: () => Promise<void>,
  {
    everyMs = REFRESH_EVERY_MS,
    waitMs = REFRESH_WAIT_MS,
  }: { readonly everyMs?: number; readonly waitMs?: number } = {},
): void {
  const failures = failuresOf(metrics)
  failures.inc({ what }, 0)
  let startedAt = Number.NEGATIVE_INFINITY
  let running: Promise<void> | undefined
  metrics.beforeScrape.push(async () => {
    if (running === undefined && performance.now() - startedAt >= everyMs) {
      startedAt = performance.now()
      running = refresh()
        .catch(() => failures.inc({ what }))
        .finally(() => {
          running = undefined
        })
    }
    if (running) await Promise.race([running, delay(waitMs, undefined, { ref: false })])
  })
}

const REFRESH_FAILURES = 'tendance_refresh_failures_total'

function failuresOf(metrics: Metrics): Counter {
  const known = metrics.registry.getSingleMetric(REFRESH_FAILURES)
  if (known) return known as Counter
  const help = 'What was to be asked for a scrape and was not answered: its metrics are older than they look'
  return addCounter(metrics, { name: REFRESH_FAILURES, help, labels: ['what'] })
}

/** The text of a scrape. */
export async function scrape({ registry, beforeScrape }: Metrics): Promise<string> {
  await Promise.all(beforeScrape.map((prepare) => prepare()))
  return await registry.metrics()
}
