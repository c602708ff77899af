/** Numbers and moments as people of a language and a time zone write them. */
import { HOUR_MS, type HourId, hourStart } from '../../../model/time.ts'
import type { Language } from '../text/languages.ts'

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', fr: 'fr-FR' }

/** An octet is what French calls a byte. */
const BYTES: Readonly<Record<Language, string>> = { en: 'B', fr: 'o' }
const PREFIXES = ['', 'k', 'M', 'G', 'T']

export type Format = ReturnType<typeof createFormat>

export function createFormat(lang: Language, zone: string) {
  const locale = LOCALES[lang]
  const numbers = new Intl.NumberFormat(locale)
  const shorts = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 })
  const shares = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const dates = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options })
  const digits = '2-digit'
  const times = dates({ hour: digits, minute: digits, hourCycle: 'h23' })
  const seconds = dates({ hour: digits, minute: digits, second: digits, hourCycle: 'h23' })
  const days = dates({ weekday: 'short', day: 'numeric', month: 'short' })
  const longDays = dates({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
  const moments = dates({
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: digits,
    minute: digits,
    hourCycle: 'h23',
  })
  const time = (ms: number) => times.format(ms)
  return {
    zone,
    /** 12,345 */
    count: (n: number) => numbers.format(n),
    /** 12.3K */
    short: (n: number) => shorts.format(n),
    /** Of 1: 12.3% */
    share: (part: number, whole: number) => (whole === 0 ? '–' : shares.format(part / whole)),
    time,
    clock: (ms: number) => seconds.format(ms),
    hour: (hour: HourId | string) => time(hourStart(hour as HourId)),
    hourSpan: (hour: HourId | string) => {
      const start = hourStart(hour as HourId)
      return `${time(start)}–${time(start + HOUR_MS)}`
    },
    day: (ms: number) => days.format(ms),
    longDay: (ms: number) => longDays.format(ms),
    moment: (ms: number) => moments.format(ms),
    momentOf: (hour: HourId | string) => moments.format(hourStart(hour as HourId)),
    /** 42 s, 3 min 5 s, 2 h 10 min */
    seconds: (given: number) => {
      const whole = Math.round(given)
      if (whole < 60) return given < 10 && given % 1 !== 0 ? `${shorts.format(given)} s` : `${whole} s`
      const minutes = Math.floor(whole / 60)
      return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
    },
    bytes: (n: number) => {
      const at = Math.min(PREFIXES.length - 1, Math.floor(Math.log10(Math.max(1, n)) / 3))
      return `${shorts.format(Number((n / 1000 ** at).toFixed(1)))} ${PREFIXES[at]}${BYTES[lang]}`
    },
  }
}
