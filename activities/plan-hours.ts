/** Finds stale sealed hours, a page at a time, and groups them into units. Reads only; writes nothing. */

import { mapBounded } from '../lake/concurrency.ts'
import type { HourRange } from '../lake/listing.ts'
import type { BoardName } from '../model/boards.ts'
import { cutUnits, isStale, planUnits, type StaleHour, UNIT_LIMITS } from '../model/plan.ts'
import { type HourId, nextHour } from '../model/time.ts'
import type { PlanPage, PlanRequest } from '../model/work.ts'
import { withBeat } from './beat.ts'
import type { BatchDependencies } from './dependencies.ts'
import { boardsOf, extractorOf, findOwners, type Owners } from './owners.ts'

/**
 * Hours listed for one page, and activities that it may come to. The page's barrier costs one tail of latency, its events
 * (about six an activity) must stay well under the 4,096 after which a run continues as new.
 */
const PAGE_HOURS_MAX = 2_000
const PAGE_ACTIVITIES_MAX = 250
/** 16 listings at once are near what one NameNode gives (SERVICES.md: 240-380 small operations a second). */
const LISTINGS_AT_ONCE = 16

export function planHours(deps: BatchDependencies) {
  return ({ stream, target, from, except }: PlanRequest): Promise<PlanPage> =>
    withBeat(async ({ signal }) => {
      const owners = await findOwners(deps.views, stream, target)
      const all = await deps.lake.listHours(stream, rangeOf(owners, target, from), signal)
      const hours = all.slice(0, PAGE_HOURS_MAX)
      const first = hours[0]
      const last = hours.at(-1)
      if (first === undefined || last === undefined) return { units: [], looked: 0, open: 0, next: null, ahead: 0 }

      const computed = await computedBy(deps, stream, owners, { from: first, until: nextHour(last) })
      const setAside = new Set(except)
      let open = 0
      const stale: StaleHour[] = []
      const looked = await mapBounded(hours, LISTINGS_AT_ONCE, async (hour) => {
        signal.throwIfAborted()
        const owner = owners.ownerOf(hour)
        if (!owner || setAside.has(hour)) return undefined
        const listing = await deps.lake.listHour(stream, hour)
        if (listing.files.length === 0) return undefined
        const fresh = boardsOf(stream).every(
          (board) => !isStale(computed(owner.number, board, hour), listing.digest, extractorOf(owner, board)),
        )
        if (fresh) return undefined
        if (!listing.sealed) {
          open += 1
          return undefined
        }
        const partitions = [...new Set(listing.files.map(({ partition }) => partition))].sort((a, b) => a - b)
        return { hour, bytes: listing.bytes, partitions }
      })
      for (const hour of looked) if (hour) stale.push(hour)

      const units = planUnits(stale, { ...UNIT_LIMITS, fanOutBytes: deps.settings.fanOutBytes })
      const { kept, leftOut } = cutUnits(units, PAGE_ACTIVITIES_MAX)
      const next = leftOut ?? all[PAGE_HOURS_MAX] ?? null
      const ahead = next === null ? 0 : all.length - all.findIndex((hour) => hour >= next)
      return { units: kept, looked: hours.length, open, next, ahead }
    })
}

/** An edition looks at its own hours only; the live history at all. */
function rangeOf({ editions: [edition] }: Owners, target: PlanRequest['target'], from: HourId | null): HourRange {
  const own = target === 'live' || !edition ? { since: null, until: null } : edition
  const first = from ?? own.since
  return { ...(first ? { from: first } : {}), ...(own.until ? { to: own.until } : {}) }
}

async function computedBy(
  deps: BatchDependencies,
  stream: PlanRequest['stream'],
  owners: Owners,
  range: { readonly from: HourId; readonly until: HourId },
) {
  const boards = boardsOf(stream)
  const digestsOf = (board: BoardName, edition: number) =>
    deps.views.batch.digests({ stream, board, edition, from: range.from, to: range.until })
  const byOwner = new Map(
    await Promise.all(
      owners.editions.map(
        async ({ number }) =>
          [
            number,
            new Map(await Promise.all(boards.map(async (board) => [board, await digestsOf(board, number)] as const))),
          ] as const,
      ),
    ),
  )
  return (edition: number, board: BoardName, hour: HourId) => byOwner.get(edition)?.get(board)?.get(hour)
}
