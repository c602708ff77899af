/** What the demo plays: last Monday, all of it, and the hours up to now. Seeded, so that the truth is known. */
import { DateTime } from 'luxon'
import type { SyntheticOptions } from '../../model/synthetic/plan.ts'
import { HOUR_MS, type HourId, hourOf, hourStart, hourStartOf, hoursBetween } from '../../model/time.ts'
import { parseMoment, type WhenContext } from '../when.ts'

/** How much of the posts is of last Monday; the rest is of the last hours. */
const MONDAY_SHARE = 0.92
const RECENT_HOURS = 2
const DAY_HOURS = 24

export interface DemoData {
  readonly plays: readonly SyntheticOptions[]
  /** UTC hours of the person's last Monday; the hours of question 2 and of the recompute are among them. */
  readonly monday: readonly HourId[]
  readonly recent: readonly HourId[]
  /** Last Monday 7:00. */
  readonly seven: HourId
  /** Different posts in all. */
  readonly posts: number
}

export function demoData(posts: number, context: WhenContext): DemoData {
  const midnight = parseMoment('last monday 0:00', context)
  // a zone of half hours has no whole UTC hours: the hour that holds its midnight begins the day
  const from = hourStartOf(midnight)
  const to = hourStartOf(DateTime.fromMillis(midnight, { zone: context.zone }).plus({ hours: DAY_HOURS }).toMillis())
  const recentFrom = hourStartOf(context.now) - RECENT_HOURS * HOUR_MS
  const ofMonday = Math.round(posts * MONDAY_SHARE)
  return {
    plays: [
      { seed: 1, from, to, posts: ofMonday },
      { seed: 2, from: recentFrom, to: context.now, posts: posts - ofMonday },
    ],
    monday: hoursBetween(hourOf(from), hourOf(to)),
    recent: hoursBetween(hourOf(recentFrom), hourOf(context.now)),
    seven: hourOf(parseMoment('last monday 7:00', context)),
    posts,
  }
}

/** Whether the hour is before `since`: what a recompute since then leaves as it is. */
export function isBefore(hour: HourId, since: HourId): boolean {
  return hourStart(hour) < hourStart(since)
}
