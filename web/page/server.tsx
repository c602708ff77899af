/**
 * Draws a page on the server, from the same components as the browser: it is there with its data before any script runs, and without
 * one too. What it was drawn from goes along, so that the browser goes on from there.
 */
import { render } from 'preact-render-to-string'
import { App } from './app.tsx'
import { type Drawn, titleOf } from './document.ts'
import { createFormat } from './format/format.ts'
import type { CreateRenderer } from './rendering.ts'
import { askAbout } from './state/about.ts'
import { Api, type KnownByPath, toKnown } from './state/api.ts'
import { type Page, PageProvider } from './state/page-context.ts'
import { cookieOf, readPreferences } from './state/preferences.ts'
import { readRoute } from './state/route.ts'
import { texts } from './text/index.ts'
import { viewOf } from './views/index.ts'

const MINUTE_MS = 60_000

export const createRenderer: CreateRenderer = (template) => async (request) => {
  const route = readRoute(request.url)
  const preferences = readPreferences({ query: route.query, cookie: request.cookie, languages: request.acceptLanguage })
  const now = Math.floor(request.now / MINUTE_MS) * MINUTE_MS
  const questions = [askAbout, ...viewOf(route).asks({ route, preferences, now })]
  const answers = await Promise.all(
    questions.map(async ({ path }) => {
      const asked = await request.ask(path)
      return [path, asked && toKnown(asked.status, asked.text, request.now)] as const
    }),
  )
  const known: KnownByPath = Object.fromEntries(answers.flatMap(([path, one]) => (one ? [[path, one]] : [])))
  const api = new Api({ known, fetch: nobody, clock: () => request.now, onChange: () => undefined })
  const page: Page = {
    ...{ route, preferences, api, now },
    text: texts[preferences.lang],
    format: createFormat(preferences.lang, preferences.zone),
    isAlive: false,
    ...{ go: () => undefined, prefer: () => undefined, setToken: () => undefined },
  }
  const drawn: Drawn = { at: request.now, now, preferences, known }
  const html = fill(template, {
    '<html lang="en">': `<html lang="${preferences.lang}" data-theme="${preferences.theme}">`,
    '<title>Tendance</title>': `<title>${escapeText(titleOf(route, preferences))}</title>`,
    '<meta name="description" content="What is trending, and how sure" />': `<meta name="description" content="${escapeText(page.text.brand.tagline)}" />`,
    '<!--app-->': render(
      <PageProvider value={page}>
        <App />
      </PageProvider>,
    ),
    '<script type="application/json" id="known">{}</script>': `<script type="application/json" id="known">${inScript(drawn)}</script>`,
  })
  return {
    status: route.view === 'missing' ? 404 : 200,
    html,
    remember: route.query['remember'] === '1' ? cookieOf(preferences) : null,
  }
}

/** Effects do not run here, so nothing is fetched; were it, this says so. */
const nobody: typeof fetch = async () => {
  throw new Error('nothing is asked while the page is drawn')
}

function fill(template: string, parts: Readonly<Record<string, string>>): string {
  let html = template
  for (const [place, part] of Object.entries(parts)) {
    const [before, ...after] = html.split(place)
    if (after.length !== 1) throw new Error(`index.html has ${place} ${after.length} times; once is right`)
    html = `${before}${part}${after[0]}`
  }
  return html
}

/** JSON that no text in it can end the script with. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
