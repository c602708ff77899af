/**
 * Days and times in words, in English or French. chrono-node finds the words; which of its guesses are taken is decided here: a day
 * of the week is the last one that has been, a date without a year too, and what it only supposes (an evening is 20:00) is refused.
 *
 * chrono-node reckons in the zone of the machine. So it is told that now is noon, a time that no zone ever skips, and only asked
 * for days; instants come from wall-clock.ts.
 */
import * as chrono from 'chrono-node'
import { DateTime } from 'luxon'
import { refuse } from './refusal.ts'
import { instantOf } from './wall-clock.ts'

const PART_OF_DAY =
  /\b(morning|afternoon|evening|night|tonight)\b|\b(matin|matinée|après-midi|soir|soirée|nuit)(?!\p{L})/iu
const PARTS: readonly (readonly [pattern: RegExp, from: string, to: string])[] = [
  [/afternoon|après-midi/iu, '12:00', '17:00'],
  [/morning|matin/iu, '6:00', '11:00'],
  [/evening|soir/iu, '18:00', '21:00'],
  [/night|nuit/iu, '22:00', '23:00'],
]
const SPAN =
  /\b(last|past|this|next|previous)\s+(second|minute|hour|week|weekend|month|quarter|year)\b|\b(la|l'|le|ce|cet|cette)\s*(minute|heure|semaine|week-end|mois|année|an)\b|\b(minute|heure|semaine|week-end|mois|année|an)\s+(derni|pass|proch)/iu
const FUTURE = /\b(next|tomorrow|coming)\b|\b(prochain|prochaine|demain)\b/iu
const LAST = /\b(last|past|previous)\b|\b(dernier|dernière|passée?)(?!\p{L})/iu
const THIS = /\bthis\b|\bce\b/iu
const YEAR_MIN = 1970

type Words = chrono.ParsedResult['start']

/** Milliseconds; undefined when the words are not understood. @throws AppError `bad-input` with the readings there are */
export function parseSpoken(text: string, zone: string, now: number): number | undefined {
  if (SPAN.test(text)) refuse(text, 'is a span of time, not a moment', ['7 days ago', '1 hour ago', 'last monday 0h'])
  if (FUTURE.test(text)) refuse(text, 'lies in the future')
  const today = DateTime.fromMillis(now, { zone })
  const words = normalised(text, today)
  // chrono's English does not know '7h'.
  const english = words.replace(/\b(\d{1,2})\s?h(\d\d)?\b/gi, (_, hour, minute) => `${hour}:${minute ?? '00'}`)
  const found = parseAll(chrono.en, english, today) ?? parseAll(chrono.fr, words, today)
  if (!found) {
    if (PART_OF_DAY.test(text)) refusePart(text)
    return undefined
  }
  if (!found.isCertain('hour') && PART_OF_DAY.test(text)) refusePart(text)
  return instantOfWords(text, found, today)
}

function instantOfWords(text: string, found: Words, today: DateTime): number | undefined {
  const part = (name: chrono.Component) => found.get(name) ?? 0
  const time = found.isCertain('hour') ? { hour: part('hour') % 24, minute: part('minute') } : { hour: 0, minute: 0 }
  const zone = found.isCertain('timezoneOffset') ? fixedZone(part('timezoneOffset')) : today.zoneName!
  const at = (day: DateTime) => instantOf(text, { ...dateOf(day), ...time }, zone)
  const isPast = (day: DateTime) => (at(day) ?? 0) <= today.toMillis()
  if (found.isCertain('day')) {
    let day: DateTime = DateTime.fromObject(
      { year: part('year'), month: part('month'), day: part('day') },
      { zone: 'UTC' },
    )
    if (!day.isValid) return undefined
    // The day of a year that was not said is the last one that has been.
    if (!found.isCertain('year')) {
      const thisYear = DateTime.fromObject({ ...dateOf(day), year: today.year }, { zone: 'UTC' })
      day = thisYear.isValid && isPast(thisYear) ? thisYear : lastOfItsKind(day, today.year - 1)
    }
    if (day.year < YEAR_MIN) return undefined
    const weekday = found.isCertain('weekday') ? part('weekday') : day.weekday % 7
    if (weekday !== day.weekday % 7) {
      refuse(text, `is no date: ${day.toFormat('d MMMM yyyy')} is a ${day.toFormat('EEEE')}`, [
        day.toFormat('yyyy-MM-dd'),
      ])
    }
    return at(day)
  }
  if (found.isCertain('weekday')) return weekdayOf(text, part('weekday'), { today, at, isPast })
  if (found.isCertain('month')) {
    const first = DateTime.fromObject({ year: today.year, month: part('month'), day: 1 }, { zone: 'UTC' })
    const begun = isPast(first) ? first : first.minus({ years: 1 })
    refuse(text, 'is a month, not a moment', [begun.toFormat('yyyy-MM-dd')])
  }
  if (!found.isCertain('hour')) return undefined
  return isPast(today) ? at(today) : at(today.minus({ days: 1 }))
}

interface Calendar {
  readonly today: DateTime
  readonly at: (day: DateTime) => number | undefined
  readonly isPast: (day: DateTime) => boolean
}

/** @param wanted 0: Sunday */
function weekdayOf(text: string, wanted: number, { today, at, isPast }: Calendar): number | undefined {
  const back = (today.weekday - wanted + 7) % 7
  if (LAST.test(text)) return at(today.minus({ days: back || 7 }))
  const day = today.minus({ days: back })
  // Of this week: a day that is still to come is none that has been.
  const isAhead = THIS.test(text) && back > 0 && (wanted || 7) > today.weekday
  if (isAhead) refuse(text, 'lies in the future', [`last ${day.toFormat('EEEE').toLowerCase()}`])
  if (isPast(day) || THIS.test(text)) return at(day)
  return at(day.minus({ weeks: 1 }))
}

/** 29 February is looked for in the years before. */
function lastOfItsKind(day: DateTime, year: number): DateTime {
  for (let back = 0; back < 8; back++) {
    const candidate = DateTime.fromObject({ ...dateOf(day), year: year - back }, { zone: 'UTC' })
    if (candidate.isValid) return candidate
  }
  return day
}

function dateOf({ year, month, day }: DateTime): {
  readonly year: number
  readonly month: number
  readonly day: number
} {
  return { year, month, day }
}

function fixedZone(minutes: number): string {
  const hours = Math.trunc(Math.abs(minutes) / 60)
  const rest = Math.abs(minutes) % 60
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`
}

/** Words that chrono-node does not know, or guesses at, as words that it knows. */
function normalised(text: string, today: DateTime): string {
  const before = today.minus({ days: 2 }).setLocale('en').toFormat('d MMMM yyyy')
  const avant = today.minus({ days: 2 }).setLocale('fr').toFormat('d MMMM yyyy')
  return text
    .replace(/\b(the )?day before yesterday\b/i, before)
    .replace(/\bavant[- ]hier\b/i, avant)
    .replace(/^le (?=\p{L})/iu, '')
    .replace(/\ble (?=\d)/i, '')
    .replace(/\bpassée?(?!\p{L})/iu, 'dernier')
    .replace(/\b(noon|midday|midi)\b/i, '12:00')
    .replace(/\b(midnight|minuit)\b/i, '0:00')
}

/** All of it, or nothing: of 'last monday 7 bananas' a part would be understood, and answered wrongly. */
function parseAll(language: Pick<chrono.Chrono, 'parse'>, words: string, today: DateTime): Words | undefined {
  const noon = DateTime.fromObject({ ...dateOf(today), hour: 12 }, { zone: 'UTC' })
  const [result, ...others] = language.parse(words, { instant: noon.toJSDate(), timezone: 0 })
  if (!result || others.length > 0 || result.end || result.text.length !== words.length) return undefined
  return result.start
}

function refusePart(text: string): never {
  const [, from = '', to = ''] = PARTS.find(([pattern]) => pattern.test(text)) ?? []
  const day = text
    .replace(
      /\b(this|in the|at|ce|cette|le|la|du|de)\b\s*(?=\S*(morning|afternoon|evening|night|matin|après|soir|nuit))/giu,
      '',
    )
    .replace(new RegExp(`(${PART_OF_DAY.source})\\p{L}*`, 'giu'), '')
    .replace(/\blast\s*$/i, 'yesterday')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const named = day === '' ? (/tonight|morning|afternoon|evening|night/i.test(text) ? 'today' : "aujourd'hui") : day
  return refuse(text, 'is not a clock time, and an hour must be named', [`${named} ${from}`, `${named} ${to}`])
}
