/**
 * Directories of hours, `<root>/2026/11/16/07`: records, tallies and notes on what is quarantined lie in such trees
 * (lake/layout.ts). A directory that is not named like a year, a month, a day or an hour of the calendar (`abc`, `2026/13`,
 * `2026/11/31`) is a stranger's and passed over: `tendance verify` lists it.
 */
import { type HourId, parseHour } from '../model/time.ts'
import { mapBounded } from './concurrency.ts'
import type { FileInfo, FileStore } from './file-store.ts'

/** Told of each directory that a walk passed over. */
export type OnStranger = (path: string) => void

export interface HourRange {
  /** First hour; from the beginning when it is left out. */
  readonly from?: HourId | undefined
  /** First hour behind it; to the end when it is left out. */
  readonly to?: HourId | undefined
}

/** An hour's directory as a walk saw it. */
export interface SeenHour {
  readonly hour: HourId
  /** Milliseconds since 1970 UTC by the store's clock: when a file came, went or was renamed in it. */
  readonly changedAt: number
}

/** Listings under way at once: a year of days is 365 of them, and HDFS answers 1,000 to 2,000 a second. */
const LISTINGS_AT_ONCE = 24

/** `2026`, `2026-11`, `2026-11-16`, `2026-11-16T07`. */
const LEVELS = [
  { digits: 4, separator: '' },
  { digits: 2, separator: '-' },
  { digits: 2, separator: '-' },
  { digits: 2, separator: 'T' },
] as const

/**
 * The hours that have a directory below `root`, ascending. Walks years, months and days and enters only those that the range
 * touches; hours themselves are not listed: when one changed stands in the listing of its day.
 */
export async function walkHourDirs(
  store: FileStore,
  root: string,
  range: HourRange = {},
  signal?: AbortSignal,
  onStranger: OnStranger = () => {},
): Promise<SeenHour[]> {
  let seen: readonly { readonly text: string; readonly changedAt: number }[] = [{ text: '', changedAt: 0 }]
  for (const { digits, separator } of LEVELS) {
    const below = await mapBounded(seen, LISTINGS_AT_ONCE, async ({ text }) => {
      signal?.throwIfAborted()
      const dir = text === '' ? root : `${root}/${text.replaceAll(/[-T]/g, '/')}`
      const infos = await store.list(dir)
      return directoriesIn(infos, digits, (name) => onStranger(`${dir}/${name}`))
        .map(({ name, modifiedAt }) => ({ text: `${text}${separator}${name}`, changedAt: modifiedAt }))
        .filter((one) => isOnCalendar(one.text, () => onStranger(`${root}/${one.text.replaceAll(/[-T]/g, '/')}`)))
        .filter((one) => touches(one.text, range))
    })
    seen = below.flat()
  }
  return seen
    .map(({ text, changedAt }) => ({ hour: parseHour(text), changedAt }))
    .sort((a, b) => (a.hour < b.hour ? -1 : 1))
}

/** Directories whose name is a number of so many digits. */
export function directoriesIn(
  infos: readonly FileInfo[],
  digits: number,
  onStranger: OnStranger = () => {},
): readonly FileInfo[] {
  return infos.filter(({ kind, name }) => {
    if (kind !== 'directory') return false
    if (name.length === digits && /^\d+$/.test(name)) return true
    onStranger(name)
    return false
  })
}

/** Whether `2026`, `2026-11`, `2026-11-16` or `2026-11-16T07` is one that the calendar has. */
export function isOnCalendar(text: string, otherwise: () => void = () => {}): boolean {
  try {
    parseHour(text + FIRST_HOUR.slice(text.length))
    return true
  } catch {
    otherwise()
    return false
  }
}

/** Whether an hour whose text begins with `prefix` can lie in [from, to): hours sort as text, so prefixes do. */
function touches(prefix: string, { from, to }: HourRange): boolean {
  if (from !== undefined && prefix < from.slice(0, prefix.length)) return false
  return to === undefined || prefix + FIRST_HOUR.slice(prefix.length) < to
}

/** The end of it completes what begins an hour's text. */
const FIRST_HOUR = '0000-01-01T00'
