/**
 * Seals the hours whose end and grace have passed and of which everything is in the lake: each partition has archived up to
 * the high watermark that Kafka told after that moment. While one partition lags, no hour is sealed, as any partition can hold
 * records of any hour; the result then says which one lacks how many.
 *
 * It looks only where hours can have come (lake/recent-hours.ts) and at those that the ledger has open or lacking a file; at everything when the
 * ledger knows nothing, and once a day, so that whatever memory and lake parted over is healed: then sealed hours too are held
 * against what the ledger says of them.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { CommittedFiles } from '../lake/committed.ts'
import { mapBounded } from '../lake/concurrency.ts'
import type { EntryFile } from '../lake/entries.ts'
import type { Seal } from '../lake/sealing.ts'
import { type ClockSkew, skewText } from '../model/clocks.ts'
import { AppError, isAppError } from '../model/errors.ts'
import { type ArchiveStanding, lagOf } from '../model/ledger.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { DAY_MS, type HourId, hourEnd, hourStart, MINUTE_MS } from '../model/time.ts'
import type { SealResult } from '../model/work.ts'
import type { Standing } from '../views/hours.ts'
import { type Beat, withBeat } from './beat.ts'
import type { BatchDependencies } from './dependencies.ts'
import { putOpen, putRefused, putSeals } from './ledger.ts'

const SEALS_AT_ONCE = 16
/** A machine whose clock is off hands the work back for so many attempts: another worker's may be right. The last one says so. */
const HAND_BACKS = 5

export function sealHours(deps: BatchDependencies) {
  return ({ stream }: { readonly stream: StreamName }): Promise<SealResult> =>
    withBeat((beat) => sealStream(deps, stream, beat))
}

export async function sealStream(
  deps: BatchDependencies,
  stream: StreamName,
  { signal, attempt, handedOutAt }: Pick<Beat<unknown>, 'signal' | 'attempt' | 'handedOutAt'>,
): Promise<SealResult> {
  const { lake, views, settings } = deps
  const off = await lookAtClocks(deps, handedOutAt)
  if (off.length > 0 && attempt < HAND_BACKS) {
    throw new AppError('unavailable', clocksText(stream, off), { facts: { stream, off } })
  }
  // This order matters: an hour that had ended by `now`, then what Kafka has, then the wait, then the listing. So hours whose
  // first file arrives during the wait are sealed too, and none that ended after Kafka was asked.
  const now = deps.clock()
  const archive = await waitForArchive(deps, stream, signal)
  const standing = archive.standing && { ...archive.standing, ...(off.length > 0 ? { clocks: off } : {}) }
  const behind = off.length > 0 ? clocksText(stream, off) : archive.behind
  const [before, known] = await Promise.all([views.hours.archive(stream), views.hours.standings(stream)])
  const since = before && isSameDay(before.at, now) && known.size > 0 ? before.seenTo : null
  const recent = await lake.recentHours(stream, since, signal)
  const unsettled = [...known].filter(([, { standing }]) => standing !== 'sealed').map(([hour]) => hour)
  const changed = since === null ? await changedHours(deps, stream, known, signal) : []
  const committed = await lake.committedSince(stream, committedFrom(now, before?.at, unsettled), signal)
  const isSettled = (hour: HourId) => known.get(hour)?.standing === 'sealed'
  // A sealed hour that got late files is computed again later on; here it is only asked whether they are there.
  const vanished = await lackingHours(deps, stream, committed, isSettled, signal)
  const candidates = [
    ...new Set([...recent.hours.filter((hour) => !isSettled(hour)), ...unsettled, ...changed, ...vanished]),
  ].sort()
  const hasEnded = (hour: HourId) => hourEnd(hour) + settings.graceMs <= now
  const done = await mapBounded(candidates, SEALS_AT_ONCE, (hour) => {
    signal.throwIfAborted()
    return bringUpToDate(deps, stream, hour, {
      hasEnded: hasEnded(hour),
      maySeal: behind === null,
      isKnown: known.has(hour),
      committed: committed.get(hour),
    })
  })
  // All in one: a ledger that is made anew has years of them.
  await putSeals(
    deps,
    done.flatMap(({ seal }) => seal ?? []),
  )
  // Last: what it has seen is what the ledger has now.
  if (standing) await views.hours.putArchive({ stream, ...standing, seenTo: recent.seenTo })
  const refused = done.find((one) => one.outcome === 'refused')
  return {
    sealed: done.filter(({ outcome }) => outcome === 'sealed').length,
    waiting: done.filter(({ outcome }) => outcome === 'waiting' || outcome === 'refused').length,
    behind: behind ?? (refused ? `hour ${refused.hour} cannot be sealed: ${refused.why}` : null),
  }
}

