/**
 * Moments as people type them, in English or French: `last monday 7h`, `lundi dernier 7h`, `2026-11-16T07`, `2 hours ago`, `3h`, `now`.
 *
 * The rules: a moment of the past is meant; a length alone (`3h`) is so long before now, in every option; what is not certain is
 * refused with the readings there are, never guessed. cli/when/ has a file for each way of writing.
 */
import { DateTime, IANAZone } from 'luxon'
import { durationOf } from '../model/duration.ts'
import { AppError } from '../model/errors.ts'
import { type HourId, hourOf } from '../model/time.ts'
import { parseIso } from './when/iso.ts'
import { refuse } from './when/refusal.ts'
import { parseRelative } from './when/relative.ts'
import { parseSpoken } from './when/spoken.ts'

export interface WhenContext {
  /** IANA name: `Europe/Paris`, `UTC`. */
  readonly zone: string
  /** Milliseconds since 1970 UTC. */
  readonly now: number
}

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
 * The instant that `text` names, milliseconds since 1970 UTC: one that has been.
 * @throws AppError `bad-input` with examples, or with the readings there are
 */
export function parseMoment(text: string, context: WhenContext): number {
  const found = parseEnd(text, context)
  if (found > context.now) {
    const now = DateTime.fromMillis(context.now, { zone: context.zone }).toFormat('yyyy-MM-dd HH:mm')
    refuse(text, `lies in the future (it is ${now} in ${context.zone})`)
  }
  return found
}

/** The same for the end of a span, which may be still to come. @throws AppError `bad-input` */
export function parseEnd(text: string, { zone, now }: WhenContext): number {
  const plain = text.trim().replaceAll(/\s+/g, ' ').replaceAll(/[’ʼ]/g, "'")
  if (/^(now|maintenant)$/i.test(plain)) return now
  const found =
    parseRelative(plain, zone, now) ?? parseIso(plain, zone) ?? parseSpoken(withMonthNames(plain), zone, now)
  return found ?? refuse(text, 'is not a moment that I understand')
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

/**
 * `16/11/2026` has one reading. `01/02/2026` has two: half of the world writes the month first.
 * @throws AppError `bad-input` with both
 */
function withMonthNames(text: string): string {
  const match = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})\b(.*)$/.exec(text)
  if (!match) return text
  const [, first = '', separator, second = '', year = '', rest = ''] = match
  const readings = [
    { day: Number(first), month: Number(second) },
    // Whoever writes points or hyphens writes the day first.
    ...(separator === '/' ? [{ day: Number(second), month: Number(first) }] : []),
  ]
    .map(({ day, month }) => DateTime.fromObject({ year: Number(year), month, day }, { zone: 'UTC' }))
    .filter(({ isValid }) => isValid)
  const dates = [...new Set(readings.map((date) => date.toFormat('yyyy-MM-dd')))]
  if (dates.length > 1)
    refuse(
      text,
      'has two readings',
      dates.map((date) => `${date}${rest}`),
    )
  return readings[0] ? `${readings[0].setLocale('en').toFormat('d MMMM yyyy')}${rest.replace(/^ à /i, ' at ')}` : text
}
