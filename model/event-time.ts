/**
 * Which event times a record can have: one bound for ingest, the archive and live counting, so that what one of them takes the
 * others take too. What lies outside has a wrong clock, or comes from a program that writes nonsense; taken in, it would make an hour
 * of the year 9999, and everything that asks for "all hours since" would be eight thousand years long.
 */

/** 2006-03-21, the day of the first post ever: what claims to be older has a wrong clock. */
export const EVENT_TIME_MIN = Date.UTC(2006, 2, 21)
/**
 * By how much ingest's clock may be ahead of that of the archive or of live counting: a record that ingest has just taken in must not
 * be refused by those behind it.
 */
export const CLOCKS_DIFFER_MS = 60_000
/** The greatest instant that a date can have in JavaScript. */
const INSTANT_MAX = 8_640_000_000_000_000

/**
 * What is wrong with the event time `ms`, in words that go on after "…: expected"; undefined when nothing is.
 *
 * @param now wall clock, ms
 * @param futureMaxMs how far behind `now` it may lie, since clocks differ
 */
export function eventTimeProblem(ms: number, now: number, futureMaxMs: number): string | undefined {
  if (!(ms >= EVENT_TIME_MIN)) return 'a time after 2006-03-21, when there were no posts yet'
  if (ms <= now + futureMaxMs) return undefined
  return `at most ${futureMaxMs} ms in the future (it is ${instantText(now)} here)`
}

/** ISO 8601 where a date can be that, else the number. */
export function instantText(ms: number): string {
  return Math.abs(ms) <= INSTANT_MAX ? new Date(ms).toISOString() : String(ms)
}
