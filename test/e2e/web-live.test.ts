/**
 * The live stream in a real Chromium whose connection is cut: it comes back from where it was, with no event missed and none doubled, and
 * says meanwhile that it is not live, and since when. The truth is what another reader, who stays connected, was sent.
 */
import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../bench/machine/browser.ts'
import { EventLines } from '../../web/page/state/event-lines.ts'
import { type Cuttable, cuttable } from '../contract/cuttable.ts'
import { testSettings } from '../test-settings.ts'
import { PageSite } from './page-site.ts'
import { PATIENCE, type Visit, visitPage } from './visits.ts'

let site: PageSite
let browser: Browser
/** Between the browser and the server. */
let line: Cuttable
let witness: Witness

beforeAll(async () => {
  ;[site, browser] = await Promise.all([PageSite.start(), launchBrowser(testSettings())])
  line = await cuttable('127.0.0.1', Number(new URL(site.url).port))
  witness = await Witness.at(site.url)
})

afterAll(async () => {
  await browser?.close()
  witness?.close()
  await line?.[Symbol.asyncDispose]()
  await site?.[Symbol.asyncDispose]()
})

interface Told {
  readonly id: string
  readonly at: number
}

/** An event's id is known behind it, so of several in one piece each is read by itself. */
function toldOneByOne(lines: EventLines, piece: string): readonly Told[] {
  return piece
    .split(/(?<=\n\n)/)
    .flatMap((part) => lines.add(part).map(({ data }) => ({ id: lines.lastId!, at: JSON.parse(data).at })))
}

/** Reads the stream all the time, so that the server has something to tell. */
class Witness {
  readonly told: Told[] = []
  readonly #stop = new AbortController()

  static async at(url: string): Promise<Witness> {
    const witness = new Witness()
    const response = await fetch(`${url}/api/v1/live`, { signal: witness.#stop.signal })
    void witness.#read(response).catch(() => undefined)
    return witness
  }

  async #read({ body }: Response): Promise<void> {
    const lines = new EventLines()
    for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
      for (const one of toldOneByOne(lines, piece)) this.told.push(one)
    }
  }

  close(): void {
    this.#stop.abort()
  }
}

interface LiveConnection {
  /** What it asked to go on from. */
  readonly after: string | undefined
  readonly told: readonly Told[]
}

interface LiveVisit extends Visit {
  readonly connections: readonly LiveConnection[]
  /** Each count of #CATS that the page has shown. */
  readonly shown: () => Promise<readonly number[]>
}

const CATS = '.ranking:not(.compact) [data-key=cats] .count'

/** A visit whose stream is read along, as the browser gets it. */
async function watch(): Promise<LiveVisit> {
  const visited = await visitPage(browser, 'about:blank')
  const { page, context } = visited
  const connections = await readAlong(await context.newCDPSession(page))
  await page.goto(`http://${line.address}/`)
  await page.waitForSelector('.live-pulse.open')
  await page.evaluate(`{
    const seen = (window.seenCounts = [])
    const look = () => {
      const count = Number.parseInt(document.querySelector('${CATS}')?.innerText)
      if (count !== seen.at(-1)) seen.push(count)
    }
    look()
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
  }`)
  return { ...visited, connections, shown: () => page.evaluate<number[]>('window.seenCounts') }
}

async function readAlong(session: CDPSession): Promise<readonly LiveConnection[]> {
  const connections: { readonly after: string | undefined; readonly told: Told[] }[] = []
  const readers = new Map<string, (base64: string) => void>()
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (!request.url.endsWith('/api/v1/live')) return
    const lines = new EventLines()
    const connection = { after: request.headers['Last-Event-ID'], told: [] as Told[] }
    readers.set(requestId, (base64) => {
      // only a connection that was answered counts
      if (!connections.includes(connection)) connections.push(connection)
      connection.told.push(...toldOneByOne(lines, Buffer.from(base64, 'base64').toString()))
    })
  })
  session.on('Network.responseReceived', ({ requestId }) => {
    const read = readers.get(requestId)
    if (!read) return
    session.send('Network.streamResourceContent', { requestId }).then(
      ({ bufferedData }) => read(bufferedData),
      () => undefined,
    )
  })
  session.on('Network.dataReceived', ({ requestId, data }) => {
    if (data !== undefined) readers.get(requestId)?.(data)
  })
  await session.send('Network.enable')
  return connections
}

async function countCats(cats: number): Promise<void> {
  const before = witness.told.length
  await site.count({ news: 5, cats })
  await expect.poll(() => witness.told.length, PATIENCE).toBeGreaterThan(before)
}

const untilShown = (page: Page, cats: number) => page.locator(CATS, { hasText: `${cats}` }).waitFor(PATIENCE)

const clockOf = (at: number) => new Date(at).toISOString().slice(11, 19)

describe('a connection that is lost', () => {
  const ways = [
    {
      name: 'the server’s end of it closes, and refuses for a while',
      cut: () => line.cut(),
      mend: () => line.mend(),
    },
    {
      name: 'the network of the browser is gone',
      cut: ({ context }: Visit) => context.setOffline(true),
      mend: ({ context }: Visit) => context.setOffline(false),
    },
  ] as const

  it.each(ways)('$name: nothing is missed or doubled, and the page says since when it is not live', async (way) => {
    await using visited = await watch()
    const { page, connections, complaints } = visited
    const base = 100 * (ways.indexOf(way) + 7)
    for (const cats of [base + 1, base + 2]) {
      await countCats(cats)
      await untilShown(page, cats)
    }
    await way.cut(visited)
    const note = page.locator('.note.stale')
    await note.waitFor(PATIENCE)
    const last = connections.at(-1)!.told.at(-1)!
    expect(await note.innerText()).toContain(`Not live since ${clockOf(last.at)}`)
    expect(await page.locator('.live-pulse.lost').innerText()).toContain('connection lost')
    for (const cats of [base + 3, base + 4]) await countCats(cats)
    expect(await page.locator(CATS).innerText()).toContain(`${base + 2}`)

    await way.mend(visited)
    await untilShown(page, base + 4)
    await page.waitForSelector('.live-pulse.open')
    expect(await note.count()).toBe(0)
    await countCats(base + 5)
    await untilShown(page, base + 5)

    const [first, ...others] = connections
    expect(first!.after).toBeUndefined()
    expect(others.length).toBeGreaterThan(0)
    expect(others.map(({ after }) => after)).toEqual(connections.slice(0, -1).map(({ told }) => told.at(-1)?.id))
    const told = connections.flatMap((connection) => connection.told.map(({ id }) => id))
    const truth = witness.told.map(({ id }) => id)
    expect(told).toEqual(truth.slice(truth.indexOf(told[0]!)).slice(0, told.length))
    const shown = await visited.shown()
    expect(shown.slice(-4)).toEqual(
      shown.includes(base + 3) ? [2, 3, 4, 5].map((i) => base + i) : [1, 2, 4, 5].map((i) => base + i),
    )
    expect(complaints.filter((text) => !text.includes('net::ERR'))).toEqual([])
  })
})
