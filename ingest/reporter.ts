/**
 * Tells every few seconds how a source stands, as well as it can: ingest never waits for a report, and none makes it fail. That reports
 * do not arrive is logged once, and once that they do again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { SourceStanding } from '../model/source-standing.ts'

/** Where reports go. It may fail, and it may take long: both are the reporter's to bear. */
export interface Reports extends AsyncDisposable {
  put(standing: SourceStanding): Promise<unknown>
}

export interface ReporterOptions {
  readonly read: () => SourceStanding
  readonly reports: Reports
  readonly everyMs: number
  /** What is still to be told at the end has this long. */
  readonly lastMs: number
  readonly logger: Logger
}

export interface Reporter {
  /** Reports a last time and closes `reports`. Resolves when that is done, or `lastMs` are over. */
  finish(): Promise<void>
}

/** Its first report is at once. */
export function startReporter({ read, reports, everyMs, lastMs, logger }: ReporterOptions): Reporter {
  const stopping = new AbortController()
  let isAway = false

  async function report(): Promise<void> {
    try {
      await reports.put(read())
      if (isAway) logger.info({}, 'how the source stands is reported again')
      isAway = false
    } catch (error) {
      const reason = messageOf(error)
      if (!isAway) logger.warn({ reason }, 'how the source stands cannot be reported; ingest goes on without')
      isAway = true
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await report()
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
    await report()
    await reports[Symbol.asyncDispose]()
  }

  const running = run().catch((error: unknown) =>
    logger.warn({ reason: messageOf(error) }, 'reports were not closed well'),
  )
  return {
    async finish() {
      stopping.abort()
      const late = new AbortController()
      const patience = sleep(lastMs, undefined, { signal: late.signal }).catch(() => {})
      await Promise.race([running, patience])
      late.abort()
    },
  }
}
