/** The page in a real Chromium: what it shows is what was counted; it can be read by everybody, and lives when the store does not. */
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../bench/machine/browser.ts'
import { nextHour } from '../../model/time.ts'
import { routes } from '../../web/contract/routes.ts'
import { testSettings } from '../test-settings.ts'
import {
  AMENDED,
  BATCH_HOURS,
  countsOf,
  FIRST,
  MISSING,
  PageSite,
  PROVISIONAL,
  QUARANTINED,
  REFUSED,
  RUNNING,
  TOKEN,
  topOf,
} from './page-site.ts'
import { alive, cellsOf, PATIENCE, visitPage } from './visits.ts'

let site: PageSite
let browser: Browser

beforeAll(async () => {
  ;[site, browser] = await Promise.all([PageSite.start(), launchBrowser(testSettings())])
})

afterAll(async () => {
  await browser?.close()
  await site?.[Symbol.asyncDispose]()
})

const visit = (path: string, options: BrowserContextOptions = {}) => visitPage(browser, site.url + path, options)

const VIEWS = ['/', '/hours', '/range', '/term?term=cats', '/editions', '/pipeline?hour=2026-11-16T05'] as const

describe('without a script', () => {
  it.each(VIEWS)('%s says what it says with one', async (path) => {
    await using plain = await visit(path, { javaScriptEnabled: false })
    expect(await plain.page.locator('h1').count()).toBe(1)
    expect(await plain.page.locator('main .state.loading').count()).toBe(0)
    expect(plain.complaints).toEqual([])
  })

  it('the grid of hours, a range asked by its form, and a language chosen are there', async () => {
    await using plain = await visit('/hours', { javaScriptEnabled: false })
    const { page } = plain
    const rows = await page.locator('.rank-grid tbody tr').allInnerTexts()
    expect(rows).toHaveLength(24)
    await page.goto(`${site.url}/range`)
    await page.fill('input[name=from]', '2026-11-15T00:00')
    await page.fill('input[name=to]', '2026-11-16T00:00')
    await page.click('main form button[type=submit]')
    const truth = topOf(
      BATCH_HOURS.filter((hour) => hour.startsWith('2026-11-15')),
      20,
    )
    const shown = await page.locator('.range-table tbody tr td:nth-child(3)').allInnerTexts()
    expect(shown.map((text) => Number(text.replaceAll(',', '')))).toEqual(truth.map(({ count }) => count))
    await page.click('.settings summary')
    await page.selectOption('select[name=lang]', 'fr')
    await page.click('.settings button')
    expect(await page.locator('h1').innerText()).toBe('Période')
    await page.goto(`${site.url}/`)
    expect(await page.locator('html').getAttribute('lang')).toBe('fr')
  })
})

it('is the same whoever built it: nothing of this machine is in its script', async () => {
  const html = await (await fetch(site.url)).text()
  const [, script = ''] = /<script[^>]* src="([^"]+)"/.exec(html) ?? []
  const code = await (await fetch(site.url + script)).text()
  expect(code).toContain('/api/v1/live')
  expect(code).not.toContain(process.cwd())
  expect(code).not.toContain('fileName')
})

describe('Now', () => {
  it('moves as posts are counted, without being asked', async () => {
    await using visited = await visit('/')
    const { page } = visited
    await page.waitForSelector('.live-pulse.open')
    const top = page.locator('.ranking:not(.compact) li')
    const cats = page.locator('.ranking:not(.compact) li', { hasText: 'CATS' })
    const [first] = await top.first().allInnerTexts()
    expect(first).toContain('NEWS')
    await site.count({ news: 5, cats: 700 })
    await top.first().filter({ hasText: 'CATS' }).waitFor(PATIENCE)
    expect(await cats.locator('.count').innerText()).toContain('700')
    expect(await page.locator('.live-pulse').innerText()).toMatch(/behind/)
  })
})

