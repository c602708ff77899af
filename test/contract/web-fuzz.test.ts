/**
 * The HTTP API fuzzed from its own OpenAPI by Schemathesis: requests that fit their schemas and requests that do not, in bounded time.
 * No request may make the server fail, and every answer must be one that the OpenAPI promises.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { installPython } from '../../bench/baselines/install.ts'
import { silentLogger } from '../../model/log.ts'
import { hoursBetween, parseHour } from '../../model/time.ts'
import { silentReporter } from '../../stack/reporter.ts'
import { openViews, type Views } from '../../views/views.ts'
import { createServer } from '../../web/server/server.ts'
import { openServices, type Services } from '../../web/services.ts'
import { isolatedConfig } from '../services.ts'
import { testSettings } from '../test-settings.ts'
import { batchDocument, newEdition, STREAM } from '../views/documents.ts'

const FOLDER = join(import.meta.dirname, 'web-fuzz')
const TOKEN = '0123456789abcdef-token'
/** A fresh machine fetches the packages once. */
const INSTALL_MS = 300_000
const FUZZ_SECONDS = 25
const TWIN_SECONDS = 3
const TEST_MS = 180_000

const { cacheDir, environment } = testSettings()
let python: string
let config: Config
let services: Services
let views: Views & AsyncDisposable
let server: FastifyInstance
let url: string

beforeAll(async () => {
  const requirements = join(FOLDER, 'requirements.txt')
  const locks = [await readFile(requirements, 'utf8')]
  const context = { cacheDir, environment, reporter: silentReporter }
  python = join(await installPython(context, 'schemathesis', locks, ['-r', requirements]), 'bin', 'python3')
  config = isolatedConfig(undefined, { TENDANCE_WEB_TOKEN: TOKEN, TENDANCE_WEB_RATE_PER_MINUTE: '0' })
  views = await openViews({ ...config.mongo, appName: 'test' })
  await views.ensureIndexes()
  await views.editions.create(newEdition({ extractors: { hashtags: 'hashtags@2' } }))
  await views.live.publish({ stream: STREAM, edition: 1, expectedVersion: 0, by: 'me', at: 1 })
  for (const hour of hoursBetween(parseHour('2026-11-16T00'), parseHour('2026-11-16T12'))) {
    await views.batch.put(batchDocument({ news: 7, cats: 5, été: 3 }, { hour, digest: `d-${hour}` }))
  }
  services = openServices(config, silentLogger, Date.now)
  server = await createServer({ services, pageDir: '/nowhere', version: '0' })
  url = await server.listen({ host: '127.0.0.1', port: 0 })
}, INSTALL_MS)

afterAll(async () => {
  await server?.close()
  await endRuns()
  await services?.[Symbol.asyncDispose]()
  await views?.drop()
  await views?.[Symbol.asyncDispose]()
})

/** What fuzzing has started waits for a worker that this test does not have. */
async function endRuns(): Promise<void> {
  const { client } = await services.temporal()
  for await (const { workflowId } of client.workflow.list({ query: `TaskQueue = '${config.temporal.taskQueue}'` })) {
    await client.workflow
      .getHandle(workflowId)
      .terminate('a test')
      .catch(() => {})
  }
}

interface Fuzzed {
  readonly code: number | null
  readonly output: string
}

async function fuzz(schema: string, seconds: number, ...options: readonly string[]): Promise<Fuzzed> {
  const folder = await mkdtemp(join(tmpdir(), 'tendance-fuzz-'))
  try {
    const args = [
      ...['-m', 'schemathesis.cli', '--config-file', join(FOLDER, 'schemathesis.toml'), '--no-color', 'run', schema],
      ...['--url', url, '--header', `Authorization: Bearer ${TOKEN}`, '--phases', 'examples,coverage,fuzzing'],
      ...['--max-time', String(seconds), '--max-examples', '20', '--no-shrink', '--seed', '20261116'],
      ...['--report-dir', folder, ...options],
    ]
    const child = spawn(python, args, { env: { ...environment, HOME: folder }, cwd: folder })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    }
    const [code] = await once(child, 'close')
    return { code, output }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe('the HTTP API, fuzzed from its OpenAPI', () => {
  // live has no end; a preview waits for a worker
  const left = ['--exclude-path', '/api/v1/live', '--exclude-path', '/api/v1/recompute/preview']

  it(
    'refuses what is wrong, answers what is right as promised, and never fails',
    async () => {
      const { code, output } = await fuzz(`${url}/openapi.json`, FUZZ_SECONDS, ...left)
      expect(code, output).toBe(0)
      expect(Number(/(\d+) generated/.exec(output)?.[1])).toBeGreaterThan(100)
    },
    TEST_MS,
  )

  it(
    'would be caught if it promised something else',
    async () => {
      const document = (await server.inject('/openapi.json')).json()
      document.components.schemas.Live.properties.by = { type: 'integer' }
      const folder = await mkdtemp(join(tmpdir(), 'tendance-openapi-'))
      const path = join(folder, 'openapi.json')
      await writeFile(path, JSON.stringify(document))
      const { code, output } = await fuzz(path, TWIN_SECONDS, '--include-path', '/api/v1/editions')
      await rm(folder, { recursive: true, force: true })
      expect(code).toBe(1)
      expect(output).toContain('Response violates schema')
    },
    TEST_MS,
  )
})
