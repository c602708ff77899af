/**
 * `page.ts SCREEN HOURS CACHE_DIR`: a server of its own over the views that `fillViews` filled, and Chromium that opens a day of them
 * with an empty cache. SCREEN is desktop or phone.
 *
 * Prints JSON, from Chromium's own measures: milliseconds to the first paint (the server draws the page, so it has its data; the program
 * checks that it does), until the script has taken the page over, of tasks longer than 50 ms; kB of script, style and document as sent
 * (Brotli or gzip, as Chromium asks); the sum of layout shifts.
 */

import { loadConfig } from '../../app/config.ts'
import { readEnvironment } from '../../app/environment.ts'
import { AppError } from '../../model/errors.ts'
import { silentLogger } from '../../model/log.ts'
import { runWeb } from '../../web/run.ts'
import { hoursOf } from '../data/fill-views.ts'
import { launchBrowser } from '../machine/browser.ts'

const [screen = 'desktop', hoursText, cacheDir = ''] = process.argv.slice(2)
const isPhone = screen === 'phone'
const PHONE_SLOWER = 4
const hours = hoursOf({ hours: Number(hoursText), terms: 0 })
const day = hours.at(-30)!.slice(0, 10)
const environment = readEnvironment()
const { config } = loadConfig({ env: environment })

/** In the browser, as text: this side knows no DOM. */
const OBSERVE = `
  window.seen = { shift: 0, long: 0 }
  new PerformanceObserver((list) => { for (const e of list.getEntries()) seen.shift += e.hadRecentInput ? 0 : e.value })
    .observe({ type: 'layout-shift', buffered: true })
  new PerformanceObserver((list) => { for (const e of list.getEntries()) seen.long += e.duration })
    .observe({ type: 'longtask', buffered: true })
  const look = () => document.documentElement?.classList.contains('alive')
    ? (seen.alive = performance.now()) : requestAnimationFrame(look)
  look()`
const READ = `({
  firstPaintMs: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  aliveMs: seen.alive,
  longTasksMs: seen.long,
  layoutShift: seen.shift,
  rows: document.querySelectorAll('.rank-grid tbody td a').length,
})`

interface Seen {
  readonly firstPaintMs: number
  readonly aliveMs: number
  readonly longTasksMs: number
  readonly layoutShift: number
  readonly rows: number
}

async function visit(url: string): Promise<void> {
  await using browser = await launchBrowser({ environment, cacheDir })
  const viewport = isPhone ? { width: 390, height: 844 } : { width: 1360, height: 900 }
  const context = await browser.newContext({ viewport, timezoneId: 'UTC' })
  const page = await context.newPage()
  const devtools = await context.newCDPSession(page)
  if (isPhone) await devtools.send('Emulation.setCPUThrottlingRate', { rate: PHONE_SLOWER })
  const bytes = { Script: 0, Stylesheet: 0, Document: 0 }
  const types = new Map<string, string>()
  await devtools.send('Network.enable')
  devtools.on('Network.responseReceived', ({ requestId, type }) => types.set(requestId, type))
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const type = types.get(requestId)
    if (type === 'Script' || type === 'Stylesheet' || type === 'Document') bytes[type] += encodedDataLength
  })
  await page.addInitScript(OBSERVE)
  const response = await page.goto(`${url}/hours?day=${day}&tz=UTC`)
  // what the first paint shows is in the document itself
  if (!(await response?.text())?.includes('rank-grid'))
    throw new AppError('internal', 'the document came without its data')
  await page.waitForSelector('html.alive')
  const { rows, firstPaintMs, aliveMs, longTasksMs, layoutShift } = await page.evaluate<Seen>(READ)
  if (rows === 0) throw new AppError('internal', 'the page shows no row')
  const kb = (n: number) => Math.round(n / 100) / 10
  console.log(
    JSON.stringify({
      seconds: firstPaintMs / 1_000,
      firstPaintMs: Math.round(firstPaintMs),
      aliveMs: Math.round(aliveMs),
      longTasksMs: Math.round(longTasksMs),
      layoutShift: Math.round(layoutShift * 1_000) / 1_000,
      ...{ scriptKb: kb(bytes.Script), styleKb: kb(bytes.Stylesheet), documentKb: kb(bytes.Document) },
      rows,
    }),
  )
}

const stop = new AbortController()
await runWeb({
  config: { ...config, web: { ...config.web, port: 0 } },
  logger: silentLogger,
  signal: stop.signal,
  onListening: (url) => void visit(url).finally(() => stop.abort()),
})