describe('24 hours', () => {
  it('shows each hour’s top 10 as it was counted, and says what is different', async () => {
    await using visited = await visit('/hours?day=2026-11-16&tz=UTC')
    const { page } = visited
    const rows = await cellsOf(page, '.rank-grid')
    // the newest first, the hours that are not over yet among them
    const seven = rows.find(([head]) => head?.includes('07:00'))
    const truth = topOf([nextHour(RUNNING, -3)], 10)
    expect(seven?.slice(1).map((cell) => cell.split('\n'))).toEqual(
      truth.map(({ key, count }) => [key.toUpperCase(), String(count)]),
    )
    const notes = await page.locator('.notes').innerText()
    expect(notes).toContain('03:00–04:00 is missing: nobody has seen records')
    expect(notes).toContain('05:00–06:00 was amended: 12 late posts')
    expect(notes).toContain('09:00–10:00 is provisional')
    await page.locator('.notes', { hasText: `09:00–10:00 could not be sealed: ${REFUSED}` }).waitFor()
    expect(PROVISIONAL).toBe('2026-11-16T09')
    expect(await page.locator('.bump .column.missing').count()).toBeGreaterThan(0)
    expect(await page.locator('.bump .column.amended').count()).toBe(1)
    expect([MISSING.slice(11), AMENDED.slice(11)]).toEqual(['03', '05'])
  })

  it('says what an hour lacks whose file was set aside, and so does a range with it', async () => {
    await using visited = await visit('/hours?day=2026-11-14&tz=UTC')
    const { page } = visited
    expect(await page.locator('.notes').innerText()).toContain('09:00–10:00 lacks 5 posts')
    await page.goto(`${site.url}/range?from=2026-11-14T08&to=2026-11-14T12`)
    expect(await page.locator('.note').allInnerTexts()).toEqual([expect.stringContaining('5 posts')])
    const response = await fetch(`${site.url}/api/v1/hours?from=${FIRST}&to=${RUNNING}`)
    const { hours } = routes.hours.response.parse(await response.json())
    const told = hours.filter(({ refused, computed }) => refused !== null || (computed?.lacking ?? 0) > 0)
    expect(told.map(({ hour, refused, computed }) => [hour, refused, computed?.lacking])).toEqual([
      [QUARANTINED, null, 5],
      [PROVISIONAL, REFUSED, undefined],
    ])
    await page.goto(`${site.url}/pipeline?hour=${QUARANTINED}`)
    const facts = page.locator('.hour-facts dl > div', { hasText: 'Not counted, set aside or gone before' })
    expect(await facts.locator('dd').innerText()).toBe('5')
  })

  it('tells a term’s count under the pointer, and goes to the term', async () => {
    await using visited = await visit('/hours')
    const { page } = visited
    await alive(page)
    const link = page.locator('.bump .line.k0 a').nth(3)
    await link.locator('.reach').hover()
    const tip = page.locator('.tip')
    await tip.waitFor()
    const term = (await tip.locator('strong').innerText()).slice(1)
    expect(await tip.innerText()).toMatch(/\d+ posts/)
    await link.locator('.reach').click()
    await page.waitForURL(/\/term\?/)
    expect(await page.locator('h1').innerText()).toBe(`#${term}`)
  })

  it('is moved through by the keyboard alone', async () => {
    await using visited = await visit('/hours?day=2026-11-15&tz=UTC')
    const { page } = visited
    await alive(page)
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').innerText()).toBe('Skip to the content')
    await page.locator('.rank-grid [data-cell]').first().focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    const place = await page
      .locator('td:focus-within')
      .evaluate<[number, number], { cellIndex: number; parentElement: { sectionRowIndex: number } }>((cell) => [
        cell.cellIndex,
        cell.parentElement.sectionRowIndex,
      ])
    expect(place).toEqual([2, 1])
    expect(await page.locator('.rank-grid [data-cell][tabindex="0"]').count()).toBe(1)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/term\?/)
  })

  it('shows the same hours in another time zone under other names', async () => {
    await using visited = await visit('/hours?day=2026-11-15&tz=Asia%2FKolkata', { timezoneId: 'Asia/Kolkata' })
    const { page } = visited
    const heads = (await cellsOf(page, '.rank-grid')).map(([head]) => head)
    expect(heads).toHaveLength(24)
    expect(heads.every((head) => /:30/.test(head ?? ''))).toBe(true)
    await alive(page)
    await page.click('.settings summary')
    await page.selectOption('.settings select[name=tz]', 'UTC')
    await page.locator('.rank-grid .hour', { hasText: ':00' }).first().waitFor()
    expect(page.url()).toContain('tz=UTC')
  })
})

