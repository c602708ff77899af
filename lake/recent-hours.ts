/**
 * Which hours may be new since the last look, by the times at which directories changed: making an hour's directory changes its
 * day's time, making a day's changes its month's. So months are always listed (36 in three years), days only if they changed.
 *
 * Times are the store's own (the NameNode's clock) and compared with one another only, with a margin for a clock that was set back.
 * What this cannot see, files that came into an hour that is there already, is the digest's matter (lake/listing.ts).
 */
import type { StreamName } from '../model/streams/stream.ts'
import { HOUR_MS, type HourId, parseHour } from '../model/time.ts'
import { mapBounded } from './concurrency.ts'
import { directoriesIn, isOnCalendar } from './hour-dirs.ts'
import type { LakePlace } from './listing.ts'

export interface RecentHours {
  /** Ascending: at least every hour whose directory was made after `since`. */
  readonly hours: readonly HourId[]
  /** The `since` of the next look; null: there are no hours yet. */
  readonly seenTo: number | null
  /** Directories that were listed. */
  readonly listed: number
}

const LISTINGS_AT_ONCE = 24
const CLOCK_MARGIN_MS = HOUR_MS

/** @param since `seenTo` of an earlier look; null: looks at everything */
export async function recentHours(
  { store, layout }: LakePlace,
  stream: StreamName,
  since: number | null,
  signal?: AbortSignal,
): Promise<RecentHours> {
  const root = layout.recordsDir(stream)
  const changedAfter = since === null ? Number.NEGATIVE_INFINITY : since - CLOCK_MARGIN_MS
  let seenTo = since
  let listed = 0
  const below = async (dirs: readonly string[], digits: number): Promise<readonly Directory[]> => {
    const found = await mapBounded(dirs, LISTINGS_AT_ONCE, async (dir) => {
      signal?.throwIfAborted()
      listed += 1
      return directoriesIn(await store.list(`${root}${dir}`), digits).map(({ name, modifiedAt }) => ({
        path: `${dir}/${name}`,
        modifiedAt,
      }))
    })
    return found.flat().filter(({ path }) => isOnCalendar(textOf(path)))
  }
  const years = await below([''], 4)
  const months = await below(pathsOf(years), 2)
  const days = await below(pathsOf(months), 2)
  for (const { modifiedAt } of days) seenTo = Math.max(seenTo ?? modifiedAt, modifiedAt)
  const hours = await below(pathsOf(days.filter(({ modifiedAt }) => modifiedAt >= changedAfter)), 2)
  return { hours: hours.map(({ path }) => hourAt(path)).sort(), seenTo, listed }
}

interface Directory {
  /** Below the records' directory: `/2026/11/16`. */
  readonly path: string
  readonly modifiedAt: number
}

const pathsOf = (dirs: readonly Directory[]) => dirs.map(({ path }) => path)

function hourAt(path: string): HourId {
  return parseHour(textOf(path))
}

/** `2026-11-16T07` of `/2026/11/16/07`, and the same of its beginnings. */
function textOf(path: string): string {
  const [year, month, day, hour] = path.slice(1).split('/')
  return [year, month, day].filter((part) => part !== undefined).join('-') + (hour === undefined ? '' : `T${hour}`)
}
