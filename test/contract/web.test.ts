/** The HTTP API on a real store, held against what the views themselves answer and against sums of our own. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { silentLogger } from '../../model/log.ts'
import { type HourId, hoursBetween, nextHour, slotId } from '../../model/time.ts'
import { openViews, type Views } from '../../views/views.ts'
import { type Operation, type RouteName, routes } from '../../web/contract/routes.ts'
import { createServer } from '../../web/server/server.ts'
import { openServices, type Services } from '../../web/services.ts'
import { isolatedConfig } from '../services.ts'
import { batchDocument, hourEntry, newEdition, STREAM, speedDocument } from '../views/documents.ts'

const STARTED_AT = Date.now()
const TOKEN = '0123456789abcdef-token'
const NOW = Date.parse('2026-11-16T10:30:00Z')
const h = (hour: string) => hour as HourId
const BATCH_HOURS = hoursBetween(h('2026-11-16T00'), h('2026-11-16T08'))
const AUTHORISED = { authorization: `Bearer ${TOKEN}` }

let config: Config
let views: Views & AsyncDisposable
let services: Services
let server: FastifyInstance

/** Counts of an hour, our own arithmetic: three terms that take turns, and one that is rare. */
const countsOf = (hour: HourId) => {
  const at = Number(hour.slice(11))
  return { news: 50 - at, cats: 10 + 5 * at, rain: 20, [`only${at}`]: 3 }
}
const putBatch = (hour: HourId, more: Parameters<typeof batchDocument>[1] = {}) =>
  views.batch.put(batchDocument(countsOf(hour), { hour, digest: `d-${hour}`, ...more }))

beforeAll(async () => {
  config = isolatedConfig(undefined, { TENDANCE_WEB_TOKEN: TOKEN, TENDANCE_WEB_RATE_PER_MINUTE: '0' })
  views = await openViews({ ...config.mongo, appName: 'test' })
  await views.ensureIndexes()
  await views.editions.create(newEdition({ extractors: { hashtags: 'hashtags@2' } }))
  await views.live.publish({ stream: STREAM, edition: 1, expectedVersion: 0, by: 'me', at: 1 })
  for (const hour of BATCH_HOURS) {
    await putBatch(hour)
    await views.hours.put([
      hourEntry({ hour, digest: `d-${hour}`, wholeDigest: `d-${hour}`, sealedAt: NOW, records: 100, files: 1 }),
    ])
  }
  for (const minute of ['09:05', '09:10']) {
    const slot = slotId(Date.parse(`2026-11-16T${minute}:00Z`))
    await views.speed.put([speedDocument({ cats: 4, rain: 1 }, { slot })])
  }
  services = openServices(config, silentLogger, () => NOW + Date.now() - STARTED_AT)
  server = await createServer({ services, pageDir: '/nowhere', version: '0' })
})

afterAll(async () => {
  await server?.close()
  await services?.[Symbol.asyncDispose]()
  await views?.drop()
  await views?.[Symbol.asyncDispose]()
})

/** Asks, and holds the answer against the contract: nothing missing, nothing more. */
async function get<R extends RouteName>(name: R, path: string, headers: Record<string, string> = {}) {
  const response = await server.inject({ url: `/api/v1${path}`, headers })
  expect(response.statusCode, response.body).toBe(200)
  const operation: Operation = routes[name]
  const body = response.json()
  expect(operation.response.parse(body)).toEqual(body)
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it looks at
  return { body: body as any, headers: response.headers }
}

async function status(path: string, headers: Record<string, string> = {}) {
  return (await server.inject({ url: `/api/v1${path}`, headers })).statusCode
}

