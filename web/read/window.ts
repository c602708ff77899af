/** Which hours a request means. */
import { AppError } from '../../model/errors.ts'
import { type Clock, HOUR_MS, type HourId, hourOf, nextHour, parseHour } from '../../model/time.ts'
import type { WindowQuery } from '../contract/common.ts'

export interface HourWindow {
  readonly from: HourId
  /** The hour behind the last. */
  readonly to: HourId
}

const UNIT_HOURS = { h: 1, d: 24, w: 168 } as const

/**
 * @param hoursMax of the window
 * @throws AppError `bad-input`
 */
export function windowOf({ hour, from, to, last }: WindowQuery, clock: Clock, hoursMax: number): HourWindow {
  const given = [hour && 'hour', from && 'from', last && 'last'].filter(Boolean)
  if (given.length > 1) throw bad(`${given.join(' and ')} cannot stand together: each names the window`)
  if (to !== undefined && from === undefined) throw bad(`'to' needs 'from'`)
  const running = hourOf(clock())
  if (hour !== undefined) return { from: parseHour(hour), to: nextHour(parseHour(hour)) }
  if (last !== undefined) return checked({ from: nextHour(running, -hoursOf(last)), to: running }, hoursMax)
  if (from !== undefined)
    return checked({ from: parseHour(from), to: to === undefined ? running : parseHour(to) }, hoursMax)
  return { from: nextHour(running, -1), to: running }
}

/** The hours of `24h`, `7d`, `2w`. */
function hoursOf(last: string): number {
  return Number(last.slice(0, -1)) * UNIT_HOURS[last.at(-1) as keyof typeof UNIT_HOURS]
}

function checked(window: HourWindow, hoursMax: number): HourWindow {
  const { from, to } = window
  const hours = (Date.parse(`${to}:00Z`) - Date.parse(`${from}:00Z`)) / HOUR_MS
  if (hours >= 1 && hours <= hoursMax) return window
  throw bad(`from ${from} to ${to} are ${hours} hours: 'from' must be before 'to', and at most ${hoursMax} hours`)
}

function bad(message: string): AppError {
  return new AppError('bad-input', message)
}