describe('a range', () => {
  it('is the truth of its hours, to be taken along and shown to others', async () => {
    await using visited = await visit('/range', { permissions: ['clipboard-read', 'clipboard-write'] })
    const { page } = visited
    await alive(page)
    await page.fill('input[name=from]', '2026-11-15T06:00')
    await page.fill('input[name=to]', '2026-11-16T02:00')
    await page.selectOption('select[name=n]', '10')
    await page.click('main form button[type=submit]')
    await page.waitForURL(/from=2026-11-15T06%3A00/)
    const hours = BATCH_HOURS.filter((hour) => hour >= '2026-11-15T06' && hour < '2026-11-16T02')
    const truth = topOf(hours, 10)
    await page.locator('#result', { hasText: '15 Nov, 06:00' }).waitFor()
    const rows = await cellsOf(page, '.range-table')
    expect(rows.map(([rank, term, count]) => [rank, term, Number(count?.replaceAll(',', ''))])).toEqual(
      truth.map(({ key, count }, i) => [`${i + 1}`, `#${key.toUpperCase()}`, count]),
    )
    expect(await page.locator('.card-head .badge.exact').count()).toBe(1)

    const [csv] = await Promise.all([page.waitForEvent('download'), page.click('text=CSV')])
    const lines = await textOf(csv)
    expect(lines.slice(1, 11).map((line) => line.split(',')[3])).toEqual(truth.map(({ count }) => `${count}`))
    const [json] = await Promise.all([page.waitForEvent('download'), page.click('text=JSON')])
    expect(JSON.parse((await textOf(json)).join('\n')).answers[0].rows).toHaveLength(10)

    await page.click('text=Copy link')
    await page.waitForSelector('text=Copied')
    const link = await page.evaluate<string>('navigator.clipboard.readText()')
    await page.goto(link)
    expect(await cellsOf(page, '.range-table')).toEqual(rows)
  })

  it('says so when its end is before its beginning', async () => {
    await using visited = await visit('/range?from=2026-11-16T02&to=2026-11-15T02')
    expect(await visited.page.locator('[role=alert]').innerText()).toContain('after the beginning')
  })
})

describe('a term', () => {
  it('is found by writing it, with its counts by hour', async () => {
    await using visited = await visit('/term')
    const { page } = visited
    await alive(page)
    await page.fill('input[type=search]', '#Cats')
    await page.keyboard.press('Enter')
    await page.waitForURL(/term=%23Cats/)
    await page.waitForSelector('.fact-cards')
    const day = (await cellsOf(page, '.plain-table')).find(([head]) => head?.includes('15 Nov'))
    const hours = BATCH_HOURS.filter((hour) => hour.startsWith('2026-11-15'))
    const sum = hours.reduce((total, hour) => total + countsOf(hour)['cats']!, 0)
    expect(Number(day?.[1]?.replaceAll(',', ''))).toBe(sum)
    expect(await page.locator('.fact-cards').innerText()).toContain('Sat 14 Nov, 08:00')
    expect(FIRST).toBe('2026-11-14T08')
  })
})

describe('editions', () => {
  it('are decided on by those who have the token, which goes nowhere', async () => {
    await using visited = await visit('/editions')
    const { page, context } = visited
    await alive(page)
    expect(await page.locator('.decide').count()).toBe(0)
    await page.click('.unlock summary')
    await page.fill('input[name=token]', TOKEN)
    await page.click('.unlock button')
    await page.click('.edition.held button >> text=Publish')
    await page.click('dialog [data-sure]')
    // nobody keeps this edition, so the server refuses what it may do: the page says it
    expect(await page.locator('.edition.held [role=alert]').innerText()).toMatch(/only a held one waits|held/)
    expect(page.url()).not.toContain(TOKEN)
    expect(JSON.stringify(await context.cookies())).not.toContain(TOKEN)
    expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toContain(TOKEN)
    expect(await page.content()).not.toContain(TOKEN)
  })

  it('are compared by an address', async () => {
    await using visited = await visit('/editions?a=1&b=2')
    expect(await visited.page.locator('#diff').innerText()).toBe('From edition 1 to edition 2')
  })
})

