/**
 * Temporal's own SDK metrics (`temporal_…`: polls, slots, latencies, failures) in the process's registry, so that one endpoint tells
 * all. The SDK can also serve them itself, but on a second port, and it does not say which when it was left to choose.
 *
 * The SDK keeps updates in a buffer that has to be drained; when it is full, updates are lost. It is drained each second.
 */

import type { BufferedMetricUpdate, MetricsBuffer } from '@temporalio/worker'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

const DRAIN_MS = 1_000
/** A worker under full load makes some hundred updates a second. */
export const SDK_BUFFER_MAX = 50_000
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1_800, 3_600]
/** What the SDK is known to put on its metrics. Others are left out: a metric's labels have to be said before its first value. */
const LABELS = [
  'namespace',
  'task_queue',
  'workflow_type',
  'activity_type',
  'operation',
  'poller_type',
  'worker_type',
  'failure_reason',
  'status_code',
]

/** Goes on until it is disposed. */
export function exportSdkMetrics(buffer: MetricsBuffer, registry: Registry): Disposable & { drain(): void } {
  const drain = () => {
    for (const update of buffer.retrieveUpdates()) apply(registry, update)
  }
  const timer = setInterval(drain, DRAIN_MS)
  timer.unref()
  return { drain, [Symbol.dispose]: () => clearInterval(timer) }
}

/** One update: a counter's is a difference, the others' a value. */
export function apply(registry: Registry, { metric, value, attributes }: BufferedMetricUpdate): void {
  const labels = labelsOf(attributes)
  const base = { help: metric.description || metric.name, labelNames: LABELS, registers: [registry] }
  switch (metric.kind) {
    case 'counter': {
      const name = withSuffix(metric.name, '_total')
      const known = registry.getSingleMetric(name) as Counter | undefined
      const counter = known ?? new Counter({ ...base, name })
      counter.inc(labels, value)
      break
    }
    case 'histogram': {
      const name = metric.unit === 's' ? withSuffix(metric.name, '_seconds') : metric.name
      const known = registry.getSingleMetric(name) as Histogram | undefined
      const histogram = known ?? new Histogram({ ...base, name, buckets: BUCKETS })
      histogram.observe(labels, value)
      break
    }
    case 'gauge':
    case 'up-down-counter': {
      const known = registry.getSingleMetric(metric.name) as Gauge | undefined
      const gauge = known ?? new Gauge({ ...base, name: metric.name })
      if (metric.kind === 'gauge') gauge.set(labels, value)
      else gauge.inc(labels, value)
      break
    }
    default:
      metric.kind satisfies never
  }
}

function labelsOf(attributes: BufferedMetricUpdate['attributes']): Record<string, string> {
  const pairs = LABELS.flatMap((name) => (attributes[name] === undefined ? [] : [[name, String(attributes[name])]]))
  return Object.fromEntries(pairs)
}

function withSuffix(name: string, suffix: string): string {
  return name.endsWith(suffix) ? name : `${name}${suffix}`
}