/**
 * The services' clocks beside this machine's: which of them differ by too much. It is the machine that is told, but a service's clock
 * can be the wrong one; so long as nobody knows which, no hour may be sealed.
 */
async function lookAtClocks({ clocks }: BatchDependencies, handedOutAt: number): Promise<readonly ClockSkew[]> {
  if (!clocks) return []
  // Temporal only tells when it was: a machine that is ahead of it may have been slow to begin, one that is behind is behind.
  const [at, now] = [handedOutAt, clocks.machine()]
  clocks.observe({ service: 'Temporal', at, spanMs: Number.POSITIVE_INFINITY, askedAt: now, answeredAt: now })
  await clocks.ask()
  return clocks.off()
}

function clocksText(stream: StreamName, off: readonly ClockSkew[]): string {
  return `no hour of ${stream} can be sealed: ${skewText(off)}. Set it by NTP, or mend the clock of that service; 'tendance doctor' compares them`
}

function isSameDay(a: number, b: number): boolean {
  return Math.floor(a / DAY_MS) === Math.floor(b / DAY_MS)
}

/** How far behind the last look a commit is read again: the store's clock is another than ours. */
const CLOCKS_DIFFER_MS = 10 * MINUTE_MS
/** An hour that stays open for longer is held against the log by `tendance verify`. */
const COMMITTED_KEEP_MS = 2 * DAY_MS

/** From when on commits are read: since the last look, and all that the open hours can have. */
function committedFrom(now: number, lastLookAt: number | undefined, open: readonly HourId[]): number {
  const first = Math.min(lastLookAt ?? now - DAY_MS, ...open.map(hourStart))
  return Math.max(first, now - COMMITTED_KEEP_MS) - CLOCKS_DIFFER_MS
}

/** Sealed hours that got files since the last look, of which one is not there. */
async function lackingHours(
  { lake, clock }: BatchDependencies,
  stream: StreamName,
  committed: CommittedFiles,
  isSettled: (hour: HourId) => boolean,
  signal: AbortSignal,
): Promise<readonly HourId[]> {
  const hours = [...committed].filter(([hour]) => isSettled(hour))
  const lacking = await mapBounded(hours, SEALS_AT_ONCE, async ([hour, files]) => {
    signal.throwIfAborted()
    const { listing } = await lake.settleHour(stream, hour, { at: clock(), by: LOOK, committed: files })
    return listing.quarantined.length > 0 ? [hour] : []
  })
  return lacking.flat()
}

/** Who writes the notes. */
const LOOK = 'the hourly look'

/**
 * Sealed hours that are not what the ledger says: a file vanished, was set aside or put back by hand, the seal or the whole directory
 * is gone, or a write was lost.
 */
async function changedHours(
  { lake }: BatchDependencies,
  stream: StreamName,
  known: ReadonlyMap<HourId, Standing>,
  signal: AbortSignal,
): Promise<readonly HourId[]> {
  const seen = await lake.walkHours(stream, {}, signal)
  const there = new Set(seen.map(({ hour }) => hour))
  const sealed = seen.filter(({ hour }) => known.get(hour)?.standing === 'sealed')
  const changed = await mapBounded(sealed, SEALS_AT_ONCE, async (one) => {
    signal.throwIfAborted()
    const { digest, sealed: hasSeal } = await lake.outline(stream, one)
    return hasSeal && digest === known.get(one.hour)?.digest ? [] : [one.hour]
  })
  return [...changed.flat(), ...[...known.keys()].filter((hour) => !there.has(hour))]
}

