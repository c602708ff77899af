/** How much an edition holds: its own hours, of how many there are, and what they were counted from. */
import { boardsOf } from '../model/boards.ts'
import { type Edition, ownsHour } from '../model/editions.ts'
import type { HourId } from '../model/time.ts'
import type { Views } from './views.ts'

export interface Extent {
  /** Own hours that are computed for all boards that it owns. */
  readonly hours: number
  /** Own hours that are sealed and have records: all that there is to compute. Grows with the stream while it has no end. */
  readonly hoursDue: number
  /** Of the hours computed, as the ledger has them: records with copies, and their bytes in the lake. */
  readonly records: number
  readonly bytes: number
  readonly first: HourId | null
  readonly last: HourId | null
}

type ExtentViews = Pick<Views, 'batch' | 'hours'>

/** By number. The ledger is read once for all. */
export async function extentsOf(
  views: ExtentViews,
  editions: readonly Edition[],
): Promise<ReadonlyMap<number, Extent>> {
  const [first] = editions
  if (!first) return new Map()
  const ledger = (await views.hours.list(first.stream)).filter(
    ({ sealedAt, records }) => sealedAt !== null && records > 0,
  )
  return new Map(
    await Promise.all(
      editions.map(async (edition) => {
        const due = ledger.filter(({ hour }) => ownsHour(edition, hour))
        const computed = await computedHours(views, edition)
        const done = due.filter(({ hour }) => computed.has(hour))
        const hours = [...computed].sort()
        const extent: Extent = {
          hours: hours.length,
          hoursDue: Math.max(due.length, hours.length),
          records: done.reduce((sum, { records }) => sum + records, 0),
          bytes: done.reduce((sum, { bytes }) => sum + bytes, 0),
          first: hours[0] ?? null,
          last: hours.at(-1) ?? null,
        }
        return [edition.number, extent] as const
      }),
    ),
  )
}

async function computedHours(views: ExtentViews, edition: Edition): Promise<ReadonlySet<HourId>> {
  const { stream, number } = edition
  const own = edition.boards ?? boardsOf(stream)
  const byBoard = await Promise.all(own.map((board) => views.batch.hours({ stream, board, edition: number })))
  const [first = [], ...others] = byBoard.map((hours) => new Set(hours))
  return new Set([...first].filter((hour) => others.every((hours) => hours.has(hour))))
}
