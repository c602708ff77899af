/**
 * The page for everybody: every view and every state of it passes axe, on a phone and on a desktop, light and dark, in both languages, and
 * is no wider than a narrow phone; by the keyboard alone all is reached and done; who wants no motion sees none.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../bench/machine/browser.ts'
import type { ResponseOf } from '../../web/contract/routes.ts'
import { testSettings } from '../test-settings.ts'
import { BUILDER, PageSite, TOKEN } from './page-site.ts'
import { alive, axe, DESKTOP, expectFits, NARROW, PATIENCE, PHONE, visitPage } from './visits.ts'

let site: PageSite
let browser: Browser

beforeAll(async () => {
  ;[site, browser] = await Promise.all([PageSite.start(), launchBrowser(testSettings())])
})

afterAll(async () => {
  await browser?.close()
  await site?.[Symbol.asyncDispose]()
})

const visit = (path: string, options?: BrowserContextOptions, prepare?: (page: Page) => Promise<unknown>) =>
  visitPage(browser, site.url + path, options, prepare)

interface State {
  readonly name: string
  readonly path: string
  /** What has to be done to see it. */
  readonly reach?: (page: Page) => Promise<unknown>
  /** Afterwards. */
  readonly leave?: () => Promise<unknown>
  /** What it shows is still coming. */
  readonly isLoading?: boolean
  /** What the browser rightly complains of in this state. */
  readonly complaint?: RegExp
}

/** What a run that builds would tell: there is none behind this site. */
const RUN: ResponseOf<'run'> = {
  run: {
    workflowId: BUILDER,
    kind: 'recompute',
    status: 'running',
    startedAt: 1,
    closedAt: null,
    url: 'http://127.0.0.1/',
  },
  progress: {
    ...{
      phase: 'computing',
      paused: false,
      edition: 3,
      fraction: 0.42,
      hoursDone: 14,
      hoursPlanned: 20,
      hoursAhead: 0,
    },
    ...{ records: 1_400, copies: 0, bytes: 1_000, failed: [{ hour: '2026-11-15T03', message: 'a damaged block' }] },
    ...{ cursor: null, note: '', noted: null },
  },
  failure: null,
  stale: null,
}

const answerRun = (page: Page) => page.route('**/api/v1/runs/*', (route) => route.fulfill({ json: RUN }))

async function unlock(page: Page): Promise<void> {
  await page.click('.unlock summary')
  await page.fill('input[name=token]', TOKEN)
  await page.click('.unlock button')
  await page.waitForSelector('.edition.held .decide button')
}

/** Known before it is cut: then it is stale, not failed. */
async function stale(page: Page): Promise<void> {
  await site.way.cut()
  await page.reload()
  await page.waitForSelector('.note.stale')
}

const mend = () => site.way.mend()

const STATES: readonly State[] = [
  { name: 'Now', path: '/', reach: (page) => page.waitForSelector('.live-pulse.open') },
  {
    name: 'Now, its connection lost',
    path: '/',
    reach: async (page) => {
      await page.waitForSelector('.live-pulse.open')
      await page.context().setOffline(true)
      await page.waitForSelector('.note.stale')
    },
    complaint: /ERR_INTERNET_DISCONNECTED/,
  },
  { name: '24 hours', path: '/hours', reach: (page) => page.waitForSelector('.badge.refused') },
  { name: 'a day by its date', path: '/hours?day=2026-11-14&tz=UTC' },
  { name: 'a day that nothing is known of', path: '/hours?day=2026-10-01&tz=UTC' },
  { name: '24 hours, stale', path: '/hours?day=2026-11-15&tz=UTC', reach: stale, leave: mend },
  { name: 'a range', path: '/range' },
  { name: 'a range that is none', path: '/range?from=2026-11-16T02&to=2026-11-15T02' },
  { name: 'a term', path: '/term?term=cats' },
  { name: 'which term?', path: '/term' },
  { name: 'a term that nobody has used', path: '/term?term=nobody' },
  {
    name: 'a term that cannot be asked',
    path: '/',
    reach: async (page) => {
      await site.way.cut()
      await page.goto(`${site.url}/term?term=never${Math.random()}`)
      await page.waitForSelector('.state.failed')
    },
    leave: mend,
    complaint: /503/,
  },
  {
    name: 'the editions, one being built, one held, compared, unlocked',
    path: '/editions?a=1&b=2',
    reach: async (page) => {
      await unlock(page)
      await page.waitForSelector('progress')
      await page.click('.by-hour > summary')
      await page.locator('.by-hour details summary').first().click()
    },
  },
  {
    name: 'the editions, publishing being asked for',
    path: '/editions',
    reach: async (page) => {
      await unlock(page)
      await page.locator('.edition.held .decide button').first().click()
      await page.waitForSelector('dialog[open]')
    },
  },
  {
    name: 'the editions, a wrong token',
    path: '/editions',
    reach: async (page) => {
      await page.click('.unlock summary')
      await page.fill('input[name=token]', 'wrong')
      await page.click('.unlock button')
      await page.waitForSelector('.unlock [role=alert]')
    },
  },
  {
    name: 'the pipeline with problems',
    path: '/pipeline?hour=2026-11-16T09',
    reach: (page) => page.waitForSelector('.problem'),
  },
  {
    name: 'a term that is still being asked for',
    path: '/term',
    reach: async (page) => {
      await page.route('**/api/v1/term?*', () => undefined)
      await page.fill('input[type=search]', 'cats')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.state.loading')
    },
    isLoading: true,
  },
  { name: 'a page that is not there', path: '/nowhere', complaint: /404/ },
  { name: 'the settings', path: '/', reach: (page) => page.click('.settings summary') },
]

