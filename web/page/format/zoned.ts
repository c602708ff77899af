/**
 * UTC hours as people of a time zone see them. Hours are whole UTC hours, so in a zone of 5 h 30 they begin at half past.
 *
 * Invariant: the hours of the days of a zone are disjoint and together every hour; a day of a clock change has 23 or 25.
 */
import { HOUR_MS, type HourId, hourOf, hourStart } from '../../../model/time.ts'

/** `2026-11-20`, of a zone. */
export type Day = string

interface Fields {
  readonly day: Day
  /** `07:30` */
  readonly time: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    const digits = '2-digit'
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      ...{ month: digits, day: digits, hour: digits, minute: digits },
    })
    formats.set(zone, format)
  }
  return format
}

export function fieldsOf(ms: number, zone: string): Fields {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  )
  const { year, month, day, hour, minute } = parts
  return { day: `${year}-${month}-${day}`, time: `${hour}:${minute}` }
}

export function dayOf(ms: number, zone: string): Day {
  return fieldsOf(ms, zone).day
}

export function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`)
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 24 * HOUR_MS).toISOString().slice(0, 10)
}

/** Zones lie between UTC−12 and UTC+14. */
const AHEAD_H = 14
const BEHIND_H = 12

/** The hours that begin on a day of the zone, in time order. */
export function hoursOfDay(day: Day, zone: string): readonly HourId[] {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  const hours: HourId[] = []
  for (let ms = midnight - AHEAD_H * HOUR_MS; ms <= midnight + (24 + BEHIND_H) * HOUR_MS; ms += HOUR_MS) {
    if (dayOf(ms, zone) === day) hours.push(hourOf(ms))
  }
  return hours
}

/**
 * The hour that a moment of a zone falls in: `2026-11-20T07:30`, as an input of type datetime-local writes it. Of a time that a clock
 * change leaves out it is the hour behind; of one that comes twice, the first.
 */
export function hourAt(local: string, zone: string): HourId | undefined {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?$/.exec(local)
  if (!match || !isDay(match[1]!)) return undefined
  const [, day = '', time = ''] = match
  const hours = hoursOfDay(day, zone)
  return hours.findLast((hour) => fieldsOf(hourStart(hour), zone).time <= time) ?? hours[0]
}

/** As an input of type datetime-local takes it. */
export function localOf(hour: HourId, zone: string): string {
  const { day, time } = fieldsOf(hourStart(hour), zone)
  return `${day}T${time}`
}
