/**
 * A person recomputes in the browser, on real services and a real worker: looks at what it would do, starts it held, watches it, compares,
 * publishes and takes it back; rejects another. What the page shows and what the API says is held against plain counts of the posts.
 */
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../bench/machine/browser.ts'
import { silentLogger } from '../../model/log.ts'
import { compareRank } from '../../model/tally.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { ensurePage } from '../../web/build-page.ts'
import { type ResponseOf, type RouteName, routes } from '../../web/contract/routes.ts'
import { createServer } from '../../web/server/server.ts'
import { openServices, type Services } from '../../web/services.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { knownPosts, type Rule } from '../activities/lake-of-posts.ts'
import { testSettings } from '../test-settings.ts'
import { alive, cellsOf, numberOf, type Visit, visitPage } from './visits.ts'

const TOKEN = '0123456789abcdef-token'
const DAY = '2026-11-16'
const FIRST = `${DAY}T00` as HourId
const HOURS = hoursBetween(FIRST, nextHour(FIRST, 12))
const END = nextHour(HOURS.at(-1)!)
const SINCE = nextHour(FIRST, 2)
const LATER = HOURS.filter((hour) => hour >= SINCE)
const POSTS_AN_HOUR = 80
const N = 20
/** Each test is many pages and a whole recompute, on a machine that may be busy. */
const SLOW = { timeout: 180_000 }
const PATIENCE = { timeout: 60_000 }

let fixture: BatchFixture
let services: Services
let server: FastifyInstance
let browser: Browser
let url: string

beforeAll(async () => {
  const starting = BatchFixture.start({
    worker: true,
    more: { TENDANCE_WEB_TOKEN: TOKEN, TENDANCE_WEB_RATE_PER_MINUTE: '0' },
  })
  const opened = Promise.all([starting, launchBrowser(testSettings()), ensurePage(silentLogger)])
  let pageDir: string
  ;[fixture, browser, pageDir] = await opened
  await fixture.posts.append(HOURS.flatMap((hour, i) => knownPosts(hour, POSTS_AN_HOUR, i * 1_000)))
  await fixture.hourly()
  services = openServices(fixture.config, silentLogger, Date.now)
  server = await createServer({ services, pageDir, version: '0' })
  await server.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  await services?.[Symbol.asyncDispose]()
  await fixture?.[Symbol.asyncDispose]()
})

type Counts = Readonly<Record<string, number>>
type RuleOf = (hour: HourId) => Rule

const byOld: RuleOf = () => 'hashtags@1'
const byNew: RuleOf = (hour) => (hour < SINCE ? 'hashtags@1' : 'hashtags@2')

/** Plain counts of some hours, summed. */
function countsOf(hours: readonly HourId[], ruleOf: RuleOf): Counts {
  const sums: Record<string, number> = {}
  for (const hour of hours) {
    for (const [key, count] of Object.entries(fixture.posts.truth(hour, ruleOf(hour)).counts)) {
      sums[key] = (sums[key] ?? 0) + count
    }
  }
  return sums
}

const rankedOf = (counts: Counts, n: number) =>
  Object.entries(counts)
    .map(([key, count]) => ({ key, count }))
    .sort(compareRank)
    .slice(0, n)

/** What the API says, held against its contract. */
async function ask<R extends RouteName>(name: R, path: string): Promise<ResponseOf<R>> {
  const response = await fetch(`${url}/api/v1${path}`)
  expect(response.status).toBe(200)
  return routes[name].response.parse(await response.json()) as ResponseOf<R>
}

const liveEdition = async () => (await ask('editions', '/editions')).live?.edition

/** `#TAG7` as its key; this test's tags are plain letters. */
const keyOf = (shown = '') => shown.replace('#', '').toLowerCase()

