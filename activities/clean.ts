/**
 * Deletes what nobody needs any more: speed views, temporary files (editions: clear-edition.ts). Each part looks afresh at what is
 * safe, so repeating it, or stopping in the middle, does no harm; a dry run only lists.
 *
 * Invariants: speed documents of an hour go only when it ended two hours ago, is sealed, and is computed from the files that are there
 * now, in the live history and in every edition that may be published (else publishing it would leave the hour unanswered).
 */
import { mapBounded } from '../lake/concurrency.ts'
import { boardsOf } from '../model/boards.ts'
import { type Edition, ownsHour } from '../model/editions.ts'
import { isStale, type LakeDigests } from '../model/plan.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { HOUR_MS, type HourId, hourEnd, nextHour } from '../model/time.ts'
import type { CleanResult } from '../model/work.ts'
import type { HourDigest } from '../views/batch.ts'
import { withBeat } from './beat.ts'
import { compareSpeed } from './compare-speed.ts'
import type { BatchDependencies } from './dependencies.ts'
import { extractorOf, findOwners } from './owners.ts'

export interface CleanRequest {
  readonly stream: StreamName
  readonly dryRun: boolean
}

const AT_ONCE = 16
/** What is trending in the last 60 minutes, against the 60 before, is made of slots: batch has only whole hours. */
const SPEED_KEEP_MS = 2 * HOUR_MS
export const LISTED_MAX = 50
const MAY_BE_PUBLISHED: readonly Edition['state'][] = ['building', 'held']

export function nothingCleaned(dryRun: boolean): CleanResult {
  return {
    dryRun,
    speedDocuments: 0,
    speedHours: 0,
    temporaryFiles: 0,
    tallyFiles: 0,
    bytes: 0,
    editions: [],
    listed: [],
  }
}

/** Speed documents that batch covers, but those of the last two hours. */
export function cleanSpeed(deps: BatchDependencies) {
  return ({ stream, dryRun }: CleanRequest): Promise<CleanResult> =>
    withBeat(async ({ signal }) => {
      const keptFrom = deps.clock() - SPEED_KEEP_MS
      const candidates = (await speedHours(deps.views, stream)).filter((hour) => hourEnd(hour) <= keptFrom)
      const first = candidates[0]
      const last = candidates.at(-1)
      if (first === undefined || last === undefined) return nothingCleaned(dryRun)
      const isCovered = await coverage(deps, stream, first, last)
      const covered = (
        await mapBounded(candidates, AT_ONCE, async (hour) => {
          signal.throwIfAborted()
          const listing = await deps.lake.listHour(stream, hour)
          return listing.sealed && isCovered(hour, listing) ? hour : undefined
        })
      ).filter((hour) => hour !== undefined)
      if (covered.length === 0) return nothingCleaned(dryRun)
      if (!dryRun) await compareSpeed(deps, stream, covered, signal)
      let speedDocuments = 0
      for (const board of dryRun ? [] : boardsOf(stream)) {
        speedDocuments += await deps.views.speed.deleteHours({ stream, board, hours: covered })
      }
      return {
        ...nothingCleaned(dryRun),
        speedDocuments,
        speedHours: covered.length,
        listed: covered.slice(0, LISTED_MAX).map((hour) => `speed views of ${stream} ${hour}`),
      }
    })
}

async function speedHours(views: BatchDependencies['views'], stream: StreamName): Promise<readonly HourId[]> {
  const hours = new Set<HourId>()
  for (const board of boardsOf(stream)) {
    for (const hour of await views.speed.hours({ stream, board })) hours.add(hour)
  }
  return [...hours].sort()
}

/** Tells of an hour in [first, last] whether every edition that answers for it, or may come to, has it from these files. */
async function coverage(deps: BatchDependencies, stream: StreamName, first: HourId, last: HourId) {
  const { editions: live, ownerOf } = await findOwners(deps.views, stream, 'live')
  const coming = (await deps.views.editions.list(stream)).filter(({ state }) => MAY_BE_PUBLISHED.includes(state))
  const computed = new Map<string, ReadonlyMap<HourId, HourDigest>>()
  for (const { number } of [...live, ...coming]) {
    for (const board of boardsOf(stream)) {
      computed.set(
        `${number} ${board}`,
        await deps.views.batch.digests({ stream, board, edition: number, from: first, to: nextHour(last) }),
      )
    }
  }
  return (hour: HourId, listing: LakeDigests): boolean =>
    boardsOf(stream).every((board) => {
      const owner = ownerOf(hour, board)
      const answering = [...(owner ? [owner] : []), ...coming.filter((edition) => ownsHour(edition, hour, board))]
      return (
        owner !== undefined &&
        answering.every(
          (edition) =>
            !isStale(computed.get(`${edition.number} ${board}`)?.get(hour), listing, extractorOf(edition, board)),
        )
      )
    })
}

/** Temporary files that were abandoned. */
export function cleanTemporary(deps: BatchDependencies) {
  return ({ stream, dryRun }: CleanRequest): Promise<CleanResult> =>
    withBeat(async () => {
      const swept = await deps.lake.sweepTemporary(stream, {
        olderThan: deps.clock() - deps.settings.keepTemporaryMs,
        dryRun,
      })
      return {
        ...nothingCleaned(dryRun),
        temporaryFiles: swept.paths.length,
        bytes: swept.bytes,
        listed: swept.paths.slice(0, LISTED_MAX),
      }
    })
}
