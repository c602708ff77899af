/** The endpoint of a worker over real HTTP. */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  addCounter,
  createMetrics,
  type Metrics,
  readCounter,
  readGauge,
  refreshBeforeScrape,
  scrape,
} from '../../app/metrics.ts'
import { serveMetrics } from '../../app/metrics-server.ts'
import { silentLogger } from '../../model/log.ts'

async function withServer(metrics: Metrics, use: (url: string) => Promise<void>): Promise<void> {
  await using endpoint = await serveMetrics(metrics, 'archive', { host: '127.0.0.1', port: 0 }, silentLogger)
  await use(endpoint!.url)
}

describe('the endpoint', () => {
  it('tells the metrics of the process and of the worker, each with the name of the worker', async () => {
    const metrics = createMetrics()
    addCounter(metrics, { name: 'tendance_test_total', help: 'of this test' }).inc(3)
    await withServer(metrics, async (url) => {
      const text = await (await fetch(`${url}/metrics`)).text()
      expect(text).toContain('tendance_test_total{worker="archive"} 3')
      expect(text).toMatch(/^process_cpu_user_seconds_total\{worker="archive"\} /m)
      expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds\{worker="archive"\} /m)
    })
  })

  it('is alive whenever it answers, and ready only when all that it needs is there', async () => {
    const metrics = createMetrics()
    metrics.readiness.set('partitions', false, 'none is assigned yet')
    await withServer(metrics, async (url) => {
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
      const before = await fetch(`${url}/readyz`)
      expect(before.status).toBe(503)
      expect(await before.json()).toMatchObject({ ready: false, conditions: [{ name: 'partitions', ok: false }] })
      metrics.readiness.set('partitions', true, '0, 1')
      expect((await fetch(`${url}/readyz`)).status).toBe(200)
    })
  })

  it('is not ready while a service that it needs does not answer, and says which', async () => {
    const metrics = createMetrics()
    metrics.readiness.require('kafka', () => Promise.reject(new Error('nobody there')))
    await withServer(metrics, async (url) => {
      const answer = await fetch(`${url}/readyz`)
      expect(answer.status).toBe(503)
      expect(await answer.json()).toEqual({
        ready: false,
        conditions: [{ name: 'kafka', ok: false, says: 'nobody there' }],
      })
    })
  })

  it('changes nothing and knows nothing else', async () => {
    await withServer(createMetrics(), async (url) => {
      expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405)
      expect((await fetch(`${url}/`)).status).toBe(404)
      expect(await (await fetch(`${url}/metrics`, { method: 'HEAD' })).text()).toBe('')
    })
  })

  it('is off unless a port is set', async () => {
    expect(await serveMetrics(createMetrics(), 'speed', { host: '127.0.0.1', port: undefined }, silentLogger)).toBe(
      undefined,
    )
  })

  it('gives each kind of worker a port of its own, and says what to do when it is taken', async () => {
    await withServer(createMetrics(), async (url) => {
      const port = Number(new URL(url).port)
      const taken = serveMetrics(createMetrics(), 'archive', { host: '127.0.0.1', port }, silentLogger)
      await expect(taken).rejects.toThrow(/metrics\.port 0/)
      // speed listens one behind the archive worker's
      const speed = serveMetrics(createMetrics(), 'speed', { host: '127.0.0.1', port: port - 1 }, silentLogger)
      await expect(speed).rejects.toThrow(/metrics\.port 0/)
    })
  })
})

describe('metrics that are kept elsewhere', () => {
  it('are read at each scrape', async () => {
    const metrics = createMetrics()
    let total = 5
    readCounter(metrics, { name: 'kept_total', help: 'kept' }, () => [[{}, total]])
    expect(await scrape(metrics)).toContain('kept_total 5')
    total = 7
    expect(await scrape(metrics)).toContain('kept_total 7')
  })

  it('say nothing, rather than 0, while nothing is known', async () => {
    const metrics = createMetrics()
    let known: number | undefined
    readGauge(metrics, { name: 'known', help: 'known' }, () => (known === undefined ? [] : [[{}, known]]))
    expect(await scrape(metrics)).not.toMatch(/^known/m)
    known = 0
    expect(await scrape(metrics)).toContain('known 0')
  })

  it('lose the partitions that went away', async () => {
    const metrics = createMetrics()
    const lag = new Map([[0, 10]])
    readGauge(metrics, { name: 'lag', help: 'lag', labels: ['partition'] }, () =>
      [...lag].map(([partition, value]) => [{ partition }, value] as const),
    )
    expect(await scrape(metrics)).toContain('lag{partition="0"} 10')
    lag.delete(0)
    expect(await scrape(metrics)).not.toContain('lag{')
  })

  it('are asked for at most so often, and what fails is counted', async () => {
    const metrics = createMetrics()
    let asked = 0
    refreshBeforeScrape(metrics, 'kafka', () => {
      asked++
      return Promise.reject(new Error('away'))
    })
    await scrape(metrics)
    expect(await scrape(metrics)).toContain('tendance_refresh_failures_total{what="kafka"} 1')
    expect(asked).toBe(1)
  })

  it('do not hold a scrape up for ever', async () => {
    const metrics = createMetrics()
    const gate = Promise.withResolvers<void>()
    refreshBeforeScrape(metrics, 'kafka', () => gate.promise, { waitMs: 20 })
    const scraped = await Promise.race([scrape(metrics), delay(15_000, 'never')])
    gate.resolve()
    expect(scraped).toContain('tendance_refresh_failures_total')
  })
})