/** Range and 24 hours, as a reader finds them at their addresses, and the API say what the rules say. */
async function expectSeen(page: Page, ruleOf: RuleOf, madeFrom: string): Promise<void> {
  const truth = rankedOf(countsOf(HOURS, ruleOf), N)
  const { answers } = await ask('top', `/top?from=${FIRST}&to=${END}&n=${N}`)
  expect(answers.map(({ exact }) => exact)).toEqual([true])
  expect(answers[0]?.rows.map(({ key, count }) => ({ key, count }))).toEqual(truth)

  await page.goto(`${url}/range?from=${FIRST}&to=${END}&n=${N}&tz=UTC`)
  const rows = await cellsOf(page, '.range-table')
  expect(rows.map(([, term, count]) => ({ key: keyOf(term), count: numberOf(count) }))).toEqual(truth)
  expect(await page.locator('.made-from').innerText()).toBe(madeFrom)
  expect(await page.locator('.card-head .badge.exact').count()).toBe(1)

  await page.goto(`${url}/hours?day=${DAY}&tz=UTC`)
  const shown = new Map((await cellsOf(page, '.rank-grid')).map(([head, ...cells]) => [head?.slice(-5), cells]))
  for (const hour of HOURS) {
    const cells = shown.get(`${hour.slice(11)}:00`)
    expect(
      cells?.map((cell) => cell.split('\n')).map(([term, count]) => ({ key: keyOf(term), count: numberOf(count) })),
    ).toEqual(rankedOf(countsOf([hour], ruleOf), 10))
  }
  expect(await page.locator('.made-from').innerText()).toBe(madeFrom)
}

async function unlock(page: Page, token: string): Promise<void> {
  if ((await page.locator('.unlock[open]').count()) === 0) await page.click('.unlock summary')
  await page.fill('input[name=token]', token)
  await page.click('.unlock button')
}

async function visitEditions(): Promise<Visit> {
  const visited = await visitPage(browser, `${url}/editions`)
  await alive(visited.page)
  return visited
}

/** Looks at what a recompute since an hour would do, and starts it held. */
async function fillRecompute(page: Page, since: HourId, reason: string): Promise<void> {
  await page.fill('.recompute input[name=since]', `${since}:00`)
  await page.selectOption('.recompute select[name=extractor]', 'hashtags@2')
  await page.fill('.recompute input[name=reason]', reason)
  await page.click('.recompute button[type=submit]')
  await page.waitForSelector('.preview')
}

const edition = (page: Page, number: number) =>
  page.locator('.edition', { has: page.locator('h2', { hasText: `Edition ${number} ` }) })

