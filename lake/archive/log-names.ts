/** Where the entries of a partition's log begin, by listing their names: for those who look back, or look for holes. */
import { offsetName } from '../layout.ts'
import { type LogPlace, lastEntry } from './commit-log.ts'

const ENTRY_NAME = /^(\d{16})\.json$/
/** Entries that a look back reaches for first; four times as many with each further try. */
const FIRST_REACH = 64

export interface EntryName {
  /** The offset that the entry begins with. */
  readonly from: number
  /** When it was written, ms by the store's clock. */
  readonly writtenAt: number
}

/** Ascending. `from`: only those that begin there or later. */
export async function entryNames(
  { store, layout, stream }: LogPlace,
  partition: number,
  from = 0,
): Promise<readonly EntryName[]> {
  // Names are compared as text: '.json' stands behind every digit that could follow, so this is the last name before `from`.
  const after = from > 0 ? { after: `${offsetName(from - 1)}.json` } : {}
  const infos = await store.list(layout.commitsDir(stream, partition), after)
  return infos.flatMap(({ name, modifiedAt }) => {
    const match = ENTRY_NAME.exec(name)
    return match ? [{ from: Number(match[1]), writtenAt: modifiedAt }] : []
  })
}

/** The first offset at or behind `from` that an entry begins with; undefined: there is none. */
export async function entryNameFrom(place: LogPlace, partition: number, from: number): Promise<number | undefined> {
  return (await entryNames(place, partition, from))[0]?.from
}

/**
 * Entries written since `since` (ms), ascending. It lists from the end backwards, so that it costs what is new and not what a log of
 * years has.
 * @throws AppError `corrupt` as `lastEntry` does
 */
export async function entriesSince(place: LogPlace, partition: number, since: number): Promise<readonly EntryName[]> {
  const last = await lastEntry(place, partition)
  if (!last) return []
  for (let reach = FIRST_REACH * (last.to - last.from); ; reach *= 4) {
    const from = Math.max(0, last.from - reach)
    const names = await entryNames(place, partition, from)
    if (from === 0 || (names[0] !== undefined && names[0].writtenAt < since)) {
      return names.filter(({ writtenAt }) => writtenAt >= since)
    }
  }
}
