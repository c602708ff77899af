/** The SDK's runtime, one a process: its logs go where ours go, and signals are ours to handle. */
import { DefaultLogger, makeTelemetryFilterString, Runtime, type RuntimeOptions } from '@temporalio/worker'
import type { Logger } from '../model/log.ts'

let installed = false

/** Call it before anything else of the SDK's worker side; later calls change nothing. */
export function installRuntime(logger: Logger): void {
  if (installed) return
  installed = true
  const levels = { TRACE: 'debug', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const
  const options: RuntimeOptions = {
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => logger[levels[level]]({ ...meta }, message)),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} } },
  }
  Runtime.install(options)
}
