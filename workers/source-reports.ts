/** Reports how a source stands to MongoDB, where the web server reads it, whatever machine either is on. */
import { hostname } from 'node:os'
import type { Config } from '../app/config.ts'
import { type Reporter, type Reports, startReporter } from '../ingest/reporter.ts'
import { createStandingMeter, type StandingMeter } from '../ingest/standing.ts'
import type { Logger } from '../model/log.ts'
import { SOURCE_KEPT_MS } from '../model/source-standing.ts'
import { openViews, type Views } from '../views/views.ts'

export interface SourceReportsOptions {
  readonly config: Pick<Config, 'mongo'>
  /** Its name. */
  readonly source: string
  readonly logger: Logger
  /** Asked for MongoDB's time while it is connected anyway: ingest opens no connection for it. */
  readonly onViews?: (views: Pick<Views, 'time'>) => void
}

const REPORT_MS = 2_000
/** The last report is waited for, but not for long: nobody stops an ingest to wait for MongoDB. */
const LAST_REPORT_MS = 3_000
/** A store that says nothing is given up soon: the next report says the same, and more. */
const SOCKET_SILENT_MS = 2_000

/** Begins at once, and goes on until `finish`. */
export function reportSource({
  config,
  source,
  logger,
  onViews,
}: SourceReportsOptions): Omit<StandingMeter, 'read'> & Reporter {
  const who = { name: source, stream: 'posts', host: hostname(), pid: process.pid, everyMs: REPORT_MS } as const
  const { read, ...meter } = createStandingMeter(who, Date.now)
  const reports = openReports(config, onViews)
  return { ...meter, ...startReporter({ read, reports, everyMs: REPORT_MS, lastMs: LAST_REPORT_MS, logger }) }
}

/** Connected at the first report, and at the next one when that failed. */
function openReports({ mongo }: Pick<Config, 'mongo'>, onViews?: SourceReportsOptions['onViews']): Reports {
  let opened: (Views & AsyncDisposable) | undefined
  return {
    async put(standing) {
      if (!opened) {
        opened = await openViews({ ...mongo, appName: 'tendance ingest', socketSilentMs: SOCKET_SILENT_MS })
        onViews?.(opened)
        await opened.sources.deleteBefore(standing.reportedAt - SOURCE_KEPT_MS)
      }
      await opened.sources.put(standing)
    },
    async [Symbol.asyncDispose]() {
      await opened?.[Symbol.asyncDispose]()
    },
  }
}
