/**
 * The tools that come with Temporal, `temporal` and `tctl`: what docs/temporal.md tells people to type, with the real programs, on
 * the real server, with a real batch worker.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Progress } from '../../model/progress.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { install } from '../../stack/install/targets.ts'
import { silentReporter } from '../../stack/reporter.ts'
import { applySchedule, deleteSchedule, scheduleIdOf } from '../../temporal/schedule.ts'
import type { EditionResult } from '../../workflows/edition.ts'
import type { HourlyResult } from '../../workflows/hourly.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { uniqueName } from '../services.ts'
import { testSettings } from '../test-settings.ts'

const FIRST = '2026-11-16T00' as HourId
const HOURS = hoursBetween(FIRST, nextHour(FIRST, 6))
const SINCE = nextHour(FIRST, 2)
const POSTS_AN_HOUR = 40
const PATIENCE = { timeout: 30_000, interval: 100 }

interface Ran {
  readonly code: number | null
  readonly printed: string
}

let fixture: BatchFixture
let taskQueue: string
type Tool = 'temporal' | 'tctl'
const programs = new Map<Tool, string>()

beforeAll(async () => {
  const { cacheDir, environment } = testSettings()
  for (const name of ['temporal', 'tctl'] as const) {
    programs.set(name, await install(name, { cacheDir, environment, reporter: silentReporter }))
  }
  fixture = await BatchFixture.start({ worker: true })
  taskQueue = fixture.config.temporal.taskQueue
  await fixture.posts.append(HOURS.flatMap((hour, i) => knownPosts(hour, POSTS_AN_HOUR, i * 1_000)))
  expect((await fixture.hourly()).done).toMatchObject({ hours: HOURS.length, failed: [] })
}, 900_000)
afterAll(() => fixture?.[Symbol.asyncDispose]())

/** Nothing but what is said here: a person's own TEMPORAL_… settings mean another server. */
async function run(name: Tool, args: readonly string[]): Promise<Ran> {
  const { PATH = '', HOME = '' } = testSettings().environment
  const child = spawn(programs.get(name)!, args, { env: { PATH, HOME, NO_COLOR: '1' } })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, printed: `${stdout}${stderr}` }
}

function temporal(...args: readonly string[]): Promise<Ran> {
  const { address, namespace } = fixture.config.temporal
  return run('temporal', [...args, '--address', address, '--namespace', namespace, '--disable-config-file'])
}

function tctl(...args: readonly string[]): Promise<Ran> {
  const { address, namespace } = fixture.config.temporal
  return run('tctl', ['--address', address, '--namespace', namespace, '--context_timeout', '30', ...args])
}

/** What it printed as JSON, of a command that must succeed. */
async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, printed } = await temporal(...args, '--output', 'json')
  expect(code, printed).toBe(0)
  return JSON.parse(printed) as T
}

function start(type: string, workflowId: string, input: object): Promise<{ runId: string }> {
  const named = ['--type', type, '--workflow-id', workflowId]
  return json('workflow', 'start', '--task-queue', taskQueue, ...named, '--input', JSON.stringify(input))
}

interface Ended {
  readonly status: string
  readonly result: EditionResult
}

/** `temporal` prints an empty list as null. */
async function resultOf(workflowId: string): Promise<Ended> {
  const { status, result } = await json<Ended>('workflow', 'result', '--workflow-id', workflowId)
  return { status, result: { ...result, failed: result.failed ?? [] } }
}

async function progressOf(workflowId: string): Promise<Progress> {
  const asked = ['--workflow-id', workflowId, '--name', 'progress']
  const { queryResult } = await json<{ queryResult: readonly Progress[] }>('workflow', 'query', ...asked)
  return queryResult[0]!
}

async function untilHeld(workflowId: string): Promise<void> {
  await expect.poll(async () => (await progressOf(workflowId)).phase, PATIENCE).toBe('held')
}

