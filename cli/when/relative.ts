/**
 * `3 hours ago`, `3h ago`, `il y a 2 jours`, `3h`: a length before now. Hours and minutes are exact; days and longer keep the clock on
 * the wall, whatever the clocks did in between.
 */
import { DateTime, type DurationLikeObject } from 'luxon'

const UNITS: readonly (readonly [RegExp, keyof DurationLikeObject])[] = [
  [/^(s|sec|secs|seconds?|secondes?)$/, 'seconds'],
  [/^(m|min|mins|minutes?)$/, 'minutes'],
  [/^(h|hrs?|hours?|heures?)$/, 'hours'],
  [/^(d|j|days?|jours?)$/, 'days'],
  [/^(w|wks?|weeks?|semaines?)$/, 'weeks'],
  [/^(months?|mois)$/, 'months'],
  [/^(y|years?|ans?|années?)$/, 'years'],
]
/** So far back no clock of ours counts. */
const COUNT_MAX = 100_000

/** Milliseconds; undefined when the text is no length before now. */
export function parseRelative(text: string, zone: string, now: number): number | undefined {
  const match =
    /^(\d+|an?|one)\s*(\p{L}+)\s+ago$/iu.exec(text) ??
    /^il y a (\d+|une?)\s*(\p{L}+)$/iu.exec(text) ??
    /^(\d+)\s*(h|min|m|d|j|w)$/i.exec(text)
  if (!match) return undefined
  const [, count = '', word = ''] = match
  const unit = UNITS.find(([pattern]) => pattern.test(word.toLowerCase()))?.[1]
  const amount = /^\d/.test(count) ? Number(count) : 1
  if (unit === undefined || amount > COUNT_MAX) return undefined
  return DateTime.fromMillis(now, { zone })
    .minus({ [unit]: amount })
    .toMillis()
}
