/**
 * A history of many tiny hours, on a Temporal server that asks for continue-as-new early: runs stay small whatever the range, and
 * what people see survives. `npm run bench -- many-hours` does the same with three years.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readLiveTop } from '../../bench/contenders/live-top.ts'
import { fillLake } from '../../bench/data/fill-lake.ts'
import { measureHistories } from '../../bench/machine/histories.ts'
import { freePort } from '../../bench/machine/sockets.ts'
import type { Progress } from '../../model/progress.ts'
import { parseRecompute } from '../../model/requests.ts'
import { parseHour } from '../../model/time.ts'
import { installTemporal } from '../../stack/install/temporal.ts'
import { silentReporter } from '../../stack/reporter.ts'
import { QUERY_PROGRESS } from '../../temporal/names.ts'
import { startEdition } from '../../temporal/start.ts'
import type { EditionResult } from '../../workflows/edition.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { uniqueName } from '../services.ts'
import { testSettings } from '../test-settings.ts'

const HOURS = 2_400
const FIRST = parseHour('2026-07-01T00')
const SHAPE = { posts: HOURS * 4, hours: HOURS, partitions: 1, seed: 3, first: FIRST }
/** The server's own is 4,096. */
const EVENTS_BEFORE_CONTINUE = 60
const PAYLOAD_BYTES_MAX = 100_000
const IN_FLIGHT_MAX = 500

let server: ChildProcess
let folder: string
let fixture: BatchFixture

beforeAll(async () => {
  const port = await freePort()
  server = await startTemporal(port)
  folder = mkdtempSync(join(tmpdir(), 'tendance-many-hours-'))
  fixture = await BatchFixture.start({
    worker: true,
    more: { TENDANCE_TEMPORAL_ADDRESS: `127.0.0.1:${port}`, TENDANCE_LAKE_URL: pathToFileURL(folder).href },
  })
}, 300_000)
afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]()
  server?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

async function startTemporal(port: number): Promise<ChildProcess> {
  const { cacheDir, environment } = testSettings()
  const program = await installTemporal({ cacheDir, environment, reporter: silentReporter })
  const { PATH = '', HOME = '' } = environment
  const early = `limit.historyCount.suggestContinueAsNew=${EVENTS_BEFORE_CONTINUE}`
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', `${port}`, '--log-level', 'never']
  return spawn(program, [...args, '--dynamic-config-value', early], { env: { PATH, HOME }, stdio: 'ignore' })
}

it('recomputes thousands of hours in several small runs, every hour right, and says all along what it does', async () => {
  const truth = await fillLake({ store: fixture.store, layout: fixture.layout }, SHAPE)
  const request = parseRecompute({ since: FIRST, extractors: 'hashtags@2', reason: 'many hours', by: 'a test' })
  const id = uniqueName('recompute')
  const { client } = fixture.temporal
  const handle = await startEdition(client, request, fixture.optionsOf(id))
  const { runId } = await handle.describe()
  const result = (await handle.result()) as EditionResult
  expect(result).toMatchObject({ state: 'live', failed: [], done: { hours: HOURS } })
  expect((await readLiveTop(fixture.config)).text).toBe(truth)

  const figures = await measureHistories(client, id, runId)
  console.log(`recompute of ${HOURS} hours: ${JSON.stringify(figures)}`)
  expect(figures.runs).toBeGreaterThan(1)
  expect(figures.payloadBytesMax).toBeLessThan(PAYLOAD_BYTES_MAX)
  expect(figures.inFlightMax).toBeLessThanOrEqual(IN_FLIGHT_MAX)

  const last = client.workflow.getHandle(id)
  expect((await last.query<Progress>(QUERY_PROGRESS)).about).toContain(
    'recompute posts since 2026-07-01T00 with hashtags@2',
  )
  const attributes = (await last.describe()).typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])
  expect(Object.fromEntries(attributes)).toMatchObject({
    kind: 'recompute',
    stream: 'posts',
    board: ['hashtags'],
    edition: result.edition,
  })
}, 300_000)