describe('the pipeline', () => {
  it('says in words what is wrong, and tells of the hour that is chosen', async () => {
    await using visited = await visit('/pipeline')
    const { page } = visited
    await alive(page)
    await page.waitForSelector('.problem')
    await page.click(`.cell.amended`)
    await page.waitForURL(/hour=2026-11-16T05/)
    expect(await page.locator('.hour-facts').innerText()).toContain('12 late posts added')
    expect(await page.locator('.cell.gap, .cell.behind').count()).toBeGreaterThan(0)
    await page.click(`.cell[href$="${PROVISIONAL}"]`)
    await page.locator('.hour-facts', { hasText: REFUSED }).waitFor()
  })

  it('has the sources, what became of each, and what it knew of them while the store is away', async () => {
    await using visited = await visit('/pipeline')
    const { page } = visited
    await alive(page)
    const table = '[aria-labelledby=sources]'
    const told = [
      ['running', '120/s', '4,321', '0'],
      ['ended', '–', '50', '0'],
      ['stopped', '–', '50', '1'],
      ['failed', '–', '50', '2'],
      ['silent', '–', '50', '3'],
    ]
    const shown = async () =>
      (await cellsOf(page, table)).map(([, ...cells]) => [cells[0]?.split('\n')[0], ...cells.slice(1, 4)])
    await expect.poll(shown, PATIENCE).toEqual(told)
    const silent = (await cellsOf(page, table)).at(-1)!
    expect(silent[0]).toContain('here, process 7')
    expect(silent[1]).toMatch(/since .*10:29/)
    expect(silent.at(-1)).toBe('{"bytes":99}')
    await page.goto(`${site.url}/pipeline?lang=fr`)
    expect((await cellsOf(page, table)).at(-1)![1]).toMatch(/^muette\s+depuis .*10:29/)
    const stale = async () =>
      routes.sources.response.parse(await (await fetch(`${site.url}/api/v1/sources`)).json()).stale
    await site.way.cut()
    try {
      await expect.poll(stale, PATIENCE).toMatchObject({ service: 'MongoDB' })
      await page.goto(`${site.url}/pipeline`)
      expect(await shown()).toEqual(told)
    } finally {
      await site.way.mend()
    }
    await expect.poll(stale, PATIENCE).toBeNull()
  })

  it('says that dead letters are being read, and why they are dead as soon as it is known', async () => {
    await using visited = await visit('/pipeline')
    const { page } = visited
    await alive(page)
    // this page is the one that looks: the first answer that has them begins to read them
    await site.addDeadLetters(['text is missing', 'id is 7: a text is right', 'id is 8: a text is right'])
    const card = page.locator('[aria-labelledby=dead-letters]')
    await card.locator('text=3 in all; their reasons are being read').waitFor(PATIENCE)
    await card.locator('text=3 in all; the reasons of the latest 3').waitFor(PATIENCE)
    const rows = await cellsOf(page, '[aria-labelledby=dead-letters]')
    expect(rows.map(([reason, count]) => [reason, count])).toEqual([
      ['id', '2'],
      ['text', '1'],
    ])
  })
})

describe('another language', () => {
  it('is the browser’s, until a person chooses', async () => {
    await using visited = await visit('/', { locale: 'fr-FR' })
    const { page } = visited
    expect(await page.locator('h1').innerText()).toBe('En direct')
    await alive(page)
    await page.click('.settings summary')
    await page.selectOption('.settings select[name=lang]', 'en')
    await page.locator('h1', { hasText: 'Now' }).waitFor()
    await page.reload()
    expect(await page.locator('h1').innerText()).toBe('Now')
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
  })
})

describe('MongoDB gone', () => {
  it('leaves what was known, and since when; what was never known is no blank page; all comes back', async () => {
    await using visited = await visit('/hours?day=2026-11-15&tz=UTC')
    const { page } = visited
    await alive(page)
    const before = await cellsOf(page, '.rank-grid')
    expect(before).toHaveLength(24)
    await site.way.cut()
    try {
      await page.reload()
      await page.waitForSelector('.note.stale')
      expect(await page.locator('.note.stale').first().innerText()).toMatch(/As of .*16 Nov/)
      expect(await cellsOf(page, '.rank-grid')).toEqual(before)
      await page.goto(`${site.url}/term?term=neverasked`)
      await page.waitForSelector('.state.failed')
      expect(await page.locator('.state.failed').innerText()).toContain('This could not be answered')
      await site.way.mend()
      await page.click('.state.failed button')
      await page.waitForSelector('.state.failed', { state: 'detached' })
    } finally {
      await site.way.mend()
    }
  })
})

async function textOf(download: { createReadStream(): Promise<NodeJS.ReadableStream> }): Promise<readonly string[]> {
  let text = ''
  for await (const chunk of await download.createReadStream()) text += chunk.toString()
  return text.replace(/^\uFEFF/, '').split(/\r?\n/)
}
