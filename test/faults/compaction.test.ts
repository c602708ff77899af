/**
 * Batch workers killed with no warning, again and again, while they compact on real HDFS: an independent reader then finds every
 * record once, and one of ours that reads all the while never misses or doubles any.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseCompact } from '../../model/requests.ts'
import { type HourId, hourOf, hoursBetween, nextHour } from '../../model/time.ts'
import { startCompact } from '../../temporal/start.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { type KnownPost, knownPosts } from '../activities/lake-of-posts.ts'
import { readHour } from '../lake/compact/hour-of-files.ts'
import { readLake } from '../lake/posts.ts'
import { type OwnStack, startOwnStack, uniqueName } from '../services.ts'

const FIRST = '2026-11-16T00' as HourId
const HOURS = hoursBetween(FIRST, nextHour(FIRST, 10))
const COMMITS = 6
const KILLS = 3

let own: OwnStack
let fixture: BatchFixture
let worker: ChildProcess | undefined
const archived: KnownPost[] = []

beforeAll(async () => {
  own = await startOwnStack({ services: ['temporal', 'mongodb', 'hdfs'] })
  fixture = await BatchFixture.start({
    addresses: own.addresses,
    worker: false,
    more: { TENDANCE_LOG_LEVEL: 'error' },
  })
  for (let commit = 0; commit < COMMITS; commit += 1) {
    const posts = HOURS.flatMap((hour, i) => knownPosts(hour, 40, commit * 100_000 + i * 1_000))
    archived.push(...posts)
    await fixture.posts.append(posts)
  }
  worker = await startWorker()
  expect((await fixture.hourly()).done).toMatchObject({ hours: HOURS.length, failed: [] })
})
afterAll(async () => {
  await kill(worker)
  await fixture?.[Symbol.asyncDispose]()
  await own?.[Symbol.asyncDispose]()
})

async function startWorker(): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('batch-process.ts', import.meta.url))
  const child = spawn(process.execPath, [file, JSON.stringify(fixture.config)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(createInterface({ input: child.stdout! }), 'line')
  return child
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

const idsOf = (hour: HourId) =>
  archived
    .filter(({ at }) => hourOf(at) === hour)
    .map(({ id }) => id)
    .sort()

it('compaction killed again and again loses and doubles nothing, for those who read meanwhile neither', async () => {
  const before = await fixture.views.batch.digests({ stream: 'posts', board: 'hashtags', edition: 1 })
  const { client } = fixture.temporal
  const workflowId = uniqueName('compact')
  const handle = await startCompact(client, parseCompact({}), fixture.optionsOf(workflowId))
  let reads = 0
  const done = new AbortController()
  const reading = (async () => {
    while (!done.signal.aborted) {
      const hour = HOURS[reads % HOURS.length]!
      expect(await readHour(fixture.store, hour, fixture.layout)).toEqual(idsOf(hour))
      reads += 1
    }
  })()
  reading.catch(() => {})
  const filesNow = async () => {
    const listings = await Promise.all(HOURS.map((hour) => fixture.lake.listHour('posts', hour)))
    return listings.reduce((sum, { files }) => sum + files.length, 0)
  }
  const filesBefore = await filesNow()
  const killedAt: number[] = []
  for (let kills = 0; kills < KILLS; kills += 1) {
    // In the middle of it: files have gone since the last kill, and not all.
    const last = killedAt.at(-1) ?? filesBefore
    await expect.poll(filesNow, { timeout: 60_000, interval: 20 }).toBeLessThan(last)
    await sleep(Math.random() * 60)
    await kill(worker)
    killedAt.push(await filesNow())
    worker = await startWorker()
    if (killedAt.at(-1) === HOURS.length * 4) break
  }
  const result = await handle.result()
  done.abort()
  await reading
  console.log(
    `${filesBefore} files, workers killed when there were ${killedAt.join(', ')}, in the end ${await filesNow()}; ${reads} hours read meanwhile`,
  )
  expect(result.failed).toEqual([])
  expect(killedAt[0]).toBeGreaterThan(HOURS.length * 4)
  expect(await filesNow()).toBe(HOURS.length * 4)
  const found = await readLake(fixture.store, fixture.layout)
  const line = (hour: string, id: string) => `${hour.replaceAll(/[-T]/g, '/')} ${id}`
  expect(found.map(({ hour, post }) => line(hour, post.id)).sort()).toEqual(
    archived.map(({ id, at }) => line(hourOf(at), id)).sort(),
  )
  // Nothing is stale by it.
  expect((await fixture.hourly()).done).toMatchObject({ hours: 0, failed: [] })
  expect(await fixture.views.batch.digests({ stream: 'posts', board: 'hashtags', edition: 1 })).toEqual(before)
})
