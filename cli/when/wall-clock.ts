/**
 * From what a clock on the wall shows to an instant. In the night when the clocks go forward an hour of the wall does not exist, and
 * in the night when they go back one comes twice: the first is refused, the second too, with both instants to choose from.
 */
import { DateTime } from 'luxon'
import { MINUTE_MS } from '../../model/time.ts'
import { refuse } from './refusal.ts'

export interface WallClock {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second?: number
  readonly millisecond?: number
}

/** @throws AppError `bad-input` for a wall clock that never was, or was twice. undefined: there is no such date */
export function instantOf(text: string, wall: WallClock, zone: string): number | undefined {
  const asUtc = DateTime.fromObject(wall, { zone: 'UTC' })
  if (!asUtc.isValid) return undefined
  const shows = asUtc.toMillis()
  // The offsets that the zone has around that time: at most two within a day, as no zone changes twice in one.
  const offsets = [-1, 1].map((days) => DateTime.fromMillis(shows, { zone }).plus({ days }).offset)
  const instants = [...new Set(offsets.map((offset) => shows - offset * MINUTE_MS))].filter(
    (ms) => DateTime.fromMillis(ms, { zone }).offset * MINUTE_MS + ms === shows,
  )
  const [only] = instants
  if (instants.length === 1) return only
  if (instants.length === 0) {
    const after = DateTime.fromMillis(shows - Math.min(...offsets) * MINUTE_MS, { zone })
    const before = DateTime.fromMillis(shows - Math.max(...offsets) * MINUTE_MS, { zone })
    refuse(text, `never was in ${zone}: the clocks went forward over it`, [isoOf(before), isoOf(after)])
  }
  return refuse(
    text,
    `was twice in ${zone}: the clocks went back over it`,
    instants.sort((a, b) => a - b).map((ms) => isoOf(DateTime.fromMillis(ms, { zone }))),
  )
}

function isoOf(moment: DateTime): string {
  return moment.toFormat("yyyy-MM-dd'T'HH:mmZZ")
}
