/** Finds stale sealed hours, a page at a time, and groups them into units. Reads only; writes nothing. */

import { mapBounded } from '../lake/concurrency.ts'
import type { HourRange } from '../lake/hour-dirs.ts'
import { type BoardName, boardsOf } from '../model/boards.ts'
import { straddledChange } from '../model/generations.ts'
import { cutUnits, firstHourOf, isStale, lastHourOf, planUnits, type StaleHour, UNIT_LIMITS } from '../model/plan.ts'
import { type HourId, nextHour } from '../model/time.ts'
import type { PlanPage, PlanRequest } from '../model/work.ts'
import { withBeat } from './beat.ts'
import type { BatchDependencies } from './dependencies.ts'
import { extractorOf, findOwners, type Owners } from './owners.ts'

/**
 * Hours listed for one page, and activities that it may come to. The page's barrier costs one tail of latency, its events
 * (about six an activity) must stay well under the 4,096 after which a run continues as new.
 */
const PAGE_HOURS_MAX = 2_000
const PAGE_ACTIVITIES_MAX = 250
/** 16 listings at once are near what one NameNode gives (SERVICES.md: 240-380 small operations a second). */
const LISTINGS_AT_ONCE = 16

export function planHours(deps: BatchDependencies) {
  return (request: PlanRequest): Promise<PlanPage> => withBeat(({ signal }) => planPage(deps, request, signal))
}

type PlanDependencies = Pick<BatchDependencies, 'lake' | 'views' | 'settings'>

/** The page that begins at `from`. */
export async function planPage(
  deps: PlanDependencies,
  { stream, target, from, except, newestFirst = false }: PlanRequest,
  signal: AbortSignal,
): Promise<PlanPage> {
  const owners = await findOwners(deps.views, stream, target)
  const seen = await deps.lake.walkHours(stream, rangeOf(owners, target, from, newestFirst), signal)
  const seenOf = new Map(seen.map((one) => [one.hour, one]))
  const found = [...seenOf.keys()]
  // In the order in which they are to be done; the page itself is planned in time order.
  const all = newestFirst ? found.toReversed() : found
  const hours = all.slice(0, PAGE_HOURS_MAX).sort()
  const first = hours[0]
  const last = hours.at(-1)
  if (first === undefined || last === undefined) return { units: [], looked: 0, open: 0, next: null, ahead: 0 }

  const computed = await computedBy(deps, stream, owners, { from: first, until: nextHour(last) })
  const setAside = new Set(except)
  let open = 0
  const stale: StaleHour[] = []
  const looked = await mapBounded(hours, LISTINGS_AT_ONCE, async (hour) => {
    signal.throwIfAborted()
    const boards = boardsOf(stream).filter((board) => owners.ownerOf(hour, board))
    if (boards.length === 0 || setAside.has(hour)) return undefined
    const outline = await deps.lake.outline(stream, seenOf.get(hour)!)
    if (outline.isEmpty) return undefined
    const fresh = boards.every((board) => {
      const owner = owners.ownerOf(hour, board)!
      return !isStale(computed(owner.number, board, hour), outline, extractorOf(owner, board))
    })
    if (fresh) return undefined
    if (!outline.sealed) {
      open += 1
      return undefined
    }
    const { bytes, partitions, spans } = outline
    return { hour, bytes, partitions, spans }
  })
  const changes = await deps.lake.layoutChanges(stream)
  for (const one of looked) {
    if (!one) continue
    const { spans, ...hour } = one
    stale.push({ ...hour, acrossPartitions: straddledChange(spans, changes) !== undefined })
  }

  const units = planUnits(stale, { ...UNIT_LIMITS, fanOutBytes: deps.settings.fanOutBytes })
  const { kept, leftOut } = cutUnits(newestFirst ? units.reverse() : units, PAGE_ACTIVITIES_MAX)
  const next = (leftOut && (newestFirst ? lastHourOf(leftOut) : firstHourOf(leftOut))) ?? all[PAGE_HOURS_MAX] ?? null
  const isAhead = (hour: HourId) => next !== null && (newestFirst ? hour <= next : hour >= next)
  const ahead = all.filter(isAhead).length
  return { units: kept, looked: hours.length, open, next, ahead }
}

/** An edition looks at its own hours only; the live history at all. `at`: where planning has come to. */
function rangeOf(
  { editions: [edition] }: Owners,
  target: PlanRequest['target'],
  at: HourId | null,
  newestFirst: boolean,
): HourRange {
  const own = target === 'live' || !edition ? { since: null, until: null } : edition
  const from = newestFirst ? own.since : (at ?? own.since)
  const to = newestFirst && at !== null ? nextHour(at) : own.until
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) }
}

async function computedBy(
  deps: PlanDependencies,
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