const update = (workflowId: string, name: string, ...input: readonly string[]) =>
  temporal('workflow', 'update', 'execute', '--workflow-id', workflowId, '--name', name, ...input)

async function expectRight(edition: number, hours: readonly HourId[]): Promise<void> {
  for (const hour of hours) await fixture.expectRight(edition, hour, 'hashtags@2')
}

const liveEdition = async () => (await fixture.views.live.read('posts'))!.edition
const idsOf = async () => (await fixture.views.editions.list('posts')).map(({ workflowId }) => workflowId)

describe('temporal workflow', () => {
  it('starts a recompute with JSON, follows it, and prints its result', async () => {
    const id = uniqueName('recompute')
    await start('recompute', id, { since: SINCE, extractors: 'hashtags@2', reason: 'brackets were missed' })
    const { status, result } = await resultOf(id)
    expect(status).toBe('COMPLETED')
    expect(result).toMatchObject({ state: 'live', failed: [], done: { hours: HOURS.length - 2 } })
    expect(await liveEdition()).toBe(result.edition)
    await expectRight(result.edition, HOURS.slice(2))
  })

  it('finds it by its search attributes, and not by others', async () => {
    const id = uniqueName('recompute')
    await start('recompute', id, { since: SINCE, extractors: { hashtags: 'hashtags@2' } })
    const { result } = await resultOf(id)
    // As docs/temporal.md says for the server's SQLite: a word of SQL in backticks, an instant by its neighbours.
    const about = (edition: number) =>
      `kind="recompute" and \`stream\`="posts" and board="hashtags" and edition=${edition} and since between "${SINCE}:00:00Z" and "${SINCE}:00:01Z" and TaskQueue="${taskQueue}"`
    const list = async (query: string) =>
      (await json<{ execution: { workflowId: string } }[]>('workflow', 'list', '--query', query)).map(
        ({ execution }) => execution.workflowId,
      )
    await expect.poll(() => list(about(result.edition)), PATIENCE).toEqual([id])
    expect(await list(about(result.edition + 1_000))).toEqual([])
  })

  it('starts a rebuild that waits; it is asked how far it is, paused, resumed and published', async () => {
    const id = uniqueName('rebuild')
    const before = await liveEdition()
    await start('rebuild', id, { extractors: { hashtags: 'hashtags@2' }, hold: true, reason: 'from the beginning' })
    await untilHeld(id)
    const progress = await progressOf(id)
    expect(progress).toMatchObject({ kind: 'rebuild', stream: 'posts', done: { hours: HOURS.length } })
    expect((await update(id, 'pause')).printed).toContain('paused: what is in flight is finished')
    expect((await progressOf(id)).paused).toBe(true)
    expect((await update(id, 'resume')).printed).toContain('going on')
    expect((await progressOf(id)).paused).toBe(false)
    expect(await liveEdition()).toBe(before)

    const published = await update(id, 'publish', '--input', '{"by":"ada"}')
    expect(published.code, published.printed).toBe(0)
    const { result } = await resultOf(id)
    expect(result).toMatchObject({ state: 'live', parent: null, edition: progress.edition })
    expect(await liveEdition()).toBe(result.edition)
    await expectRight(result.edition, HOURS)
  })

  it('rejects one, and readers never saw it', async () => {
    const id = uniqueName('rebuild')
    const before = await liveEdition()
    await start('rebuild', id, { extractors: 'hashtags@2', hold: true })
    await untilHeld(id)
    await update(id, 'reject', '--input', '{"by":"ada","reason":"worse than before"}')
    expect((await resultOf(id)).result).toMatchObject({ state: 'rejected', why: 'rejected by ada: worse than before' })
    expect(await liveEdition()).toBe(before)
  })

  it('cancels one, which leaves the live edition as it is', async () => {
    const id = uniqueName('recompute')
    const before = await liveEdition()
    await start('recompute', id, { since: SINCE, extractors: 'hashtags@2', hold: true })
    await untilHeld(id)
    const cancelled = await temporal('workflow', 'cancel', '--workflow-id', id)
    expect(cancelled.code, cancelled.printed).toBe(0)
    await expect.poll(() => statusOf(id), PATIENCE).toBe('WORKFLOW_EXECUTION_STATUS_CANCELED')
    const edition = (await fixture.views.editions.list('posts')).find(({ workflowId }) => workflowId === id)
    expect(edition?.state).toBe('cancelled')
    expect(await liveEdition()).toBe(before)
  })

  it('started twice under one id runs once', async () => {
    const id = uniqueName('recompute')
    const input = { since: SINCE, extractors: 'hashtags@2', hold: true }
    const first = await start('recompute', id, input)
    const second = await start('recompute', id, input)
    expect(second.runId).toBe(first.runId)
    const third = await tctl(...tctlStart('recompute', id, input))
    expect(third.printed).toContain(first.runId)
    await untilHeld(id)
    expect((await idsOf()).filter((workflowId) => workflowId === id)).toHaveLength(1)
    await update(id, 'reject')
    await resultOf(id)
  })

  it('started again after its end has nothing left to do', async () => {
    const id = uniqueName('recompute')
    const input = { since: SINCE, extractors: 'hashtags@2' }
    await start('recompute', id, input)
    const first = (await resultOf(id)).result
    await start('recompute', id, input)
    const { result } = await resultOf(id)
    expect(result).toMatchObject({ edition: first.edition, state: 'live', done: { hours: 0 } })
  })
})

