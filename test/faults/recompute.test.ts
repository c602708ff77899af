/**
 * Batch workers, the Temporal server and the store of the views killed with no warning, in an order that a seed decides, during a
 * recompute of a generated day: it ends, every hour is what a plain count says, and nothing is computed again but what was under way.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { randomOf } from '../../bench/data/random.ts'
import { parseRecompute } from '../../model/requests.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { startEdition } from '../../temporal/start.ts'
import type { EditionResult } from '../../workflows/edition.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { type OwnStack, startOwnStack, uniqueName } from '../services.ts'

const SEED = 4
const FIRST = '2026-11-16T00' as HourId
const DAY = hoursBetween(FIRST, nextHour(FIRST, 24))
const SINCE = nextHour(FIRST, 3)
const RECOMPUTED = DAY.slice(3)
const POSTS_AN_HOUR = 300
const WORKERS = 2
/** Units that each worker has under way at most. */
const CONCURRENCY = 2
const STRIKES = 6
const RIGHT = 'hashtags@2'
const NAIVE = 'hashtags@1'

const VICTIMS = ['worker', 'temporal', 'mongodb'] as const
type Victim = (typeof VICTIMS)[number]

interface Strike {
  readonly victim: Victim
  /** Strikes when so many hours are done, and so long after. */
  readonly hours: number
  readonly afterMs: number
}

/** Each kind of victim as often as the others, in the seed's order, over the first half of the run: all before its end. */
function strikesOf(seed: number): readonly Strike[] {
  const random = randomOf(seed)
  const victims = Array.from({ length: STRIKES }, (_, i) => VICTIMS[i % VICTIMS.length]!)
  for (let i = victims.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[victims[i], victims[j]] = [victims[j]!, victims[i]!]
  }
  const hours = victims.map(() => random.below(RECOMPUTED.length / 2)).sort((a, b) => a - b)
  return victims.map((victim, i) => ({ victim, hours: hours[i]!, afterMs: random.below(100) }))
}

/** A line of a worker's log: something that was counted, and the unit that did it. */
interface Counted {
  readonly msg: 'computed' | 'counted'
  readonly edition: number
  readonly hour: HourId
  readonly partition?: number
}

/** The run that was struck, and its edition. */
const WORKFLOW_ID = uniqueName('recompute')
const EDITION = 2

let own: OwnStack
let fixture: BatchFixture
const workers: ChildProcess[] = []
const log: Counted[] = []

beforeAll(async () => {
  own = await startOwnStack({ services: ['temporal', 'mongodb', 'hdfs'] })
  // Each hour fans out, so that there are many units to be in the middle of.
  fixture = await BatchFixture.start({
    addresses: own.addresses,
    worker: false,
    more: { TENDANCE_BATCH_FAN_OUT_BYTES: '1', TENDANCE_LOG_LEVEL: 'debug', TENDANCE_BATCH_THREADS: '1' },
  })
  await fixture.posts.append(DAY.flatMap((hour, i) => knownPosts(hour, POSTS_AN_HOUR, i * 10_000)))
  for (let i = 0; i < WORKERS; i++) workers.push(spawnWorker())
  expect((await fixture.hourly()).done).toMatchObject({ hours: DAY.length, failed: [] })
})
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL')
  await fixture?.[Symbol.asyncDispose]()
  await own?.[Symbol.asyncDispose]()
})

function spawnWorker(): ChildProcess {
  const file = fileURLToPath(new URL('batch-process.ts', import.meta.url))
  const args = [file, JSON.stringify(fixture.config), String(CONCURRENCY)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  createInterface({ input: child.stderr! }).on('line', (line) => {
    const entry = line.startsWith('{') ? JSON.parse(line) : {}
    if (entry.msg === 'computed' || entry.msg === 'counted') log.push(entry as Counted)
  })
  return child
}

/** The next one starts while the others work on. */
async function killWorker(): Promise<void> {
  const worker = workers.shift()!
  const gone = once(worker, 'close')
  worker.kill('SIGKILL')
  await gone
  workers.push(spawnWorker())
}

async function kill(victim: Victim): Promise<void> {
  if (victim === 'worker') return killWorker()
  const service = own.stack.service(victim)
  await service.kill()
  await service.start()
}

/** Killing a server leaves all workers' units in doubt, killing a worker its own. */
function unitsAtStake(victim: Victim): number {
  return victim === 'worker' ? CONCURRENCY : CONCURRENCY * WORKERS
}

function linesOf(msg: Counted['msg']): readonly Counted[] {
  return log.filter((line) => line.msg === msg && line.edition === EDITION)
}

/** How often something was counted beyond the first time. */
function repeats(msg: Counted['msg']): number {
  const lines = linesOf(msg)
  return lines.length - new Set(lines.map(({ hour, partition }) => `${hour} ${partition}`)).size
}

function startRecompute() {
  const request = parseRecompute({ since: SINCE, extractors: RIGHT, reason: 'while things die', by: 'a test' })
  return startEdition(fixture.temporal.client, request, fixture.optionsOf(WORKFLOW_ID))
}

it('a recompute goes on from what is done, whatever is killed, and ends right', async () => {
  const handle = await startRecompute()
  // By the views: a query waits for a worker, and they are dying.
  const hoursDone = async (): Promise<number> =>
    fixture.views.batch.hours({ ...key, edition: EDITION }).then(
      (hours) => hours.length,
      () => 0,
    )
  const strikes = strikesOf(SEED)
  const began = performance.now()
  const struck: { readonly victim: Victim; readonly hours: number }[] = []
  for (const { victim, hours, afterMs } of strikes) {
    while ((await hoursDone()) < hours) await sleep(20)
    await sleep(afterMs)
    struck.push({ victim, hours: await hoursDone() })
    await kill(victim)
  }
  expect(
    struck.every(({ hours }) => hours < RECOMPUTED.length),
    'all of it was during the run',
  ).toBe(true)
  const result = (await handle.result()) as EditionResult
  const seconds = (performance.now() - began) / 1_000

  expect(result).toMatchObject({ edition: EDITION, state: 'live', failed: [] })
  for (const hour of RECOMPUTED) await fixture.expectRight(EDITION, hour, RIGHT)
  for (const hour of DAY.filter((one) => one < SINCE)) await fixture.expectRight(result.parent!, hour, NAIVE)
  expect(await fixture.views.batch.hours({ ...key, edition: EDITION })).toEqual(RECOMPUTED)

  const atStake = strikes.reduce((sum, { victim }) => sum + unitsAtStake(victim), 0)
  const [parts, hours] = [repeats('counted'), repeats('computed')]
  console.log(
    `recompute of ${RECOMPUTED.length} hours in ${seconds.toFixed(1)} s, killed: ${struck.map(({ victim, hours: done }) => `${victim} at ${done}`).join(', ')}; counted again: ${parts} parts, ${hours} hours, of at most ${atStake} units`,
  )
  expect(linesOf('computed').length).toBeGreaterThanOrEqual(RECOMPUTED.length)
  expect(parts + hours).toBeLessThanOrEqual(atStake)
}, 600_000)

it('and the logs would show an hour that is computed again', async () => {
  const before = { parts: repeats('counted'), hours: repeats('computed') }
  const hours = [RECOMPUTED[4]!]
  await fixture.views.batch.delete({ ...key, edition: EDITION, hours })
  const result = (await (await startRecompute()).result()) as EditionResult
  expect(result).toMatchObject({ edition: EDITION, state: 'live', done: { hours: 1 } })
  await expect.poll(() => repeats('computed')).toBe(before.hours + 1)
  expect(repeats('counted')).toBeGreaterThan(before.parts)
})
