import { tmpdir } from 'node:os'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { afterAll, describe, expect, it } from 'vitest'
import { createKafka } from '../../kafka/client.ts'
import { layoutAt } from '../../lake/layout.ts'
import { LocalStore } from '../../lake/local-store.ts'
import { AppError } from '../../model/errors.ts'
import { silentLogger } from '../../model/log.ts'
import { problem } from '../../web/contract/common.ts'
import { type Operation, routes } from '../../web/contract/routes.ts'
import { createServer } from '../../web/server/server.ts'
import type { Services } from '../../web/services.ts'
import { testConfig } from '../test-settings.ts'

const TOKEN = '0123456789abcdef-token'
const JSON_HEADERS = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` }

const servers = new Map<string, FastifyInstance>()
afterAll(async () => {
  for (const server of servers.values()) await server.close()
})

/** A server none of whose services answers: what stands before them is what is tested here. One for all tests with the same settings. */
async function serve(settings: Readonly<Record<string, string>> = {}): Promise<FastifyInstance> {
  const key = JSON.stringify(settings)
  const server = servers.get(key) ?? (await makeServer(settings))
  servers.set(key, server)
  return server
}

async function makeServer(settings: Readonly<Record<string, string>>): Promise<FastifyInstance> {
  const config = testConfig({ TENDANCE_WEB_TOKEN: TOKEN, ...settings })
  const away = async () => {
    throw new AppError('unavailable', 'MongoDB does not answer')
  }
  const services: Services = {
    config,
    logger: silentLogger,
    clock: Date.now,
    views: away,
    temporal: away,
    ask: away,
    kafka: createKafka(config, 'test', silentLogger, 0),
    lake: { store: new LocalStore(tmpdir()), layout: layoutAt('/test') },
    fullTallies: { lookup: away, above: away },
    async [Symbol.asyncDispose]() {},
  }
  return createServer({ services, pageDir: '/nowhere', version: '1.2.3' })
}

function expectProblem(response: LightMyRequestResponse, status: number, code: string) {
  expect(response.statusCode).toBe(status)
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
  const said = problem.strict().parse(response.json())
  expect(said).toMatchObject({ status, code, type: `urn:tendance:problem:${code}` })
  expect(response.headers['cache-control']).toBe('no-store')
  return said
}

describe('every answer', () => {
  it.each(['/healthz', '/api/v1/about', '/nowhere', '/docs', '/openapi.json', '/'])(
    'has the headers that keep browsers safe: %s',
    async (url) => {
      const { headers } = await (await serve()).inject({ url })
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      })
      expect(headers['access-control-allow-origin']).toBeUndefined()
      expect(headers['set-cookie']).toBeUndefined()
    },
  )

  it('is refused under a foreign name, before anything else', async () => {
    const server = await serve()
    for (const url of ['/', '/healthz', '/api/v1/top', '/openapi.json', '/nowhere']) {
      expectProblem(await server.inject({ url, headers: { host: 'evil.example' } }), 421, 'misdirected')
    }
    expect((await server.inject({ url: '/healthz', headers: { host: 'localhost:8420' } })).statusCode).toBe(200)
  })

  it('holds no secret, also where settings are told', async () => {
    const server = await serve()
    for (const url of ['/api/v1/about', '/openapi.json', '/', '/readyz']) {
      expect((await server.inject({ url })).body).not.toContain(TOKEN)
    }
  })
})

describe('a request that is wrong', () => {
  it('is told each field that is wrong', async () => {
    const server = await serve()
    const said = expectProblem(await server.inject('/api/v1/top?n=0&hour=2026-02-31T05&x=1'), 400, 'bad-input')
    expect(said.errors).toEqual([
      { field: 'hour', message: 'there is no such day' },
      { field: 'n', message: expect.stringContaining('>=1') },
      { field: 'querystring', message: expect.stringContaining('"x"') },
    ])
  })

  it.each([
    '/api/v1/top?n=1&n=2',
    '/api/v1/top?hour=2026-11-16T07&last=24h',
    '/api/v1/top?digest=0123456789abcdef',
    '/api/v1/top?hour=0000-01-01T00',
    '/api/v1/top?hour=9999-12-31T23',
    '/api/v1/term',
    '/api/v1/editions/0',
    '/api/v1/editions/x',
    '/api/v1/hours?limit=1001',
    `/api/v1/runs/${'x'.repeat(301)}`,
  ])('is refused: %s', async (url) => {
    expectProblem(await (await serve()).inject(url), 400, 'bad-input')
  })

  it.each([`/api/v1/runs/${'x'.repeat(5_000)}`, '/api/v1/runs/%E0%A4%A'])(
    'is refused as a problem even when no route can read its path',
    async (url) => {
      expectProblem(await (await serve()).inject(url), 400, 'bad-input')
    },
  )

  it('is told what is right when its path or method is wrong', async () => {
    const server = await serve()
    expectProblem(await server.inject('/api/v1/tops'), 404, 'not-found')
    const response = await server.inject({ method: 'DELETE', url: '/api/v1/top' })
    expectProblem(response, 405, 'method-not-allowed')
    expect(response.headers['allow']).toBe('GET, HEAD')
    const posted = await server.inject({ method: 'GET', url: '/api/v1/recompute' })
    expect(expectProblem(posted, 405, 'method-not-allowed').detail).toBe('/api/v1/recompute takes POST')
  })

  it.each([
    ['text/plain', '{}', 415, 'unsupported-media-type'],
    ['application/json', '{', 400, 'bad-input'],
    ['application/json', '', 400, 'bad-input'],
    ['application/json', '{"x": 1}', 400, 'bad-input'],
    ['application/json', JSON.stringify({ reason: 'x'.repeat(70_000) }), 413, 'too-large'],
  ])('has a body that is no JSON of ours: %s %s', async (type, payload, status, code) => {
    const headers = { ...JSON_HEADERS, 'content-type': type }
    expectProblem(
      await (await serve()).inject({ method: 'POST', url: '/api/v1/rollback', headers, payload }),
      status,
      code,
    )
  })
})

describe('changing something', () => {
  const CHANGES = Object.entries<Operation>(routes).filter(
    ([name, { method }]) => method === 'POST' && name !== 'preview',
  )
  const payload = { publish: '{}', reject: '{}', rollback: '{}', recompute: '{"since": "2026-11-16T07"}' }
  const post = (server: FastifyInstance, name: string, path: string, headers: Record<string, string>) =>
    server.inject({
      method: 'POST',
      url: path.replace('{edition}', '1'),
      headers: { 'content-type': 'application/json', ...headers },
      payload: payload[name as keyof typeof payload],
    })

  it('is every POST but the preview', () => {
    expect(CHANGES.map(([name]) => name).sort()).toEqual(Object.keys(payload).sort())
  })

  it.each(CHANGES)('needs the token: %s', async (name, { path }) => {
    const server = await serve()
    const response = await post(server, name, path, {})
    expectProblem(response, 401, 'unauthorised')
    expect(response.headers['www-authenticate']).toMatch(/^Bearer/)
    expectProblem(await post(server, name, path, { authorization: 'Bearer wrong-token-of-22-ch' }), 401, 'unauthorised')
    // the twin: with the right one it gets as far as the services, which are away
    expectProblem(await post(server, name, path, { authorization: `Bearer ${TOKEN}` }), 503, 'unavailable')
  })

  it.each(CHANGES)('is refused when another site makes the request, token or not: %s', async (name, { path }) => {
    const server = await serve()
    const authorization = `Bearer ${TOKEN}`
    const foreign = { authorization, origin: 'https://evil.example' }
    expectProblem(await post(server, name, path, foreign), 403, 'forbidden')
    const own = { authorization, host: '127.0.0.1:8420', origin: 'http://127.0.0.1:8420' }
    expectProblem(await post(server, name, path, own), 503, 'unavailable')
  })

  it.each(CHANGES)('is off without a token in the configuration: %s', async (name, { path }) => {
    const server = await serve({ TENDANCE_WEB_TOKEN: '' })
    expectProblem(await post(server, name, path, { authorization: 'Bearer anything' }), 403, 'forbidden')
    expect((await server.inject('/api/v1/about')).json()).toMatchObject({ changing: 'off' })
  })
})

describe('a server beyond loopback', () => {
  const READS = Object.values<Operation>(routes).filter(
    ({ method, path }) => method === 'GET' && path.startsWith('/api'),
  )

  it('does not start without a token', async () => {
    const settings = { TENDANCE_WEB_HOST: '0.0.0.0', TENDANCE_WEB_TOKEN: '' }
    await expect(serve(settings)).rejects.toMatchObject({ code: 'bad-config' })
  })

  it.each(READS.filter(({ path }) => !path.endsWith('/about')))(
    'reads to nobody without it: $path',
    async ({ path }) => {
      const server = await serve({ TENDANCE_WEB_HOST: '0.0.0.0' })
      const url = path.replaceAll(/\{\w+\}/g, '1').replace('/term', '/term?term=a')
      expectProblem(await server.inject({ url }), 401, 'unauthorised')
    },
  )

  it('reads to who has it, and tells everybody that one is needed', async () => {
    const server = await serve({ TENDANCE_WEB_HOST: '0.0.0.0' })
    const headers = { authorization: `Bearer ${TOKEN}` }
    expectProblem(await server.inject({ url: '/api/v1/top', headers }), 503, 'unavailable')
    expectProblem(await server.inject('/openapi.json'), 401, 'unauthorised')
    expect((await server.inject({ url: '/openapi.json', headers })).statusCode).toBe(200)
    expect((await server.inject('/api/v1/about')).json()).toMatchObject({ reading: 'token', authorised: false })
    expect((await server.inject({ url: '/api/v1/about', headers })).json()).toMatchObject({ authorised: true })
    expect((await server.inject('/healthz')).statusCode).toBe(200)
  })
})

describe('services that are away', () => {
  it('are a problem that says so and when to come back', async () => {
    const server = await serve()
    for (const url of ['/api/v1/top', '/api/v1/editions', '/api/v1/hours', '/api/v1/runs', '/readyz']) {
      const response = await server.inject(url)
      expect(expectProblem(response, 503, 'unavailable').detail).toBe('MongoDB does not answer')
      expect(response.headers['retry-after']).toBe('2')
    }
    expect((await server.inject('/healthz')).json()).toEqual({ ok: true })
  })
})

describe('one address', () => {
  it('may ask so often and no more; the page’s files do not count', async () => {
    const server = await serve({ TENDANCE_WEB_RATE_PER_MINUTE: '3' })
    for (let i = 0; i < 10; i++) expect((await server.inject('/healthz')).statusCode).toBe(200)
    for (let i = 0; i < 3; i++) expect((await server.inject('/api/v1/about')).statusCode).toBe(200)
    const response = await server.inject('/api/v1/about')
    expectProblem(response, 429, 'too-many-requests')
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
    expect((await server.inject({ url: '/api/v1/about', remoteAddress: '10.0.0.9' })).statusCode).toBe(200)
  })
})

describe('other sites', () => {
  it('may read what is theirs to read when they are named, and nobody else', async () => {
    const server = await serve({ TENDANCE_WEB_ORIGINS: 'https://friend.example' })
    const from = (origin: string) => server.inject({ url: '/api/v1/about', headers: { origin } })
    expect((await from('https://friend.example')).headers['access-control-allow-origin']).toBe('https://friend.example')
    expect((await from('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined()
    expect((await from('https://friend.example')).headers['access-control-allow-credentials']).toBeUndefined()
  })
})

describe('the OpenAPI', () => {
  it('has every operation of the contract, with its errors, and says which need the token', async () => {
    const document = (await (await serve()).inject('/openapi.json')).json()
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Tendance', version: '1.2.3' } })
    for (const [name, { method, path }] of Object.entries<Operation>(routes)) {
      const operation = document.paths[path]?.[method.toLowerCase()]
      expect(operation, name).toMatchObject({ operationId: name, summary: expect.any(String) })
      const changes = method === 'POST' && name !== 'preview'
      expect(operation.security, name).toEqual(changes ? [{ token: [] }] : undefined)
    }
    expect(Object.keys(document.paths).toSorted()).toEqual(
      [...new Set(Object.values<Operation>(routes).map(({ path }) => path))].toSorted(),
    )
    const text = JSON.stringify(document.paths) + JSON.stringify(document.components.schemas)
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(document.components.schemas, name).toHaveProperty(name!)
    }
  })

  it('is browsable, from files of our own alone', async () => {
    const server = await serve()
    const page = await server.inject('/docs')
    expect(page.statusCode).toBe(200)
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!)
    expect(files.length).toBeGreaterThan(3)
    for (const url of files) {
      expect(url).toMatch(/^\/docs\//)
      expect((await server.inject(url)).statusCode, url).toBe(200)
    }
    expect(page.body).not.toMatch(/<script(?![^>]*src=)[^>]*>/)
  })
})

describe('long answers', () => {
  it('are packed when the reader can unpack them', async () => {
    const server = await serve()
    const encodings = async (accept: string) =>
      (await server.inject({ url: '/openapi.json', headers: { 'accept-encoding': accept } })).headers[
        'content-encoding'
      ]
    expect(await encodings('gzip')).toBe('gzip')
    expect(await encodings('br')).toBe('br')
    expect(await encodings('identity')).toBeUndefined()
  })
})
