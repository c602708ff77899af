/** The SDK's runtime, one a process: its logs go where ours go, and signals are ours to handle. */
import {
  DefaultLogger,
  MetricsBuffer,
  makeTelemetryFilterString,
  Runtime,
  type RuntimeOptions,
} from '@temporalio/worker'
import type { Logger } from '../model/log.ts'
import { SDK_BUFFER_MAX } from './metrics.ts'

let installed: { readonly metrics: MetricsBuffer | undefined } | undefined

/**
 * Call it before anything else of the SDK's worker side; later calls change nothing.
 * @param withMetrics keep the SDK's metrics: whoever asks for it must drain what this answers (temporal/metrics.ts)
 */
export function installRuntime(logger: Logger, withMetrics = false): MetricsBuffer | undefined {
  if (installed) return installed.metrics
  const metrics = withMetrics
    ? new MetricsBuffer({ maxBufferSize: SDK_BUFFER_MAX, useSecondsForDurations: true })
    : undefined
  installed = { metrics }
  const levels = { TRACE: 'debug', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const
  const options: RuntimeOptions = {
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => logger[levels[level]]({ ...meta }, message)),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(metrics ? { metrics: { buffer: metrics } } : {}),
    },
  }
  Runtime.install(options)
  return metrics
}
