/** A person recomputes over HTTP, from the preview to the way back, on real services and a real worker. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../model/log.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { type Operation, type RouteName, routes } from '../../web/contract/routes.ts'
import { createServer } from '../../web/server/server.ts'
import { openServices, type Services } from '../../web/services.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'

const TOKEN = '0123456789abcdef-token'
const FIRST = '2026-11-16T00' as HourId
const HOURS = hoursBetween(FIRST, nextHour(FIRST, 6))
const SINCE = nextHour(FIRST, 2)
const POSTS_AN_HOUR = 80
const PATIENCE = { timeout: 30_000, interval: 100 }

let fixture: BatchFixture
let services: Services
let server: FastifyInstance

beforeAll(async () => {
  fixture = await BatchFixture.start({
    worker: true,
    more: {
      TENDANCE_WEB_TOKEN: TOKEN,
      TENDANCE_WEB_RATE_PER_MINUTE: '0',
    },
  })
  await fixture.posts.append(HOURS.flatMap((hour, i) => knownPosts(hour, POSTS_AN_HOUR, i * 1_000)))
  await fixture.hourly()
  services = openServices(fixture.config, silentLogger, Date.now)
  server = await createServer({ services, pageDir: '/nowhere', version: '0' })
})

afterAll(async () => {
  await server?.close()
  await services?.[Symbol.asyncDispose]()
  await fixture?.[Symbol.asyncDispose]()
})

/** Asks or does, and holds the answer against the contract. */
async function call(name: RouteName, path: string, payload?: object) {
  const operation: Operation = routes[name]
  const { method } = operation
  const headers = { authorization: `Bearer ${TOKEN}` }
  const response = await server.inject({ method, url: `/api/v1${path}`, headers, ...(payload ? { payload } : {}) })
  expect(response.statusCode, response.body).toBe(200)
  const body = response.json()
  expect(operation.response.parse(body)).toEqual(body)
  return body
}

/** Counts that readers see of an hour. */
async function seen(hour: HourId): Promise<Record<string, number>> {
  const body = await call('top', `/top?hour=${hour}&n=1000`)
  return Object.fromEntries(body.answers[0].rows.map(({ key, count }: { key: string; count: number }) => [key, count]))
}

const WANTED = {
  since: SINCE,
  extractors: { hashtags: 'hashtags@2' },
  hold: true,
  reason: 'brackets hid tags',
  by: 'anna',
}

describe('a recompute over HTTP', () => {
  it('is previewed, started, followed, compared, published and taken back', async () => {
    const before = new Map(HOURS.map((hour) => [hour, fixture.posts.truth(hour, 'hashtags@1').counts]))
    const after = new Map(HOURS.map((hour) => [hour, fixture.posts.truth(hour, 'hashtags@2').counts]))
    for (const hour of HOURS) expect(await seen(hour)).toEqual(before.get(hour))

    const { preview } = await call('preview', '/recompute/preview', WANTED)
    expect(preview).toMatchObject({ kind: 'recompute', parent: 1, since: SINCE, hours: 4 })
    expect(preview.sample.length).toBeGreaterThan(0)
    expect((await call('editions', '/editions')).editions).toHaveLength(1)

    const started = await call('recompute', '/recompute', WANTED)
    expect(started.url).toContain(encodeURIComponent(started.workflowId))
    expect(await call('recompute', '/recompute', WANTED)).toEqual(started)
    const progress = async () => (await call('run', `/runs/${encodeURIComponent(started.workflowId)}`)).progress
    await expect.poll(async () => (await progress())?.phase, PATIENCE).toBe('held')
    expect(await progress()).toMatchObject({ edition: 2, hoursDone: 4, failed: [] })
    expect((await call('runs', '/runs?limit=5')).runs.map(({ kind }: { kind: string }) => kind)).toContain('recompute')
    const edition = (await call('edition', '/editions/2')).edition
    expect(edition).toMatchObject({
      state: 'held',
      parent: 1,
      since: SINCE,
      by: 'anna',
      reason: 'brackets hid tags',
      hours: 4,
    })
    expect(edition.run.workflowId).toBe(started.workflowId)
    for (const hour of HOURS) expect(await seen(hour)).toEqual(before.get(hour))

    const diff = await call('diff', '/editions/1/diff/2?n=100')
    expect(diff).toMatchObject({ compared: 4, shared: 2, settled: true })
    for (const { hour, rows } of diff.hours) {
      for (const row of rows) expect(row.after.lower).toBe(after.get(hour)![row.key] ?? 0)
    }

    const published = await call('publish', '/editions/2/publish', { by: 'bert' })
    expect(published).toMatchObject({ edition: 2, said: expect.any(String) })
    await expect.poll(async () => (await call('editions', '/editions')).live.edition, PATIENCE).toBe(2)
    for (const hour of HOURS) expect(await seen(hour)).toEqual((hour < SINCE ? before : after).get(hour))

    const { live } = await call('rollback', '/rollback', { by: 'anna' })
    expect(live).toMatchObject({ edition: 1, by: 'anna' })
    for (const hour of HOURS) expect(await seen(hour)).toEqual(before.get(hour))
  })

  it('that is held is rejected, and readers never saw it', async () => {
    const body = { ...WANTED, since: nextHour(SINCE), reason: 'another try' }
    const { workflowId } = await call('recompute', '/recompute', body)
    const run = () => call('run', `/runs/${encodeURIComponent(workflowId)}`)
    await expect.poll(async () => (await run()).progress?.phase, PATIENCE).toBe('held')
    const { edition: number } = (await run()).progress
    await call('reject', `/editions/${number}/reject`, { by: 'anna', reason: 'no need' })
    await expect
      .poll(async () => (await call('edition', `/editions/${number}`)).edition.state, PATIENCE)
      .toBe('rejected')
    expect((await call('editions', '/editions')).live.edition).toBe(1)
  })
})
