/**
 * Every view drawn in French by the server's renderer, over answers in which much is wrong. No sentence that the server has made in
 * English is on it: the words are the page's, and what somebody else has said stands in quotation marks or is marked as English.
 */
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { type RouteName, routes } from '../../../web/contract/routes.ts'
import type { CreateRenderer } from '../../../web/page/rendering.ts'
import { ANSWERS, ENGLISH, FAILED_HOUR, NOW, pipelineOf, REFUSED_HOUR } from './answers.ts'
import { WHY } from './facts.ts'

const page = (path: string) => new URL(`../../../web/page/${path}`, import.meta.url)
const VIEWS = [
  '/',
  '/hours',
  '/range',
  '/term?term=news',
  '/editions',
  `/pipeline?hour=${REFUSED_HOUR}`,
  `/pipeline?hour=${FAILED_HOUR}`,
] as const

let render: ReturnType<CreateRenderer>

beforeAll(async () => {
  // by address: the types of this project know no JSX
  const { createRenderer } = (await import(page('server.tsx').href)) as { readonly createRenderer: CreateRenderer }
  render = createRenderer(await readFile(page('index.html'), 'utf8'))
})

type Answers = Readonly<Record<string, unknown>>

function answerTo(path: string, answers: Answers): unknown {
  if (path.startsWith('/api/v1/top') && path.includes('by=hour')) return answers['/api/v1/top?by=hour']
  return answers[path.split('?')[0]!]
}

async function draw(url: string, lang: 'en' | 'fr', { answers = ANSWERS, status = 200 } = {}): Promise<string> {
  const { html } = await render({
    url: `${url}${url.includes('?') ? '&' : '?'}lang=${lang}&tz=UTC`,
    ...{ cookie: undefined, acceptLanguage: undefined, now: NOW },
    ask: async (path) => ({ status, text: JSON.stringify(answerTo(path, answers)) }),
  })
  return html.replace(/<script type="application\/json"[\s\S]*?<\/script>/, '')
}

/** What people read and hear, without what is marked as another language's, and without names of programs. */
function readableOf(html: string): string {
  const own = html
    .slice(html.indexOf('<body>'))
    .replace(/<(\w+)[^>]*\slang="en"[^>]*>[\s\S]*?<\/\1>/g, ' ')
    .replace(/<code>[\s\S]*?<\/code>/g, ' ')
  const heard = [...own.matchAll(/\s(?:title|aria-label)="([^"]*)"/g)].map(([, text]) => text)
  return [own.replace(/<[^>]*>/g, ' '), ...heard].join(' ')
}

const unquoted = (text: string) => text.replace(/«[^»]*»/g, ' ')
const ENGLISH_WORDS = /\b(the|is|are|of|and|not|with|was|has|said)\b/i

describe('the answers that are drawn', () => {
  const asked: Readonly<Record<string, RouteName>> = {
    ...{ about: 'about', now: 'now', top: 'top', term: 'term', hours: 'hours', pipeline: 'pipeline' },
    ...{ sources: 'sources', editions: 'editions', runs: 'runs' },
  }
  it.each(Object.keys(ANSWERS))('%s is as the contract says', (path) => {
    const name = asked[path.replace('/api/v1/', '').split('?')[0]!]!
    expect(routes[name].response.parse(ANSWERS[path])).toEqual(ANSWERS[path])
  })
})

describe.each(VIEWS)('%s', (url) => {
  it('has no English on the French page but what others have said, quoted', async () => {
    const readable = readableOf(await draw(url, 'fr'))
    expect(readable).not.toContain(ENGLISH)
    expect(unquoted(readable).match(ENGLISH_WORDS)).toBeNull()
    expect(unquoted(readable)).not.toContain(WHY)
  })

  it('has English on the English one: the twin that shows that it would be found', async () => {
    expect(unquoted(readableOf(await draw(url, 'en')))).toMatch(ENGLISH_WORDS)
  })

  it('says in French why it could not be answered, and quotes the server', async () => {
    const problem = { type: '', title: ENGLISH, status: 503, code: 'unavailable', detail: WHY, instance: '1' }
    const answers = Object.fromEntries(Object.keys(ANSWERS).map((path) => [path, problem]))
    const html = await draw(url, 'fr', { answers, status: 503 })
    expect(html).toContain('Un service ne répond pas.')
    expect(html).toContain(`<q class="quiet" lang="en">${WHY}</q>`)
    expect(readableOf(html)).not.toContain(WHY)
    expect(unquoted(readableOf(html)).match(ENGLISH_WORDS)).toBeNull()
  })
})

describe('a problem that the page has no words for', () => {
  it('is shown in the server’s English, marked as such', async () => {
    const unknown = pipelineOf([{ cause: 'of-the-future' } as never])
    const html = await draw('/pipeline', 'fr', { answers: { ...ANSWERS, '/api/v1/pipeline': unknown } })
    expect(html).toContain(`<strong lang="en">${ENGLISH}</strong>`)
    expect(readableOf(html)).not.toContain(ENGLISH)
  })
})