const LOOKS = [DESKTOP, PHONE].flatMap((viewport) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport, colorScheme })),
)

/** Fails with what axe finds wrong. Once it has looked at a page it stays in there, which saves putting it there again. */
async function expectAccessible(page: Page): Promise<void> {
  // the colours of the other rows are the same, and test/web/page/contrast.test.ts has them all
  const excluded = '.rank-grid tbody tr:nth-child(n + 6)'
  const wrong = (await page.evaluate<boolean>(`'axe' in window`))
    ? await page.evaluate<{ id: string; html: string }[]>(
        `axe.run({ exclude: [['${excluded}']] }, { resultTypes: ['violations'] }).then(({ violations }) =>
          violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => ({ id, html }))))`,
      )
    : (await axe(page).exclude(excluded).analyze()).violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html }) => ({ id, html })),
      )
  expect(wrong).toEqual([])
}

describe('every view and state', () => {
  it.each(STATES)('$name is accessible, fits, and the browser has nothing to complain of', async (state) => {
    const { path, reach, leave, complaint, isLoading = false } = state
    await using visited = await visit(path, { reducedMotion: 'reduce' }, answerRun)
    const { page } = visited
    try {
      await alive(page)
      await reach?.(page)
      if (!isLoading) await page.waitForSelector('main .state.loading', { state: 'detached' })
      expect(await page.locator('h1').count()).toBe(1)
      for (const { viewport, colorScheme } of LOOKS) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize(viewport)
        await expectAccessible(page)
        await expectFits(page)
      }
      await page.setViewportSize(NARROW)
      await expectFits(page)
      expect(visited.complaints.filter((text) => !complaint?.test(text))).toEqual([])
    } finally {
      await leave?.()
    }
  })

  const VIEWS = ['/', '/hours', '/range', '/term?term=cats', '/editions?a=1&b=2', '/pipeline?hour=2026-11-16T09']
  it.each(VIEWS)('%s is so in French too, on a narrow phone', async (path) => {
    await using visited = await visit(path, { locale: 'fr-FR', viewport: NARROW, reducedMotion: 'reduce' }, answerRun)
    const { page, complaints } = visited
    await alive(page)
    await page.waitForSelector('main .state.loading', { state: 'detached' })
    expect(await page.locator('html').getAttribute('lang')).toBe('fr')
    await expectAccessible(page)
    await expectFits(page)
    expect(complaints).toEqual([])
  })

  it('where nothing was collected yet, each view says so', async () => {
    await using empty = await PageSite.start({ isEmpty: true })
    const says = { '/': 'No posts yet', '/hours': 'Nothing is known', '/editions': 'There is no edition yet' }
    await using visited = await visitPage(browser, `${empty.url}/pipeline`, { reducedMotion: 'reduce' })
    const { page, complaints } = visited
    await expectAccessible(page)
    for (const [path, words] of Object.entries(says)) {
      await page.goto(empty.url + path)
      await alive(page)
      await page.locator('main .state', { hasText: words }).waitFor()
      await expectAccessible(page)
      await page.setViewportSize(NARROW)
      await expectFits(page)
      await page.emulateMedia({ colorScheme: path === '/' ? 'dark' : 'light' })
      await expectAccessible(page)
    }
    expect(complaints).toEqual([])
  })

  it('what looks for what is wrong finds it: a picture without a text, something too wide', async () => {
    await using visited = await visit('/term')
    const { page } = visited
    await expectAccessible(page)
    await page.evaluate(`document.querySelector('main').append(document.createElement('img'))`)
    await expect(expectAccessible(page)).rejects.toThrow('image-alt')
    await expectFits(page)
    await page.evaluate(`document.querySelector('h1').style.width = '3000px'`)
    await expect(expectFits(page)).rejects.toThrow()
  })
})

