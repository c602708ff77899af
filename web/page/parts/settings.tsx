/** Language, time zone, theme. A form, so that it works without a script; with one, each choice shows at once. */
import { useRef } from 'preact/hooks'
import { usePage } from '../state/page-context.ts'
import { type Preferences, THEMES, type Theme } from '../state/preferences.ts'
import { texts } from '../text/index.ts'
import { LANGUAGES, type Language } from '../text/languages.ts'
import { Icon } from './icons.tsx'

/** One or two of each offset that many people live in; the own and the chosen one are added. */
const ZONES = [
  'Pacific/Honolulu',
  'America/Los_Angeles',
  'America/Denver',
  'America/Chicago',
  'America/New_York',
  'America/Sao_Paulo',
  'UTC',
  'Europe/London',
  'Europe/Paris',
  'Europe/Berlin',
  'Africa/Lagos',
  'Africa/Cairo',
  'Europe/Istanbul',
  'Asia/Dubai',
  'Asia/Kolkata',
  'Asia/Bangkok',
  'Asia/Shanghai',
  'Asia/Tokyo',
  'Australia/Sydney',
  'Pacific/Auckland',
]

export function Settings() {
  const { text, preferences, route, isAlive, prefer } = usePage()
  const { settings } = text
  const box = useRef<HTMLDetailsElement>(null)
  const own = isAlive ? Intl.DateTimeFormat().resolvedOptions().timeZone : preferences.zone
  const zones = [...new Set([...ZONES, own, preferences.zone])]
  const carried = Object.entries(route.query).filter(([name]) => !['lang', 'tz', 'theme', 'remember'].includes(name))
  const change = (event: Event) => {
    const { name, value } = event.currentTarget as HTMLSelectElement
    prefer(wantedOf(name, value))
  }
  const onKey = (event: KeyboardEvent) => {
    const place = box.current
    if (event.key !== 'Escape' || !place?.open) return
    place.open = false
    place.querySelector('summary')?.focus()
  }
  return (
    <details class="settings" ref={box} onKeyDown={onKey}>
      <summary aria-label={settings.title} title={settings.title}>
        <Icon name="settings" />
      </summary>
      <form method="get" action={route.path} class="panel" data-reload>
        {carried.map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <input type="hidden" name="remember" value="1" />
        <label>
          {settings.lang}
          <select name="lang" onChange={change}>
            {LANGUAGES.map((lang) => (
              <option key={lang} value={lang} lang={lang} selected={lang === preferences.lang}>
                {texts[lang].name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {settings.zone}
          <select name="tz" onChange={change}>
            {zones.map((zone) => (
              <option key={zone} value={zone} selected={zone === preferences.zone}>
                {zone.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        </label>
        <label>
          {settings.theme}
          <select name="theme" onChange={change}>
            {THEMES.map((theme) => (
              <option key={theme} value={theme} selected={theme === preferences.theme}>
                {settings.themes[theme]}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="without-script">
          {settings.apply}
        </button>
      </form>
    </details>
  )
}

function wantedOf(name: string, value: string): Partial<Preferences> {
  if (name === 'lang') return { lang: value as Language }
  if (name === 'theme') return { theme: value as Theme }
  return { zone: value, isZoneAssumed: false }
}
