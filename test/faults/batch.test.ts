/**
 * Batch workers killed with no warning, the Temporal server and the store too, in the middle of a rebuild: it ends, it is
 * right, and it costs seconds.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Progress } from '../../model/progress.ts'
import { parseRebuild } from '../../model/requests.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { QUERY_PROGRESS } from '../../temporal/names.ts'
import { startEdition } from '../../temporal/start.ts'
import type { EditionResult } from '../../workflows/edition.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { type OwnStack, startOwnStack, uniqueName } from '../services.ts'

const FIRST = '2026-11-16T00' as HourId
const HOURS = hoursBetween(FIRST, nextHour(FIRST, 12))
const POSTS_AN_HOUR = 400

let own: OwnStack
let fixture: BatchFixture
const workers = new Set<ChildProcess>()

beforeAll(async () => {
  own = await startOwnStack({ services: ['temporal', 'mongodb', 'hdfs'] })
  // Each hour fans out, so that there are many activities to be in the middle of.
  fixture = await BatchFixture.start({
    addresses: own.addresses,
    worker: false,
    more: { TENDANCE_BATCH_FAN_OUT_BYTES: '1', TENDANCE_LOG_LEVEL: 'error' },
  })
  await fixture.posts.append(HOURS.flatMap((hour, i) => knownPosts(hour, POSTS_AN_HOUR, i * 10_000)))
  await startWorker()
  const { done } = await fixture.hourly()
  expect(done).toMatchObject({ hours: HOURS.length, failed: [] })
  return async () => {
    await fixture[Symbol.asyncDispose]()
    await own[Symbol.asyncDispose]()
  }
})

afterEach(async () => {
  await Promise.all([...workers].map(killWorker))
})

async function startWorker(): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('batch-process.ts', import.meta.url))
  const child = spawn(process.execPath, [file, JSON.stringify(fixture.config)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  workers.add(child)
  const lines = createInterface({ input: child.stdout! })
  const ready = once(lines, 'line')
  const died = once(child, 'exit').then(([code]) => {
    workers.delete(child)
    throw new Error(`a batch worker ended with ${code} before it was ready`)
  })
  await Promise.race([ready, died])
  died.catch(() => {})
  return child
}

async function killWorker(child: ChildProcess): Promise<void> {
  workers.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Starts a rebuild; calls each of `strikes` when its share of the hours is done. Resolves to the result and how long it took. */
async function rebuildUnder(
  strikes: readonly { readonly hours: number; readonly strike: () => Promise<unknown> }[],
): Promise<{ result: EditionResult; seconds: number }> {
  const { client } = fixture.temporal
  const request = parseRebuild({ extractors: 'hashtags@2', reason: 'while things die' })
  const began = performance.now()
  const handle = await startEdition(client, request, fixture.optionsOf(uniqueName('rebuild')))
  for (const { hours, strike } of strikes) {
    while ((await progressOf(handle)).done.hours < hours) await sleep(20)
    await strike()
  }
  const result = (await handle.result()) as EditionResult
  return { result, seconds: (performance.now() - began) / 1_000 }

  async function progressOf(of: { query<T>(name: string): Promise<T> }): Promise<Progress> {
    // While the server is away, or no worker answers: again.
    for (;;) {
      const progress = await of.query<Progress>(QUERY_PROGRESS).catch(() => undefined)
      if (progress) return progress
      await sleep(50)
    }
  }
}

async function expectAllRight({ edition, state, failed }: EditionResult): Promise<void> {
  expect({ state, failed }).toEqual({ state: 'live', failed: [] })
  for (const hour of HOURS) await fixture.expectRight(edition, hour, 'hashtags@2')
}

describe('a rebuild goes on and ends right', () => {
  it('when nothing dies: how long that takes', async () => {
    await startWorker()
    await startWorker()
    const { result, seconds } = await rebuildUnder([])
    console.log(`rebuild of ${HOURS.length} hours, undisturbed: ${seconds.toFixed(1)} s`)
    await expectAllRight(result)
  })

  it('when one of two batch workers is killed', async () => {
    const doomed = await startWorker()
    await startWorker()
    const { result, seconds } = await rebuildUnder([{ hours: 2, strike: () => killWorker(doomed) }])
    console.log(`with one of two workers killed: ${seconds.toFixed(1)} s`)
    await expectAllRight(result)
  })

  it('when the only batch worker is killed and another one starts', async () => {
    const doomed = await startWorker()
    const { result, seconds } = await rebuildUnder([
      { hours: 2, strike: async () => Promise.all([killWorker(doomed), startWorker()]) },
    ])
    console.log(`with the only worker killed and replaced: ${seconds.toFixed(1)} s`)
    await expectAllRight(result)
  })

  it('when the Temporal server is killed and starts again', async () => {
    await startWorker()
    await startWorker()
    const temporal = own.stack.service('temporal')
    const { result, seconds } = await rebuildUnder([
      {
        hours: 2,
        strike: async () => {
          await temporal.kill()
          await temporal.start()
        },
      },
    ])
    console.log(`with the Temporal server killed: ${seconds.toFixed(1)} s`)
    await expectAllRight(result)
  })

  it('when the store of the views is killed and starts again', async () => {
    await startWorker()
    const mongodb = own.stack.service('mongodb')
    const { result, seconds } = await rebuildUnder([
      {
        hours: 2,
        strike: async () => {
          await mongodb.kill()
          await mongodb.start()
        },
      },
    ])
    console.log(`with the store killed: ${seconds.toFixed(1)} s`)
    await expectAllRight(result)
  })
})