describe('in the browser', SLOW, () => {
  it('nothing that changes is offered without the token; a wrong one is told as such and not kept', async () => {
    await using visited = await visitEditions()
    const { page } = visited
    await fillRecompute(page, SINCE, 'only looking')
    expect(await page.locator('text=Changing something needs the server’s token').count()).toBeGreaterThan(0)
    const changing = page.locator('button', { hasText: /Start|Publish|Reject|Roll back/ })
    expect(await changing.count()).toBe(0)

    await unlock(page, 'a-wrong-token-of-some-length')
    expect(await page.locator('.unlock [role=alert]').innerText()).toBe('This token is not the right one.')
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
    expect(await changing.count()).toBe(0)
    // the twin: with the right one it is offered
    await unlock(page, TOKEN)
    await changing.waitFor()
    expect(await changing.allInnerTexts()).toEqual(['Start, and hold'])
    expect((await ask('editions', '/editions')).editions).toHaveLength(1)
    expect(visited.complaints).toEqual([])
  })

  it('a recompute is looked at, started, watched, compared, published and taken back', async () => {
    await using visited = await visitEditions()
    const { page, complaints } = visited
    await using reading = await visitPage(browser, `${url}/range?from=${FIRST}&to=${END}&n=${N}&tz=UTC`)
    await expectSeen(reading.page, byOld, 'edition 1')

    await unlock(page, TOKEN)
    await fillRecompute(page, SINCE, 'brackets hid tags')
    const posts = LATER.reduce((sum, hour) => sum + fixture.posts.truth(hour, 'hashtags@2').records, 0)
    const copies = LATER.reduce((sum, hour) => sum + fixture.posts.truth(hour, 'hashtags@2').copies, 0)
    expect(await page.locator('.preview').innerText()).toContain(`${LATER.length} hours, ${posts + copies} posts`)

    const progress = await recordTexts(page, '.progress')
    await page.click('text=Start, and hold')
    const held = edition(page, 2)
    await held.locator('.progress', { hasText: 'Waiting for a person' }).waitFor(PATIENCE)
    await held.locator('.progress', { hasText: `${LATER.length} of ${LATER.length} hours` }).waitFor(PATIENCE)
    const done = (await progress()).flatMap((text) => /(\d+) of \d+ hours/.exec(text)?.[1] ?? []).map(Number)
    expect(done.at(-1)).toBe(LATER.length)
    expect(done.toSorted((a, b) => a - b)).toEqual(done)
    await held.locator('dl', { hasText: `${LATER.length} hours, ${posts} posts` }).waitFor(PATIENCE)
    expect((await ask('edition', '/editions/2')).edition).toMatchObject({
      ...{ state: 'held', since: SINCE, hours: LATER.length, records: posts, reason: 'brackets hid tags' },
    })
    await expectSeen(reading.page, byOld, 'edition 1')

    await held.locator('text=Compare with 1').click()
    await page.waitForURL(/a=1&b=2/)
    const [before, after] = [countsOf(LATER, byOld), countsOf(LATER, byNew)]
    const changed = Object.keys(after).filter((key) => after[key] !== (before[key] ?? 0))
    await page.locator('h3', { hasText: 'Greatest changes' }).waitFor()
    const greatest = await cellsOf(page, '[aria-label^=Greatest]')
    expect(greatest.map(([term, ...counts]) => [keyOf(term), ...counts.map(numberOf)]).toSorted()).toEqual(
      changed.map((key) => [key, before[key] ?? 0, after[key], after[key]! - (before[key] ?? 0)]).toSorted(),
    )
    expect(await page.locator('[aria-labelledby=diff] .facts').innerText()).toContain(`${LATER.length} hours compared`)

    const publish = held.locator('button', { hasText: 'Publish' })
    await publish.click()
    const dialog = page.locator('dialog[open]')
    expect(await dialog.locator('h2').innerText()).toBe('Publish edition 2?')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await liveEdition()).toBe(1)
    await publish.click()
    await dialog.locator('input[name=reason]').fill('looked at')
    await dialog.locator('button', { hasText: 'Publish' }).click()
    await edition(page, 2).locator('.badge.live').first().waitFor(PATIENCE)
    expect(await liveEdition()).toBe(2)
    await expectSeen(reading.page, byNew, 'editions 1, 2')

    await edition(page, 2).locator('button', { hasText: 'Roll back' }).click()
    expect(await dialog.locator('h2').innerText()).toBe('Go back to edition 1?')
    await dialog.locator('button', { hasText: 'Roll back' }).click()
    await edition(page, 1).locator('.badge.live').first().waitFor(PATIENCE)
    expect(await edition(page, 2).locator('[role=status]', { hasText: 'Edition 1 is live again' }).count()).toBe(1)
    expect(await liveEdition()).toBe(1)
    await expectSeen(reading.page, byOld, 'edition 1')
    expect([...complaints, ...reading.complaints]).toEqual([])
  })

  it('one that is held is rejected, and readers never saw it', async () => {
    await using visited = await visitEditions()
    const { page } = visited
    await unlock(page, TOKEN)
    await fillRecompute(page, nextHour(SINCE), 'another try')
    await page.click('text=Start, and hold')
    const held = edition(page, 3)
    await held.locator('button', { hasText: 'Reject' }).click(PATIENCE)
    const dialog = page.locator('dialog[open]')
    await dialog.locator('input[name=reason]').fill('no need')
    await dialog.locator('button', { hasText: 'Reject' }).click()
    await held.locator('.badge.rejected').first().waitFor(PATIENCE)
    const { edition: rejected } = await ask('edition', '/editions/3')
    expect(rejected.state).toBe('rejected')
    expect(rejected.changes.at(-1)).toMatchObject({ state: 'rejected', why: 'no need' })
    expect(await liveEdition()).toBe(1)
    await expectSeen(page, byOld, 'edition 1')
    expect(visited.complaints).toEqual([])
  })
})

/** Every text that an element shows from now on. */
async function recordTexts(page: Page, selector: string): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(`{
    const seen = (window.seenTexts = [])
    new MutationObserver(() => {
      const text = document.querySelector('${selector}')?.innerText
      if (text !== undefined && text !== seen.at(-1)) seen.push(text)
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  }`)
  return () => page.evaluate<string[]>('window.seenTexts')
}
