/** The clocks that a worker goes by: its machine's, held against HDFS's and MongoDB's every half minute, and the metric of it. */
import { type Metrics, readGauge } from '../app/metrics.ts'
import type { ServerDate } from '../lake/webhdfs/http.ts'
import { type ClockReading, type Clocks, watchClocks } from '../model/clocks.ts'
import type { Logger } from '../model/log.ts'
import type { Clock } from '../model/time.ts'

export interface ClockWatchSources {
  /** What makes the lake's store say its date (`onDate` of openStore), such as a stat. */
  readonly lake?: () => Promise<unknown>
  /** MongoDB's clock, ms; null: it does not say. */
  readonly mongo?: () => Promise<number | null>
}

export interface ClockWatchSettings {
  readonly clock: Clock
  readonly skewMaxMs: number
  readonly metrics: Metrics
  readonly logger: Logger
  readonly sources: () => ClockWatchSources
}

export interface WorkerClocks extends Clocks, Disposable {
  /** To be given to openStore. */
  readonly onDate: (date: ServerDate) => void
}

const ASK_EVERY_MS = 30_000

/** Asks nothing yet: `ask` does, and from then on it goes on by itself. */
export function startClockWatch({ clock, skewMaxMs, metrics, logger, sources }: ClockWatchSettings): WorkerClocks {
  const askMongo = async (observe: (reading: ClockReading) => void) => {
    const askedAt = clock()
    const at = await sources().mongo?.()
    if (typeof at === 'number') observe({ service: 'MongoDB', at, spanMs: 1, askedAt, answeredAt: clock() })
  }
  const clocks = watchClocks({
    clock,
    skewMaxMs,
    logger,
    // A service that is away is noticed by who needs it.
    ask: async (observe) => void (await Promise.allSettled([sources().lake?.(), askMongo(observe)])),
  })
  readGauge(
    metrics,
    {
      name: 'tendance_clock_skew_seconds',
      help: 'By how much this machine’s clock is ahead of the service’s; 0 where they may agree',
      labels: ['service'],
    },
    () => clocks.skews.map(({ service, skewMs }) => [{ service }, skewMs / 1_000] as const),
  )
  const timer = setInterval(() => void clocks.ask(), ASK_EVERY_MS)
  timer.unref()
  return Object.assign(Object.create(clocks) as Clocks, {
    onDate({ at, tookMs }: ServerDate) {
      const answeredAt = clock()
      clocks.observe({ service: 'HDFS', at, spanMs: 1_000, askedAt: answeredAt - tookMs, answeredAt })
    },
    [Symbol.dispose]() {
      clearInterval(timer)
    },
  })
}
