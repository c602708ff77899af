/** `tendance work batch` as a process: several share the work, `--concurrency` bounds it, and a stop finishes or hands back. */
import type { WorkflowHandle } from '@temporalio/client'
import proto, { type temporal } from '@temporalio/proto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Progress } from '../../model/progress.ts'
import { parseRebuild } from '../../model/requests.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { QUERY_PROGRESS } from '../../temporal/names.ts'
import { startEdition, startHourly } from '../../temporal/start.ts'
import type { EditionResult } from '../../workflows/edition.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { Deployment } from '../e2e/deployment.ts'
import { uniqueName } from '../services.ts'

const { TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType
const FIRST = '2026-11-16T00' as HourId
const HOURS = hoursBetween(FIRST, nextHour(FIRST, 8))
const POSTS_AN_HOUR = 60
const CONCURRENCY = 2
/** What `work batch` promises. */
const STOPPED_WITHIN_MS = 15_000
const PATIENCE = { timeout: 30_000, interval: 50 }

type Worker = ReturnType<Deployment['spawn']>

let fixture: BatchFixture
let deployment: Deployment
const running = new Set<Worker>()

beforeAll(async () => {
  // Each hour fans out, so that there are many activities to share.
  fixture = await BatchFixture.start({
    worker: false,
    more: { TENDANCE_BATCH_FAN_OUT_BYTES: '1', TENDANCE_LAKE_COMMIT_AGE_MS: '60000' },
  })
  deployment = new Deployment(fixture.config)
  await fixture.posts.append(HOURS.flatMap((hour, i) => knownPosts(hour, POSTS_AN_HOUR, i * 1_000)))
})
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await deployment?.[Symbol.asyncDispose]()
  await fixture?.[Symbol.asyncDispose]()
})

/** Resolves when the server knows it as one that asks for work. */
async function startWorker(): Promise<Worker> {
  const worker = deployment.spawn('work', 'batch', '--concurrency', `${CONCURRENCY}`)
  running.add(worker)
  const { namespace, taskQueue } = fixture.config.temporal
  const asks = async () => {
    const { pollers } = await fixture.temporal.client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
    })
    return (pollers ?? []).some(({ identity }) => isOf(worker, identity))
  }
  const ended = worker.ran.then(({ stderr }) => {
    throw new Error(`a batch worker ended before it was ready:\n${stderr}`)
  })
  await Promise.race([expect.poll(asks, PATIENCE).toBe(true), ended])
  ended.catch(() => {})
  return worker
}

/** Workers are named `<host>-<process id>-<random>`. */
function isOf({ child }: Worker, identity: string | null | undefined): boolean {
  return identity?.includes(`-${child.pid}-`) ?? false
}

async function stopWorker(worker: Worker) {
  const began = performance.now()
  worker.child.kill('SIGTERM')
  const { code, stderr } = await worker.ran
  running.delete(worker)
  return { code, stderr, tookMs: performance.now() - began }
}

function startRebuild(): Promise<WorkflowHandle> {
  const id = uniqueName('rebuild')
  const request = parseRebuild({ extractors: 'hashtags@2', reason: 'a test' })
  return startEdition(fixture.temporal.client, request, fixture.optionsOf(id)) as Promise<WorkflowHandle>
}

interface Attempt {
  readonly identity: string
  readonly from: number
  readonly to: number
}

/** When each activity was under way, and where: the server writes the start down when it has ended. */
async function attemptsOf(handle: WorkflowHandle): Promise<{ attempts: readonly Attempt[]; timedOut: number }> {
  const events: readonly temporal.api.history.v1.IHistoryEvent[] = (await handle.fetchHistory()).events ?? []
  const byId = new Map(events.map((event) => [Number(event.eventId), event]))
  const attempts = events.flatMap(({ activityTaskCompletedEventAttributes: completed, eventTime }) => {
    const started = completed && byId.get(Number(completed.startedEventId))
    if (!started) return []
    const { identity } = started.activityTaskStartedEventAttributes!
    return [{ identity: identity!, from: instantOf(started.eventTime), to: instantOf(eventTime) }]
  })
  return { attempts, timedOut: events.filter((event) => event.activityTaskTimedOutEventAttributes).length }
}

function instantOf(time: temporal.api.history.v1.IHistoryEvent['eventTime']): number {
  return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6
}

function atOnceMax(attempts: readonly Attempt[]): number {
  // Ends before starts of the same instant: one that begins when another has ended is not beside it.
  const changes = attempts
    .flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by)
  let now = 0
  return Math.max(...changes.map(({ by }) => (now += by)))
}

async function expectRight({ edition, state, failed }: EditionResult): Promise<void> {
  expect({ state, failed }).toEqual({ state: 'live', failed: [] })
  for (const hour of HOURS) await fixture.expectRight(edition, hour, 'hashtags@2')
}

describe('tendance work batch', () => {
  it('shares the hours with another one, and takes no more at once than it was told', async () => {
    const workers = [await startWorker(), await startWorker()]
    await fixture.hourly()
    const handle = await startRebuild()
    await expectRight((await handle.result()) as EditionResult)
    const { attempts } = await attemptsOf(handle)
    for (const worker of workers) {
      const own = attempts.filter(({ identity }) => isOf(worker, identity))
      expect(own.length, 'activities of each worker').toBeGreaterThan(HOURS.length / 2)
      expect(atOnceMax(own)).toBeLessThanOrEqual(CONCURRENCY)
    }
    expect(atOnceMax(attempts), 'both at once').toBeGreaterThan(CONCURRENCY)
    for (const worker of workers) expect((await stopWorker(worker)).code).toBe(0)
  }, 120_000)

  it('told to stop, finishes what it has begun, and another one goes on', async () => {
    const leaving = await startWorker()
    const handle = await startRebuild()
    await expect
      .poll(async () => (await handle.query<Progress>(QUERY_PROGRESS)).done.hours, PATIENCE)
      .toBeGreaterThan(1)
    const { code, stderr, tookMs } = await stopWorker(leaving)
    expect({ code, ended: stderr.includes('batch worker ended') }).toEqual({ code: 0, ended: true })
    expect(tookMs).toBeLessThan(STOPPED_WITHIN_MS)
    const staying = await startWorker()
    await expectRight((await handle.result()) as EditionResult)
    const { attempts, timedOut } = await attemptsOf(handle)
    expect(timedOut, 'activities that were left lying').toBe(0)
    expect(attempts.some(({ identity }) => isOf(staying, identity))).toBe(true)
    await stopWorker(staying)
  }, 120_000)

  it('told to stop, hands back what takes longer', async () => {
    // More than the lake has, and nobody archives them: sealing waits for minutes.
    await deployment.run('ingest', '--synthetic', '--posts', '2000', '--json')
    const leaving = await startWorker()
    const handle = await startHourly(fixture.temporal.client, fixture.optionsOf(uniqueName('hourly')))
    const sealing = async () =>
      (await handle.describe()).raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'sealHours')
    await expect.poll(async () => (await sealing())?.lastHeartbeatTime != null, PATIENCE).toBe(true)
    const { code, tookMs } = await stopWorker(leaving)
    expect(code).toBe(0)
    expect(tookMs).toBeLessThan(STOPPED_WITHIN_MS)
    // Its heartbeat time-out would take 10 s: the next attempt waits already.
    expect(await sealing()).toMatchObject({ attempt: 2 })
    await handle.terminate()
  }, 120_000)

  it('says for which worker --concurrency is', async () => {
    const { code, stderr } = await deployment.spawn('work', 'archive', '--concurrency', '2').ran
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('for the batch worker') })
  })
})
