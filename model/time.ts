/**
 * Time as Tendance counts it: instants are milliseconds since 1970 UTC; an hour is 60 minutes from a UTC hour, written
 * `2026-11-16T07`; slots divide an hour exactly. Pure: the clock is an argument of whoever needs it.
 *
 * Invariant: every instant falls in exactly one slot and one hour, also before 1970.
 */
import { AppError } from './errors.ts'

export const HOUR_MS = 3_600_000
export const MINUTE_MS = 60_000
export const DAY_MS = 24 * HOUR_MS
export const WEEK_HOURS = 7 * 24

/** `2026-11-16T07`: sorts as time does. */
export type HourId = string & { readonly __hour: unique symbol }
/** `2026-11-16T07:05`: the start of a slot, to the minute. */
export type SlotId = string & { readonly __slot: unique symbol }

export type Clock = () => number

/** Years have four digits: before the year 0 the first hour stands, behind 9999 the end of its last one, which is no hour but sorts. */
const YEAR_0_MS = Date.parse('0000-01-01T00:00:00.000Z')
const YEAR_10000_MS = Date.parse('9999-12-31T24:00:00.000Z')

export function hourOf(ms: number): HourId {
  if (ms >= YEAR_10000_MS) return '9999-12-31T24' as HourId
  if (ms < YEAR_0_MS) return '0000-01-01T00' as HourId
  return new Date(hourStartOf(ms)).toISOString().slice(0, 13) as HourId
}

export function hourStartOf(ms: number): number {
  return Math.floor(ms / HOUR_MS) * HOUR_MS
}

/** Start of the hour, milliseconds since 1970 UTC. */
export function hourStart(hour: HourId): number {
  return Date.parse(`${hour}:00:00.000Z`)
}

export function hourEnd(hour: HourId): number {
  return hourStart(hour) + HOUR_MS
}

/** @throws AppError `bad-input` when the text is not an hour such as `2026-11-16T07`. */
export function parseHour(text: string): HourId {
  const ms = /^\d{4}-\d\d-\d\dT\d\d$/.test(text) ? Date.parse(`${text}:00:00.000Z`) : Number.NaN
  if (Number.isNaN(ms) || hourOf(ms) !== text) {
    throw new AppError('bad-input', `'${text}' is not an hour; write it as 2026-11-16T07 (UTC)`, {
      facts: { value: text },
    })
  }
  return text as HourId
}

export function nextHour(hour: HourId, hours = 1): HourId {
  return hourOf(hourStart(hour) + hours * HOUR_MS)
}

/** How many hours [from, to) has; 0 when `to` is not behind `from`. */
export function countHours(from: HourId, to: HourId): number {
  return Math.max(0, (hourStart(to) - hourStart(from)) / HOUR_MS)
}

/** A hundred years: who asks for more has to go by what exists, not by the calendar. */
const HOURS_BETWEEN_MAX = 876_600

/** The hours of [from, to): `to` is not among them. @throws AppError `bad-input` when they are more than a hundred years */
export function hoursBetween(from: HourId, to: HourId): HourId[] {
  if (countHours(from, to) > HOURS_BETWEEN_MAX) {
    const message = `from ${from} to ${to} are ${countHours(from, to)} hours: a list of hours has at most ${HOURS_BETWEEN_MAX}`
    throw new AppError('bad-input', message, { facts: { from, to } })
  }
  const hours: HourId[] = []
  for (let ms = hourStart(from); ms < hourStart(to); ms += HOUR_MS) hours.push(hourOf(ms))
  return hours
}

export function slotStartOf(ms: number, slotMs: number): number {
  return Math.floor(ms / slotMs) * slotMs
}

export function slotId(startMs: number): SlotId {
  return new Date(startMs).toISOString().slice(0, 16) as SlotId
}

export function slotStart(slot: SlotId): number {
  return Date.parse(`${slot}:00.000Z`)
}
