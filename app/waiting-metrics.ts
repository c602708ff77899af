/** Shows what a process waits for: in its log, its metrics and its readiness. */
import type { Logger } from '../model/log.ts'
import { type Metrics, readGauge } from './metrics.ts'
import { wordsOf } from './waits.ts'

const LOOK_MS = 1_000

/** Begins to show it; disposed, it stops looking. Once a process. */
export function showWaits(metrics: Metrics, logger: Logger): Disposable {
  const { waits, readiness } = metrics
  readGauge(
    metrics,
    {
      name: 'tendance_waiting_seconds',
      help: 'For how long a service has been tried without success, or has not answered; only what waits for 10 s and more is there',
      labels: ['for', 'address'],
    },
    () => waits.read().map(({ service, address, waitedMs }) => [{ for: service, address }, waitedMs / 1_000]),
  )
  // slow is not away: who has said nothing yet shows in the log and the metrics, who has failed makes the worker not ready
  readiness.require('waiting', async () => {
    const failing = waits.read().filter(({ lastError }) => lastError !== undefined)
    if (failing.length > 0) throw new Error(failing.map(wordsOf).join('; '))
    return 'for nothing'
  })
  const looking = setInterval(() => waits.tell(logger), LOOK_MS)
  looking.unref()
  return {
    [Symbol.dispose]() {
      clearInterval(looking)
      waits.tell(logger)
    },
  }
}
