/** Visits of a page in a real Chromium: what it shows as texts, and what the browser complains of. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'

export const PHONE = { width: 390, height: 844 }
/** As narrow as phones are. */
export const NARROW = { width: 360, height: 740 }
export const DESKTOP = { width: 1360, height: 900 }
/** A machine under load takes its time. */
export const PATIENCE = { timeout: 20_000 }

export interface Visit extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** What the browser complained of: errors of scripts, of the content security policy, of things that are not there. */
  readonly complaints: readonly string[]
}

/** Scripts for the page are texts: this side knows no DOM. */
export async function visitPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  /** Before it goes anywhere. */
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Visit> {
  const context = await browser.newContext({ viewport: DESKTOP, timezoneId: 'UTC', locale: 'en-GB', ...options })
  context.setDefaultTimeout(PATIENCE.timeout)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await prepare?.(page)
  await page.goto(url)
  return { page, context, complaints, [Symbol.asyncDispose]: () => context.close() }
}

/** The script runs: it has taken the page over. */
export const alive = (page: Page) => page.waitForSelector('html.alive')

/** Texts of a table's body: a row a line, a cell a text. */
export async function cellsOf(page: Page, table: string): Promise<string[][]> {
  return page.evaluate<string[][]>(
    `[...document.querySelectorAll('${table} tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText.trim()))`,
  )
}

/** `1,234` as the page writes it. */
export const numberOf = (text: string | undefined) => Number((text ?? '').replaceAll(',', ''))

/** Without frames of others there is one page to look at, and only what is wrong matters. */
export const axe = (page: Page) => new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] })

/** Nothing is wider than the screen. */
export async function expectFits(page: Page): Promise<void> {
  const [wide, width] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]')
  expect(wide).toBeLessThanOrEqual(width)
}
