/**
 * Moments as people type them, in English or French: `last monday 7h`, `lundi dernier 7h`, `2026-11-16T07`, `2 hours ago`, `now`.
 *
 * chrono-node understands the words; luxon turns the wall clock it found into an instant of the person's time zone (the zone's
 * offset at that moment, not today's). A moment of the past is meant: `monday` alone is the last one.
 */
import * as chrono from 'chrono-node'
import { DateTime, IANAZone } from 'luxon'
import { durationOf } from '../model/duration.ts'
import { AppError } from '../model/errors.ts'
import { type HourId, hourOf } from '../model/time.ts'

export interface WhenContext {
  /** IANA name: `Europe/Paris`, `UTC`. */
  readonly zone: string
  /** Milliseconds since 1970 UTC. */
  readonly now: number
}

const EXAMPLES = `'last monday 7h', 'lundi dernier 7h', '2026-11-16T07', '2026-11-16T07:00Z', '3 hours ago', 'now'`

/** @throws AppError `bad-input` when there is no such zone */
export function checkZone(zone: string): string {
  if (!IANAZone.isValidZone(zone)) {
    throw new AppError('bad-input', `'${zone}' is not a time zone; write it as Europe/Paris, America/New_York or UTC`, {
      facts: { zone },
    })
  }
  return zone
}

/**
 * The instant that `text` names, milliseconds since 1970 UTC.
 * @throws AppError `bad-input` with examples
 */
export function parseMoment(text: string, context: WhenContext): number {
  const trimmed = text.trim()
  const found = parseIso(trimmed, context) ?? parseWords(trimmed, context)
  if (found === undefined) {
    throw new AppError('bad-input', `'${text}' is not a moment that I understand; write for example ${EXAMPLES}`, {
      facts: { value: text },
    })
  }
  return found
}

/** The UTC hour that the moment falls in. */
export function parseHourText(text: string, context: WhenContext): HourId {
  return hourOf(parseMoment(text, context))
}

/**
 * The length of `24h`, `7d`, `90m`, `2w`, milliseconds.
 * @throws AppError `bad-input`
 */
export function parseDuration(text: string): number {
  const ms = durationOf(text)
  if (ms === undefined) {
    throw new AppError('bad-input', `'${text}' is not a length of time; write it as 24h, 7d, 2w or 90m`, {
      facts: { value: text },
    })
  }
  return ms
}

/** `2026-11-16T07`, with or without minutes and zone; without a zone it is the person's. */
function parseIso(text: string, { zone }: WhenContext): number | undefined {
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(text)
  const iso = text.replace(/^(\S{10}) /, '$1T').replace(/^(\S{10}T\d\d)(Z?)$/i, '$1:00$2')
  const moment = DateTime.fromISO(iso, hasZone ? { setZone: true } : { zone })
  return moment.isValid ? moment.toMillis() : undefined
}

function parseWords(text: string, context: WhenContext): number | undefined {
  // chrono's English does not know `7h`, its French does not know `7:00` after a day in every form: each gets its own
  const english = text.replace(/\b(\d{1,2})\s?h(\d\d)?\b/gi, (_, hour, minute) => `${hour}:${minute ?? '00'}`)
  return parseWith(chrono.en, english, context) ?? parseWith(chrono.fr, text, context)
}

function parseWith(
  language: { parse: typeof chrono.parse },
  text: string,
  { zone, now }: WhenContext,
): number | undefined {
  const timezone = DateTime.fromMillis(now, { zone }).offset
  const [result] = language.parse(text, { instant: new Date(now), timezone })
  // all of it, or nothing: of 'last monday 7 bananas' a part would be understood, and answered wrongly
  if (result === undefined || result.text.length !== text.length) return undefined
  const { start } = result
  if (start.isCertain('timezoneOffset')) return start.date().getTime()
  const part = (name: chrono.Component) => start.get(name) ?? 0
  const wallClock = DateTime.fromObject(
    {
      year: part('year'),
      month: part('month'),
      day: part('day'),
      hour: start.isCertain('hour') ? part('hour') : 0,
      minute: start.isCertain('minute') ? part('minute') : 0,
    },
    { zone },
  )
  const onlyWeekday = start.isCertain('weekday') && !start.isCertain('day')
  const past = onlyWeekday && wallClock.toMillis() > now ? wallClock.minus({ weeks: 1 }) : wallClock
  return past.isValid ? past.toMillis() : undefined
}
