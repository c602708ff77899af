/**
 * Seals the hours whose end and grace have passed and of which everything is in the lake: each partition has archived up to
 * the high watermark that Kafka told after that moment. While one partition lags, no hour is sealed, as any partition can hold
 * records of any hour; the result then says which one lacks how many.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { mapBounded } from '../lake/concurrency.ts'
import { isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, hourEnd } from '../model/time.ts'
import type { SealResult } from '../model/work.ts'
import { withBeat } from './beat.ts'
import { putLedger } from './compute-hour.ts'
import type { BatchDependencies } from './dependencies.ts'

const SEALS_AT_ONCE = 16

export function sealHours(deps: BatchDependencies) {
  return ({ stream }: { readonly stream: StreamName }): Promise<SealResult> =>
    withBeat(async ({ signal }) => {
      // This order matters: an hour that had ended by `now`, then what Kafka has, then the wait, then the listing. So hours whose
      // first file arrives during the wait are sealed too, and none that ended after Kafka was asked.
      const now = deps.clock()
      const behind = await waitForArchive(deps, stream, signal)
      const ledger = await deps.views.hours.list(stream)
      const known = new Set(ledger.filter(({ sealedAt }) => sealedAt !== null).map(({ hour }) => hour))
      const ended = (await deps.lake.listHours(stream, {}, signal)).filter(
        (hour) => hourEnd(hour) + deps.settings.graceMs <= now && !known.has(hour),
      )
      const unsealed = (await mapBounded(ended, SEALS_AT_ONCE, (hour) => unlessSealed(deps, stream, hour))).filter(
        (hour) => hour !== undefined,
      )
      if (unsealed.length === 0) return { sealed: 0, waiting: 0, behind }
      if (behind) return { sealed: 0, waiting: unsealed.length, behind }
      const refused = (
        await mapBounded(unsealed, SEALS_AT_ONCE, (hour) => {
          signal.throwIfAborted()
          return sealOne(deps, stream, hour)
        })
      ).filter((why) => why !== undefined)
      return { sealed: unsealed.length - refused.length, waiting: refused.length, behind: refused[0] ?? null }
    })
}

/** Resolves to why the hour cannot be sealed: one whose files are not what they must be does not hold up the others. */
async function sealOne(
  { lake, views, clock, logger }: BatchDependencies,
  stream: StreamName,
  hour: HourId,
): Promise<string | undefined> {
  const sealedAt = clock()
  try {
    await putLedger(views, await lake.sealHour(stream, hour, sealedAt), sealedAt)
    return undefined
  } catch (error) {
    if (!isAppError(error) || error.retry === 'later') throw error
    logger.error({ stream, hour, code: error.code, ...error.facts }, error.message)
    return `hour ${hour} cannot be sealed: ${error.message}`
  }
}

/** An hour whose seal did not reach the ledger any more, because of a crash or a new database, gets there now. */
async function unlessSealed(
  { lake, views, clock }: BatchDependencies,
  stream: StreamName,
  hour: HourId,
): Promise<HourId | undefined> {
  const seal = await lake.readSeal(stream, hour)
  if (seal) await putLedger(views, seal, clock())
  return seal ? undefined : hour
}

/** Resolves to null when the archive has everything that Kafka had when asked, else to what is missing after the wait. */
async function waitForArchive(
  deps: BatchDependencies,
  stream: StreamName,
  signal: AbortSignal,
): Promise<string | null> {
  const { archiveWaitMs, archivePollMs } = deps.settings
  const targets = await deps.highWatermarks(stream)
  const started = deps.clock()
  for (;;) {
    const lags = (
      await Promise.all(
        [...targets].map(async ([partition, high]) => ({
          partition,
          lag: high - (await deps.lake.archivedTo(stream, partition)),
        })),
      )
    ).filter(({ lag }) => lag > 0)
    if (lags.length === 0) return null
    if (deps.clock() - started >= archiveWaitMs) {
      const lacking = lags.map(({ partition, lag }) => `partition ${partition} lacks ${lag} records`).join(', ')
      return `the archive of ${stream} is behind, so no hour can be sealed: ${lacking}. Is an archive worker running? The next run tries again`
    }
    await delay(archivePollMs, undefined, { signal })
  }
}
