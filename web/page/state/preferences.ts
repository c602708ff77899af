/**
 * How a person wants to see the page: language, time zone, theme. The address says it first (a link shows what its sender saw), then
 * the cookie, then the browser. The cookie is a preference and nothing else: it opens nothing.
 */
import { LANGUAGES, type Language } from '../text/languages.ts'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

export interface Preferences {
  readonly lang: Language
  readonly zone: string
  readonly theme: Theme
  /** Nobody has chosen a zone: the browser's is right, which the server does not know. */
  readonly isZoneAssumed: boolean
}

const COOKIE = 'tendance'
const YEAR_S = 31_536_000

export interface PreferenceSources {
  readonly query: Readonly<Record<string, string>>
  readonly cookie: string | undefined
  /** As a browser sends or tells it: `fr-CH, fr;q=0.9, en;q=0.8`. */
  readonly languages: string | undefined
  /** The browser's own; undefined: not known. */
  readonly ownZone?: string
}

export function readPreferences({ query, cookie, languages, ownZone }: PreferenceSources): Preferences {
  const kept = readCookie(cookie)
  const lang =
    LANGUAGES.find((one) => one === query['lang']) ?? LANGUAGES.find((one) => one === kept['lang']) ?? spoken(languages)
  const chosen = [query['tz'], kept['tz']].find((zone) => zone !== undefined && isZone(zone))
  const theme = THEMES.find((one) => one === query['theme']) ?? THEMES.find((one) => one === kept['theme']) ?? 'auto'
  return { lang, zone: chosen ?? ownZone ?? 'UTC', theme, isZoneAssumed: chosen === undefined }
}

/** As the value of a `Set-Cookie` header, and of `document.cookie`. */
export function cookieOf({ lang, zone, theme, isZoneAssumed }: Preferences): string {
  const kept = new URLSearchParams({ lang, theme, ...(isZoneAssumed ? {} : { tz: zone }) })
  return `${COOKIE}=${encodeURIComponent(kept.toString())}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`
}

function readCookie(header: string | undefined): Readonly<Record<string, string>> {
  const own = header?.split(/; */).find((one) => one.startsWith(`${COOKIE}=`))
  if (own === undefined) return {}
  try {
    return Object.fromEntries(new URLSearchParams(decodeURIComponent(own.slice(COOKIE.length + 1))))
  } catch {
    return {}
  }
}

/** The one of ours that is wanted most. */
function spoken(languages = ''): Language {
  const wanted = languages
    .split(',')
    .map((part) => {
      const [tag = '', weight] = part.trim().split(';q=')
      return { lang: tag.slice(0, 2).toLowerCase(), weight: weight === undefined ? 1 : Number(weight) }
    })
    .sort((a, b) => b.weight - a.weight)
  for (const { lang } of wanted) {
    const ours = LANGUAGES.find((one) => one === lang)
    if (ours) return ours
  }
  return 'en'
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