interface Outcome {
  readonly hour: HourId
  /** known: it was sealed before, and the ledger did not have it. waiting: it has ended, and the archive has not everything. */
  readonly outcome: 'open' | 'known' | 'sealed' | 'waiting' | 'refused'
  readonly why?: string
  /** For the ledger. */
  readonly seal?: Seal
}

interface Look {
  readonly hasEnded: boolean
  readonly maySeal: boolean
  /** The ledger has an entry of it. */
  readonly isKnown: boolean
  /** Files of recent commits. */
  readonly committed: readonly EntryFile[] | undefined
}

/** One hour whose files are not what they must be does not hold up the others. */
async function bringUpToDate(
  deps: BatchDependencies,
  stream: StreamName,
  hour: HourId,
  { hasEnded, maySeal, isKnown, committed }: Look,
): Promise<Outcome> {
  const { lake, clock, logger } = deps
  try {
    const [entry] = isKnown ? await deps.views.hours.get(stream, [hour]) : []
    const settled = await lake.settleHour(stream, hour, { at: clock(), by: LOOK, committed, had: entry?.partitions })
    // A seal that did not reach the ledger, because of a crash or a new database; it may lack what came since.
    const seal = hasEnded ? settled.seal : undefined
    if (seal?.digest === settled.listing.digest) return { hour, outcome: 'known', seal }
    if (seal) return { hour, outcome: 'known', seal: await lake.amendSeal(seal, clock()) }
    if (hasEnded && maySeal) return { hour, outcome: 'sealed', seal: await lake.sealHour(stream, hour, clock()) }
    await putOpen(deps, stream, hour)
    return { hour, outcome: hasEnded ? 'waiting' : 'open' }
  } catch (error) {
    if (!isAppError(error) || error.retry === 'later') throw error
    logger.error({ stream, hour, code: error.code, ...error.facts }, error.message)
    await putRefused(deps, stream, hour, error.message)
    return { hour, outcome: 'refused', why: error.message }
  }
}

interface ArchiveLook {
  /** null: Kafka has not the topic that was archived. */
  readonly standing: ArchiveStanding | null
  /** Why no hour may be sealed. */
  readonly behind: string | null
}

/** Resolves when the archive has everything that Kafka had when asked, or to how far it is after the wait. */
async function waitForArchive(deps: BatchDependencies, stream: StreamName, signal: AbortSignal): Promise<ArchiveLook> {
  const { archiveWaitMs, archivePollMs } = deps.settings
  const started = deps.clock()
  let targets: ReadonlyMap<number, number>
  try {
    targets = await deps.highWatermarks(stream)
  } catch (error) {
    // another topic has its name, or none: what it holds may belong to any hour, and is not in the lake
    if (!isAppError(error, 'conflict')) throw error
    return { standing: null, behind: `no hour of ${stream} can be sealed: ${error.message}` }
  }
  for (;;) {
    const partitions = await Promise.all(
      [...targets].map(async ([partition, high]) => ({
        partition,
        high,
        archived: await deps.lake.archivedTo(stream, partition),
      })),
    )
    const standing = { at: started, partitions: partitions.sort((a, b) => a.partition - b.partition) }
    if (lagOf(standing) === 0 || deps.clock() - started >= archiveWaitMs) {
      return { standing, behind: behindText(stream, standing) }
    }
    await delay(archivePollMs, undefined, { signal })
  }
}

function behindText(stream: StreamName, standing: ArchiveStanding): string | null {
  if (lagOf(standing) === 0) return null
  const lacking = standing.partitions
    .filter(({ high, archived }) => high > archived)
    .map(
      ({ partition, high, archived }) =>
        `partition ${partition} lacks at most ${high - archived} records (from offset ${archived} on)`,
    )
    .join(', ')
  return `the archive of ${stream} is behind, so no hour can be sealed: ${lacking}. Is an archive worker running, or does a transaction of another producer stay open? The next run tries again`
}
