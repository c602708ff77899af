/** Which hours the range view shows, from its address: `from` and `to` as UTC hours, or as moments of its time zone; or `last`. */
import { HOUR_MS, type HourId, hourOf, hourStart, nextHour } from '../../../model/time.ts'
import { hourAt } from '../format/zoned.ts'

export interface RangeWindow {
  readonly from: HourId
  /** The hour behind the last. */
  readonly to: HourId
  readonly hours: number
}

const HOUR = /^\d{4}-\d\d-\d\dT\d\d$/
export const LASTS = { '24h': 24, '7d': 168, '30d': 720 } as const
export type Last = keyof typeof LASTS

/** undefined: the end is not after the beginning, or one of them is no moment. */
export function readWindow(
  query: Readonly<Record<string, string>>,
  { zone, now, otherwise }: { readonly zone: string; readonly now: number; readonly otherwise: Last },
): RangeWindow | undefined {
  const running = hourOf(now)
  const { from, to, last } = query
  if (from === undefined) {
    const hours = LASTS[isLast(last) ? last : otherwise]
    return { from: nextHour(running, -hours), to: running, hours }
  }
  const begin = hourFrom(from, zone)
  const end = to === undefined ? running : hourFrom(to, zone)
  if (!begin || !end || end <= begin) return undefined
  return { from: begin, to: end, hours: (hourStart(end) - hourStart(begin)) / HOUR_MS }
}

export function isLast(text: string | undefined): text is Last {
  return text !== undefined && Object.hasOwn(LASTS, text)
}

/** A UTC hour, or the hour that a moment of the zone falls in. */
export function hourFrom(text: string, zone: string): HourId | undefined {
  if (!HOUR.test(text)) return hourAt(text, zone)
  const ms = Date.parse(`${text}:00:00Z`)
  return Number.isNaN(ms) ? undefined : hourOf(ms)
}