/** Presses Tab until what has the focus fits the selector; at most so often. */
async function tabTo(page: Page, selector: string, atMost = 60): Promise<void> {
  for (let i = 0; i < atMost; i++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate<boolean>(`document.activeElement.matches('${selector}')`)) return
  }
  throw new Error(`${selector} is not reached by ${atMost} tabs`)
}

const hasFocus = (page: Page, selector: string) =>
  expect.poll(() => page.evaluate<boolean>(`document.activeElement.matches('${selector}')`), PATIENCE).toBe(true)

describe('by the keyboard alone', () => {
  it('a day is chosen by its date, and its ranks are looked at', async () => {
    await using visited = await visit('/hours', { viewport: PHONE })
    const { page, complaints } = visited
    await alive(page)
    await tabTo(page, 'input[type=date]')
    await page.keyboard.type('11152026')
    await page.waitForURL(/day=2026-11-15/)
    await page.locator('.rank-grid .day', { hasText: 'Sun 15 Nov' }).waitFor()
    // every address between was a day that somebody was still typing
    expect(await page.evaluate('history.length')).toBeLessThanOrEqual(3)

    await tabTo(page, '.chart-scroll')
    const scrolled = () => page.evaluate<number>(`document.querySelector('.chart-scroll').scrollLeft`)
    const before = await scrolled()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(scrolled, PATIENCE).toBeLessThan(before)
    await tabTo(page, '.legend a', 3)
    await page.waitForSelector('.bump.has-hot')
    expect(await page.locator('.tip').innerText()).toMatch(/\d+ posts/)
    await tabTo(page, '[data-cell]')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/term\?/)
    expect(complaints).toEqual([])
  })

  it('publishing is asked for once more: focus goes in and stays in, Escape closes, focus comes back', async () => {
    await using visited = await visit('/editions', {}, answerRun)
    const { page } = visited
    await alive(page)
    await tabTo(page, '.unlock summary')
    await page.keyboard.press('Enter')
    await tabTo(page, 'input[name=token]', 2)
    await page.keyboard.type(TOKEN)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.edition.held .decide button')
    const publish = '.edition.held .decide > .row > button:first-child'
    await tabTo(page, publish)
    await page.keyboard.press('Enter')
    await hasFocus(page, 'dialog input[name=reason]')
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(`document.activeElement.matches('dialog *, body')`)).toBe(true)
    }
    await page.keyboard.press('Escape')
    await hasFocus(page, publish)
    await page.locator('dialog').waitFor({ state: 'detached' })
    // “Not now” does the same
    await page.keyboard.press('Enter')
    await hasFocus(page, 'dialog input[name=reason]')
    await tabTo(page, 'dialog button:not([data-sure])', 2)
    await page.keyboard.press('Enter')
    await hasFocus(page, publish)
    expect(await page.locator('.edition.held .badge.held').count()).toBeGreaterThan(0)
  })

  it('the settings open and close', async () => {
    await using visited = await visit('/')
    const { page } = visited
    await alive(page)
    await tabTo(page, '.settings summary')
    await page.keyboard.press('Enter')
    await tabTo(page, '.settings select[name=lang]', 1)
    await page.keyboard.press('Escape')
    await hasFocus(page, '.settings summary')
    expect(await page.locator('.settings[open]').count()).toBe(0)
  })
})

describe('motion', () => {
  /** The most that moved at one time while a rank changed. */
  async function motionOf(reducedMotion: 'reduce' | 'no-preference', cats: number): Promise<number> {
    await using visited = await visit('/', { reducedMotion })
    const { page } = visited
    await page.waitForSelector('.live-pulse.open')
    await page.evaluate(`{
      window.moving = 0
      const look = () => {
        window.moving = Math.max(window.moving, document.getAnimations().length)
        requestAnimationFrame(look)
      }
      look()
    }`)
    await site.count({ news: 500, cats })
    const top = page.locator('.ranking:not(.compact) li').first()
    await top.filter({ hasText: cats > 500 ? 'CATS' : 'NEWS' }).waitFor(PATIENCE)
    // Looked at once a frame: on a busy machine the next one comes after the row has its new text.
    if (reducedMotion === 'no-preference') await page.waitForFunction('window.moving > 0', undefined, PATIENCE)
    // Awaited here: the page is closed when this function ends.
    return await page.evaluate<number>('window.moving')
  }

  it('is none for who wants none, though ranks change; for others there is', async () => {
    expect(await motionOf('no-preference', 900)).toBeGreaterThan(0)
    expect(await motionOf('reduce', 100)).toBe(0)
  })
})
