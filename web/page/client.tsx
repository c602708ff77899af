/** The browser's part: takes over the page that the server drew, keeps the address and what is shown the same. */
import './style/index.css'
import { hydrate } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { App } from './app.tsx'
import { type Drawn, titleOf } from './document.ts'
import { createFormat } from './format/format.ts'
import { Api } from './state/api.ts'
import { followLinks } from './state/follow-links.ts'
import { type Page, PageProvider } from './state/page-context.ts'
import { cookieOf, type Preferences, readPreferences } from './state/preferences.ts'
import { hrefOf, type Route, readRoute } from './state/route.ts'
import { texts } from './text/index.ts'

const MINUTE_MS = 60_000
const TOKEN = 'tendance-token'

interface Here {
  readonly route: Route
  readonly preferences: Preferences
}

function address(): string {
  return location.pathname + location.search
}

function preferencesHere(query: Route['query']): Preferences {
  const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return readPreferences({ query, cookie: document.cookie, languages: navigator.languages.join(','), ownZone })
}

/** The server's clock, as far as one can know it here. */
function clockOf({ at }: Drawn): () => number {
  const ahead = at - Date.now()
  return () => Date.now() + ahead
}

interface RootProps {
  readonly drawn: Drawn
  readonly clock: () => number
}

function Root({ drawn, clock }: RootProps) {
  const [here, setHere] = useState<Here>({ route: readRoute(address()), preferences: drawn.preferences })
  const [now, setNow] = useState(drawn.now)
  const [isAlive, setAlive] = useState(false)
  const [, setKnown] = useState(0)
  const api = useMemo(() => {
    const made = new Api({
      known: drawn.known,
      fetch: (input, init) => fetch(input, init),
      clock,
      onChange: () => setKnown((times) => times + 1),
    })
    made.token = sessionStorage.getItem(TOKEN)
    return made
  }, [drawn])

  const arrive = () => {
    const route = readRoute(address())
    setHere({ route, preferences: preferencesHere(route.query) })
  }
  const go: Page['go'] = (href, { replace = false } = {}) => {
    const isElsewhere = readRoute(href).view !== readRoute(address()).view
    history[replace ? 'replaceState' : 'pushState'](null, '', href)
    arrive()
    if (isElsewhere) {
      scrollTo(0, 0)
      document.getElementById('main')?.focus({ preventScroll: true })
    }
  }
  useEffect(() => {
    document.documentElement.classList.add('alive')
    setAlive(true)
    // what only a browser knows: its time zone
    arrive()
    const timer = setInterval(() => setNow(minuteOf(clock())), 5_000)
    const stop = followLinks(go)
    addEventListener('popstate', arrive)
    return () => {
      clearInterval(timer)
      stop()
      removeEventListener('popstate', arrive)
    }
  }, [])

  const { route, preferences } = here
  const { lang, zone, theme } = preferences
  useEffect(() => {
    document.title = titleOf(route, preferences)
    document.documentElement.lang = lang
    document.documentElement.dataset['theme'] = theme
  }, [route, preferences])
  const format = useMemo(() => createFormat(lang, zone), [lang, zone])
  const page: Page = {
    ...{ route, preferences, format, api, now, isAlive, go },
    text: texts[lang],
    prefer(wanted) {
      const { lang: _lang, tz: _tz, theme: _theme, remember: _remember, ...query } = route.query
      const preferred = { ...preferences, ...wanted }
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
      document.cookie = cookieOf(preferred)
      const kept = 'day' in query || 'from' in query ? { ...query, tz: preferred.zone } : query
      go(route.view === 'missing' ? route.path : hrefOf(route.view, kept), { replace: true })
    },
    setToken(token) {
      if (token === null) sessionStorage.removeItem(TOKEN)
      else sessionStorage.setItem(TOKEN, token)
      api.token = token
      setKnown((times) => times + 1)
    },
  }
  return (
    <PageProvider value={page}>
      <App />
    </PageProvider>
  )
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS
}

const place = document.getElementById('app')!
const drawn = JSON.parse(document.getElementById('known')!.textContent) as Drawn
hydrate(<Root drawn={drawn} clock={clockOf(drawn)} />, place)