describe('GET /top', () => {
  it('ranks an hour, with movements and where it comes from', async () => {
    const { body } = await get('top', '/top?hour=2026-11-16T07&n=3')
    expect(body.answers[0].rows.map((row: { key: string; count: number }) => [row.key, row.count])).toEqual([
      ['cats', 45],
      ['news', 43],
      ['rain', 20],
    ])
    expect(body.answers[0].rows[0].movement).toEqual({ kind: 'ranked', before: 2, moved: 1, countBefore: 40 })
    expect(body.answers[0]).toMatchObject({
      exact: true,
      standing: 'sealed',
      provenance: { edition: 1, origin: 'batch' },
    })
  })

  it('adds up a range: as many as the sum of its hours', async () => {
    const { body } = await get('top', '/top?from=2026-11-16T00&to=2026-11-16T08&n=4')
    const sum = (key: 'news' | 'cats' | 'rain') => BATCH_HOURS.reduce((total, hour) => total + countsOf(hour)[key]!, 0)
    expect(body.answers[0].rows.slice(0, 3).map((row: { key: string; count: number }) => [row.key, row.count])).toEqual(
      [
        ['news', sum('news')],
        ['cats', sum('cats')],
        ['rain', sum('rain')],
      ],
    )
    expect(body.answers).toHaveLength(1)
  })

  it('goes through a range hour by hour, page by page, each hour once', async () => {
    const seen: string[] = []
    let path: string | null = '/top?from=2026-11-16T00&to=2026-11-16T08&by=hour&limit=3&n=1'
    for (let pages = 0; path !== null; pages++) {
      expect(pages).toBeLessThan(5)
      const { body }: { body: { answers: { from: string }[]; next: string | null } } = await get('top', path)
      seen.push(...body.answers.map(({ from }) => from))
      path = body.next?.replace('/api/v1', '') ?? null
    }
    expect(seen).toEqual(BATCH_HOURS)
  })

  it('has shorter pages when each hour has many rows', async () => {
    const path = '/top?last=31d&by=hour&limit=744'
    expect((await get('top', `${path}&n=1`)).body.answers).toHaveLength(744)
    const { body } = await get('top', `${path}&n=1000`)
    expect(body.answers).toHaveLength(50)
    expect((await get('top', body.next.replace('/api/v1', ''))).body.from).toBe(body.to)
  })

  it('says what is provisional and what is missing, and gives neither a name for good', async () => {
    const { body } = await get('top', '/top?from=2026-11-16T07&to=2026-11-16T10&by=hour&n=1')
    expect(body.answers.map(({ standing }: { standing: string }) => standing)).toEqual([
      'sealed',
      'missing',
      'provisional',
    ])
    expect(body).toMatchObject({ digest: null, permanent: null })
    expect(body.answers[2].rows[0]).toMatchObject({ key: 'cats', count: 8 })
  })

  it('knows no edition that is not there', async () => {
    expect(await status('/top?hour=2026-11-16T07&edition=9')).toBe(404)
  })
})

