/** When a post was written, out of the several ways in which sources say it. All in milliseconds since 1970 UTC. */
import { eventTimeProblem, instantText } from '../../model/event-time.ts'
import { badRecord } from './parsed.ts'

const MAX_MS = 8_640_000_000_000_000
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const V1 = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d):(\d\d) \+0000 (\d{4})$/
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/

/**
 * `Mon Mar 28 23:23:12 +0000 2016` or ISO 8601 with a zone. A time without a zone is refused: it would mean another instant on
 * every machine.
 * @throws AppError `bad-record` naming the field
 */
export function parseTime(field: string, text: string): number {
  const v1 = V1.exec(text)
  if (v1) {
    const month = MONTHS.indexOf(v1[1]!)
    const ms = Date.UTC(Number(v1[6]), month, Number(v1[2]), Number(v1[3]), Number(v1[4]), Number(v1[5]))
    // the 31st of February would silently be in March
    if (month >= 0 && new Date(ms).getUTCDate() === Number(v1[2])) return ms
  } else if (ISO.test(text)) {
    const ms = Date.parse(text)
    if (!Number.isNaN(ms) && dayExists(text)) return ms
  }
  throw badRecord(field, text, "a time such as 2016-03-28T23:23:12Z or 'Mon Mar 28 23:23:12 +0000 2016'")
}

/** V8 reads 2026-02-31 as the 3rd of March. */
function dayExists(iso: string): boolean {
  const day = Number(iso.slice(8, 10))
  if (day <= 28) return true
  return day <= new Date(Date.UTC(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)), 0)).getUTCDate()
}

/** A whole number of milliseconds, as digits or as a number. @throws AppError `bad-record` */
export function parseMs(field: string, value: string | number): number {
  const ms = typeof value === 'number' ? value : /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (!Number.isInteger(ms) || ms < 0 || ms > MAX_MS) throw badRecord(field, value, 'milliseconds since 1970 UTC')
  return ms
}

const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
/** Ids below it were given out in sequence, before 4 November 2010. */
const FIRST_SNOWFLAKE = 29_700_859_247n

/** The time that is in an id of X (milliseconds behind its epoch, above 22 bits); undefined for ids older than that scheme. */
export function timeOfSnowflake(id: string): number | undefined {
  const number = BigInt(id)
  return number < FIRST_SNOWFLAKE ? undefined : Number(number >> 22n) + SNOWFLAKE_EPOCH_MS
}

/** @throws AppError `bad-record` when the time cannot be that of a post that has been written by `now` */
export function checkEventTime(ms: number, now: number, futureMaxMs: number): void {
  const problem = eventTimeProblem(ms, now, futureMaxMs)
  if (problem !== undefined) throw badRecord('created_at', instantText(ms), problem)
}