describe('a bad input', () => {
  it.each([
    ['recompute', { since: 'yesterday' }, 'recompute: since is "yesterday"; write the first hour in UTC'],
    ['recompute', { since: '2026-11-16T07:30:00Z' }, 'it must begin an hour: write 2026-11-16T07 or 2026-11-16T08'],
    ['recompute', {}, 'recompute: since is missing'],
    ['recompute', { since: '2026-11-16T07', extractors: 'hashtags@9' }, 'hashtags@1, hashtags@2'],
    [
      'recompute',
      { since: '2026-11-16T07', sinse: 1 },
      'recompute: sinse is 1; there is no such field; there are since',
    ],
    ['rebuild', { hold: 'yes' }, 'rebuild: hold is "yes"; write true or false'],
    ['rebuild', ['hashtags@2'], 'rebuild: input is ["hashtags@2"]; write a JSON object'],
  ])('of %s, %j, fails at once and for good, and says what is right', async (type, input, says) => {
    const editions = await idsOf()
    const id = uniqueName(type)
    const named = ['--type', type, '--workflow-id', id, '--task-queue', taskQueue]
    const { code, printed } = await temporal('workflow', 'execute', ...named, '--input', JSON.stringify(input))
    expect(code).not.toBe(0)
    expect(printed.replaceAll(/\s+/g, ' ')).toContain(says)
    const { events } = await json<{ events: readonly HistoryEvent[] }>('workflow', 'show', '--workflow-id', id)
    const failed = events.at(-1)?.workflowExecutionFailedEventAttributes
    expect(failed?.failure?.applicationFailureInfo).toMatchObject({ type: 'bad-input', nonRetryable: true })
    expect(events.some(({ eventType }) => eventType === 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED')).toBe(false)
    expect(await idsOf()).toEqual(editions)
  })
})

describe('tctl workflow', () => {
  it.each([
    ['recompute', { since: SINCE, extractors: 'hashtags@2', reason: 'brackets were missed' }, HOURS.slice(2)],
    ['rebuild', { extractors: 'hashtags@2', reason: 'from the beginning' }, HOURS],
  ])('starts a %s with JSON and asks how far it is', async (type, input, hours) => {
    const id = uniqueName(type)
    const started = await tctl(...tctlStart(type, id, input))
    expect(started.code, started.printed).toBe(0)
    const { result } = await resultOf(id)
    expect(result).toMatchObject({ state: 'live', failed: [], done: { hours: hours.length } })
    await expectRight(result.edition, hours)
    const asked = await tctl('workflow', 'query', '--workflow_id', id, '--query_type', 'progress')
    expect(asked.printed).toContain('"phase":"done"')
  })

  it('shows what is right when the input is wrong', async () => {
    const id = uniqueName('recompute')
    await tctl(...tctlStart('recompute', id, { since: 'yesterday' }))
    await expect.poll(() => statusOf(id), PATIENCE).toBe('WORKFLOW_EXECUTION_STATUS_FAILED')
    const { printed } = await tctl('workflow', 'show', '--workflow_id', id)
    expect(printed.replaceAll(/\s+/g, ' ')).toContain('recompute: since is "yesterday"; write the first hour in UTC')
  })
})

describe('temporal schedule', () => {
  it('describes, triggers, pauses and resumes the hourly schedule', async () => {
    const { client } = fixture.temporal
    await applySchedule(client, taskQueue)
    const named = ['--schedule-id', scheduleIdOf(taskQueue)]
    const describe = () => json<Described>('schedule', 'describe', ...named)
    const { schedule, info } = await describe()
    expect(schedule.action.startWorkflow.workflowType.name).toBe('hourly')
    expect(schedule.policies.overlapPolicy).toBe('SCHEDULE_OVERLAP_POLICY_SKIP')
    expect(info.futureActionTimes?.every((at) => new Date(at).getUTCMinutes() === 5)).toBe(true)

    const late = knownPosts(HOURS[0]!, 3, 900_000)
    await fixture.posts.append(late)
    const triggered = await temporal('schedule', 'trigger', ...named)
    expect(triggered.code, triggered.printed).toBe(0)
    const runs = async () => (await describe()).info.recentActions ?? []
    await expect.poll(async () => (await runs()).length, PATIENCE).toBe(1)
    const { workflowId } = (await runs())[0]!.startWorkflowResult
    const { result } = await json<{ result: readonly HourlyResult[] }>(
      ...['workflow', 'result', '--workflow-id', workflowId],
    )
    expect(result).toMatchObject([{ stream: 'posts', done: { hours: 1, amended: 1 } }])
    await fixture.expectRight(await liveEdition(), HOURS[0]!, 'hashtags@2')

    await temporal('schedule', 'toggle', ...named, '--pause', '--reason', 'the cluster moves')
    expect((await describe()).schedule.state).toMatchObject({ paused: true, notes: 'the cluster moves' })
    await temporal('schedule', 'toggle', ...named, '--unpause', '--reason', 'it has moved')
    expect((await describe()).schedule.state.paused ?? false).toBe(false)
    expect(await deleteSchedule(client, taskQueue)).toBe(true)
  })
})

interface HistoryEvent {
  readonly eventType: string
  readonly workflowExecutionFailedEventAttributes?: {
    readonly failure?: { readonly applicationFailureInfo?: { type: string; nonRetryable: boolean } }
  }
}

interface Described {
  readonly schedule: {
    readonly action: { readonly startWorkflow: { readonly workflowType: { readonly name: string } } }
    readonly policies: { readonly overlapPolicy: string }
    readonly state: { readonly paused?: boolean; readonly notes?: string }
  }
  readonly info: {
    readonly futureActionTimes?: readonly string[]
    readonly recentActions?: readonly { readonly startWorkflowResult: { readonly workflowId: string } }[]
  }
}

async function statusOf(workflowId: string): Promise<string> {
  type Description = { readonly workflowExecutionInfo: { readonly status: string } }
  const described = await json<Description>('workflow', 'describe', '--workflow-id', workflowId)
  return described.workflowExecutionInfo.status
}

function tctlStart(type: string, workflowId: string, input: object): readonly string[] {
  const named = ['--taskqueue', taskQueue, '--workflow_type', type, '--workflow_id', workflowId]
  return ['workflow', 'start', ...named, '--execution_timeout', '86400', '--input', JSON.stringify(input)]
}