describe('what a reader has already', () => {
  it('is not sent again; what has changed is', async () => {
    const path = '/top?hour=2026-11-16T05&n=2'
    const first = await get('top', path)
    const etag = String(first.headers['etag'])
    expect(first.headers['cache-control']).toBe('no-cache')
    const again = await server.inject({ url: `/api/v1${path}`, headers: { 'if-none-match': etag } })
    expect([again.statusCode, again.body]).toEqual([304, ''])
    expect(await status(path, { 'if-none-match': '"other"' })).toBe(200)
    expect(await status(path, { 'if-none-match': `"other", ${etag.replace('W/', '')}` })).toBe(304)
    // another edition is live now: the same counts, but what the answer tells of them is not the same
    await views.live.publish({ stream: STREAM, edition: 1, expectedVersion: 1, by: 'me', at: 2 })
    await expect.poll(() => status(path, { 'if-none-match': etag }), { timeout: 5_000 }).toBe(200)
  })

  it('never changes under a permanent path, and is not there any more when the hour was computed again', async () => {
    const hour = h('2026-11-16T03')
    const { body } = await get('top', `/top?hour=${hour}&n=2`)
    expect(body.permanent).toContain(`digest=${body.digest}`)
    const path = body.permanent.replace('/api/v1', '')
    const named = await get('top', path)
    expect(named.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(named.body.answers[0].rows).toEqual(body.answers[0].rows)
    await views.batch.put(
      batchDocument({ late: 99 }, { hour, digest: 'd-late', computedAt: 2, amendments: [{ at: 5, records: 37 }] }),
    )
    const other = path.replace('n=2', 'n=3')
    await expect.poll(() => status(other), { timeout: 5_000 }).toBe(404)
    // who knew it before still has it: it is what that name means
    expect((await get('top', path)).body.answers[0].rows).toEqual(body.answers[0].rows)
    const now = await get('top', `/top?hour=${hour}&n=2&edition=1`)
    expect(now.body.answers[0]).toMatchObject({ standing: 'amended', rows: [{ key: 'late', count: 99 }] })
    expect(now.body.digest).not.toBe(body.digest)
    expect(await status(now.body.permanent.replace('/api/v1', ''))).toBe(200)
    await views.batch.put(batchDocument(countsOf(hour), { hour, digest: `d-${hour}`, computedAt: 3 }))
  })

  it('is not immutable when the hour before can still change: movements compare with it', async () => {
    const { body } = await get('top', '/top?hour=2026-11-16T00&n=1')
    expect(body.permanent).toBeNull()
    expect((await get('top', '/top?hour=2026-11-16T01&n=1')).body.permanent).not.toBeNull()
  })
})

describe('GET /term', () => {
  it('tells the counts of each hour: the same as ours', async () => {
    const { body } = await get('term', '/term?term=%23Cats&from=2026-11-16T00&to=2026-11-16T08')
    expect(body.hours.map(({ count }: { count: number }) => count)).toEqual(
      BATCH_HOURS.map((hour) => countsOf(hour).cats),
    )
    expect(body).toMatchObject({
      ...{ key: 'cats', shown: 'CATS', exact: true, firstSeen: '2026-11-16T00', lastSeen: '2026-11-16T07' },
      peak: { hour: '2026-11-16T07', count: 45 },
      best: { hour: '2026-11-16T07', rank: 1 },
      spellings: [{ shown: 'CATS', hours: 8, count: BATCH_HOURS.reduce((sum, hour) => sum + countsOf(hour).cats!, 0) }],
    })
  })

  it('knows a term of one hour, and one that nobody wrote', async () => {
    const { body } = await get('term', '/term?term=only5&from=2026-11-16T00&to=2026-11-16T08')
    expect(body).toMatchObject({ count: 3, firstSeen: '2026-11-16T05', lastSeen: '2026-11-16T05' })
    const nothing = (await get('term', '/term?term=nobody&from=2026-11-16T00&to=2026-11-16T08')).body
    expect(nothing).toMatchObject({ count: 0, countMax: 0, exact: true, firstSeen: null, peak: null, best: null })
  })

  it('counts the live hours too', async () => {
    const { body } = await get('term', '/term?term=cats&hour=2026-11-16T09')
    expect(body.hours).toMatchObject([{ count: 8, standing: 'provisional', from: 'speed', rank: 1 }])
  })
})

describe('editions', () => {
  it('are listed, with what each has computed', async () => {
    const { body } = await get('editions', '/editions')
    expect(body).toMatchObject({ live: { edition: 1 }, editions: [{ number: 1, state: 'live', hours: 8, run: null }] })
    expect((await get('edition', '/editions/1')).body.edition).toEqual(body.editions[0])
    expect(await status('/editions/2')).toBe(404)
  })

  it('are compared hour by hour', async () => {
    const since = h('2026-11-16T06')
    const made = await views.editions.create(
      newEdition({
        parent: 1,
        since,
        until: nextHour(since, 2),
        extractors: { hashtags: 'hashtags@2' },
        state: 'held',
      }),
    )
    for (const hour of [since, nextHour(since)]) await putBatch(hour, { edition: made.number })
    await views.batch.put(
      batchDocument({ cats: 99 }, { hour: since, edition: made.number, digest: `d-${since}`, computedAt: 2 }),
    )
    const { body } = await get('diff', `/editions/1/diff/${made.number}?n=2`)
    expect(body).toMatchObject({ a: 1, b: made.number, compared: 2, differing: 1, settled: true })
    expect(body.hours).toHaveLength(1)
    expect(body.hours[0]).toMatchObject({
      hour: since,
      rows: [
        { key: 'cats', change: 'up' },
        { key: 'news', change: 'left' },
      ],
    })
    expect(body.greatest[0]).toMatchObject({ key: 'cats', lower: 99 - countsOf(since).cats! })
    expect(await status(`/editions/1/diff/99`)).toBe(404)
  })

  it('go back and forth by a person with the token, and readers see it at once', async () => {
    const made = await views.editions.create(
      newEdition({ parent: 1, since: h('2026-11-16T07'), extractors: { hashtags: 'hashtags@2' } }),
    )
    await views.batch.put(batchDocument({ better: 7 }, { hour: h('2026-11-16T07'), edition: made.number }))
    const { version } = (await views.live.read(STREAM))!
    await views.live.publish({ stream: STREAM, edition: made.number, expectedVersion: version, by: 'me', at: 3 })
    const first = async () => (await get('top', '/top?hour=2026-11-16T07&n=1')).body.answers[0].rows[0].key
    await expect.poll(first, { timeout: 5_000 }).toBe('better')
    const rollback = (payload: object) =>
      server.inject({ method: 'POST', url: '/api/v1/rollback', headers: AUTHORISED, payload })
    expect((await rollback({ expectedVersion: version })).statusCode).toBe(409)
    const done = await rollback({ by: 'anna', expectedVersion: version + 1 })
    expect(done.json()).toMatchObject({ live: { edition: 1, by: 'anna', version: version + 2 } })
    expect(await first()).toBe('cats')
    const publish = await server.inject({
      ...{ method: 'POST', url: `/api/v1/editions/${made.number}/publish`, headers: AUTHORISED, payload: {} },
    })
    expect([publish.statusCode, publish.json().code]).toEqual([409, 'conflict'])
  })
})

describe('the ledger and the pipeline', () => {
  it('tell each hour with its state', async () => {
    const { body } = await get('hours', '/hours?from=2026-11-16T06&to=2026-11-16T09&limit=2')
    expect(body.hours.map(({ hour, state }: { hour: string; state: string }) => [hour, state])).toEqual([
      ['2026-11-16T06', 'computed'],
      ['2026-11-16T07', 'computed'],
    ])
    const { body: rest } = await get('hours', body.next.replace('/api/v1', ''))
    expect(rest.hours.map(({ hour }: { hour: string }) => hour)).toEqual(['2026-11-16T08'])
    expect(rest.next).toBeNull()
  })

  it('say in words what is missing: here nobody works', async () => {
    // on a machine under load a service may take longer than one look has patience for
    const everyOk = async () => (await get('pipeline', '/pipeline')).body.services.map(({ ok }: { ok: boolean }) => ok)
    await expect.poll(everyOk, { timeout: 30_000, interval: 500 }).toEqual([true, true, true, true])
    const { body } = await get('pipeline', '/pipeline')
    const codes = body.problems.map(({ code }: { code: string }) => code)
    expect(codes).toContain('batch-away')
    expect(codes).toContain('no-schedule')
    expect(await status('/sources')).toBe(200)
    expect(await status('/runs')).toBe(200)
    expect(await status('/runs/nobody')).toBe(404)
  })
})

describe('GET /live', () => {
  it('sends the last hour and the last 60 minutes, as server-sent events', async () => {
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    const leaving = new AbortController()
    const response = await fetch(`${url}/api/v1/live`, { signal: leaving.signal })
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(response.headers.get('content-encoding')).toBeNull()
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (/^data: .*\n\n/m.test(text)) break
    }
    leaving.abort()
    const event = JSON.parse(/^data: (.*)$/m.exec(text)![1]!)
    expect(routes.live.response.parse(event)).toEqual(event)
    expect(event.lastHour).toMatchObject({
      hour: '2026-11-16T09',
      standing: 'provisional',
      rows: [{ key: 'cats', count: 8 }, { key: 'rain' }],
    })
    // 09:35 to 10:30: none of the slots, which began at 09:05 and 09:10
    expect(event.sliding).toMatchObject({ records: 0, rows: [], from: Date.parse('2026-11-16T09:35:00Z') })
    expect(event.slots.filter(({ records }: { records: number }) => records > 0)).toHaveLength(2)
  })
})
