/** MongoDB goes away under the server, and comes back: what was known is still answered and says since when; the rest is a problem. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../model/log.ts'
import { type HourId, hourOf, nextHour } from '../../model/time.ts'
import { openViews, type Views } from '../../views/views.ts'
import { routes } from '../../web/contract/routes.ts'
import { createServer } from '../../web/server/server.ts'
import { openServices, type Services } from '../../web/services.ts'
import { isolatedConfig, services as stackServices } from '../services.ts'
import { batchDocument, newEdition, STREAM } from '../views/documents.ts'
import { type Cuttable, cuttable } from './cuttable.ts'

const HOUR = nextHour(hourOf(Date.now()), -3)
const TOP = `/api/v1/top?hour=${HOUR}&n=2`
const UNASKED = `/api/v1/top?hour=${nextHour(HOUR, -1)}&n=2`

let way: Cuttable
let services: Services
let server: FastifyInstance
/** Straight to the store, past the way that is cut. */
let views: Views & AsyncDisposable

const put = (hour: HourId, counts: Record<string, number>, digest: string, computedAt: number) =>
  views.batch.put(batchDocument(counts, { hour, digest, computedAt }))

beforeAll(async () => {
  const { mongodb } = stackServices()
  const [, host, port] = /\/\/([^:/]+):(\d+)/.exec(mongodb)!
  way = await cuttable(host!, Number(port))
  const config = isolatedConfig(undefined, {
    TENDANCE_MONGO_URI: mongodb.replace(`${host}:${port}`, way.address),
    TENDANCE_WEB_RATE_PER_MINUTE: '0',
  })
  views = await openViews({ uri: mongodb, database: config.mongo.database, appName: 'test' })
  await views.ensureIndexes()
  await views.editions.create(newEdition({ extractors: { hashtags: 'hashtags@2' } }))
  await views.live.publish({ stream: STREAM, edition: 1, expectedVersion: 0, by: 'me', at: 1 })
  await put(nextHour(HOUR, -1), { news: 3 }, 'd0', 1)
  await put(HOUR, { news: 7, cats: 5 }, 'd1', 1)
  services = openServices(config, silentLogger, Date.now)
  server = await createServer({ services, pageDir: '/nowhere', version: '0' })
})

afterAll(async () => {
  await way?.mend()
  await server?.close()
  await services?.[Symbol.asyncDispose]()
  await way?.[Symbol.asyncDispose]()
  await views?.drop()
  await views?.[Symbol.asyncDispose]()
})

describe('MongoDB gone', () => {
  it('leaves a server that tells what it knew, and since when, until the store is back', async () => {
    const fresh = await server.inject(TOP)
    expect(fresh.json()).toMatchObject({
      stale: null,
      answers: [{ rows: [{ key: 'news', count: 7 }, { key: 'cats' }] }],
    })
    const knownAt = Date.now()

    await way.cut()
    const stale = async () => (await server.inject(TOP)).json().stale
    await expect.poll(stale, { timeout: 20_000 }).not.toBeNull()
    const known = await server.inject(TOP)
    expect(known.statusCode).toBe(200)
    const body = known.json()
    expect(routes.top.response.parse(body)).toEqual(body)
    expect(body.answers).toEqual(fresh.json().answers)
    expect(body.stale.since).toBeLessThanOrEqual(knownAt)
    expect(body.stale.why).toContain('MongoDB')
    expect(Date.parse(String(known.headers['tendance-stale-since']))).toBeLessThanOrEqual(knownAt)
    expect(known.headers['etag']).not.toBe(fresh.headers['etag'])

    const unknown = await server.inject(UNASKED)
    expect([unknown.statusCode, unknown.json().code]).toEqual([503, 'unavailable'])
    expect(unknown.headers['retry-after']).toBeDefined()
    expect((await server.inject('/healthz')).statusCode).toBe(200)
    expect((await server.inject('/readyz')).json()).toMatchObject({
      ready: true,
      checks: [{ name: 'MongoDB', ok: false }],
    })
    const { problems } = (await server.inject('/api/v1/pipeline')).json()
    expect(problems[0]).toMatchObject({ severity: 'error', code: 'mongodb-away' })

    await put(HOUR, { news: 8, cats: 5 }, 'd2', 2)
    await way.mend()
    await expect.poll(stale, { timeout: 20_000 }).toBeNull()
    const back = await server.inject(TOP)
    expect(back.json().answers[0].rows[0]).toMatchObject({ key: 'news', count: 8 })
    expect(back.headers['tendance-stale-since']).toBeUndefined()
    expect((await server.inject(UNASKED)).statusCode).toBe(200)
  })

  it('at the start is no reason not to start: it answers when the store is there', async () => {
    await way.cut()
    await using late = openServices(services.config, silentLogger, Date.now)
    const starting = await createServer({ services: late, pageDir: '/nowhere', version: '0' })
    try {
      expect((await starting.inject(TOP)).statusCode).toBe(503)
      expect((await starting.inject('/readyz')).statusCode).toBe(503)
      await way.mend()
      await expect.poll(async () => (await starting.inject(TOP)).statusCode, { timeout: 20_000 }).toBe(200)
      expect((await starting.inject('/readyz')).json()).toMatchObject({ ready: true, checks: [{ ok: true }] })
    } finally {
      await starting.close()
    }
  })
})
