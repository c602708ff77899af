/** The workflows on a real Temporal server, their activities scripted: what they decide, show and survive. */
import type { WorkflowFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import type { Progress } from '../../model/progress.ts'
import { workflowIdOf } from '../../model/requests.ts'
import { nextHour } from '../../model/time.ts'
import { QUERY_PROGRESS } from '../../temporal/names.ts'
import {
  applySchedule,
  deleteSchedule,
  describeSchedule,
  scheduleIdOf,
  triggerSchedule,
} from '../../temporal/schedule.ts'
import { startCleanup, startEdition, startHourly } from '../../temporal/start.ts'
import type { EditionResult } from '../../workflows/edition.ts'
import type { HourlyResult } from '../../workflows/hourly.ts'
import { FIRST, hoursFrom, onTemporal, request } from '../workflows/on-temporal.ts'
import { ScriptedHistory } from '../workflows/scripted-activities.ts'

const temporal = onTemporal()
const { withWorker } = temporal

describe('hourly', () => {
  it('makes the first edition, computes every stale hour once, and does nothing the second time', async () => {
    const history = new ScriptedHistory(hoursFrom(30))
    await withWorker(history, async (options) => {
      const first = (await (await startHourly(temporal.client, options)).result()) as readonly HourlyResult[]
      expect(first).toMatchObject([{ stream: 'posts', edition: 1, done: { hours: 30, records: 300, failed: [] } }])
      const second = (await (await startHourly(temporal.client, options)).result()) as readonly HourlyResult[]
      expect(second).toMatchObject([{ edition: 1, done: { hours: 0 } }])
    })
    expect(new Set(history.edition(1).computed.values())).toEqual(new Set([1]))
    expect(history.editions).toHaveLength(1)
  })

  it('takes no input, null and {} for the same', async () => {
    await withWorker(new ScriptedHistory([]), async (options) => {
      for (const args of [[], [null], [{}]]) {
        const result = await temporal.client.workflow.execute('hourly', { ...options, args })
        expect(result).toHaveLength(1)
      }
    })
  })
})

describe('recompute', () => {
  it('computes a new edition since its hour and publishes it', async () => {
    const history = new ScriptedHistory(hoursFrom(30))
    const result = await withWorker(history, async (options) =>
      (await startEdition(temporal.client, request(), options)).result(),
    )
    expect(result).toMatchObject({ edition: 2, parent: 1, state: 'live', why: null, failed: [], done: { hours: 20 } })
    expect(history.live).toBe(2)
    expect([...history.edition(2).computed.keys()].sort()).toEqual(hoursFrom(30).slice(10))
  })

  it('catches up with an hour that closes while it computes, before it publishes', async () => {
    const history = new ScriptedHistory(hoursFrom(30))
    const late = nextHour(FIRST, 30)
    history.onCall = (name) => {
      if (name === 'computeStretch' && !history.hours.includes(late)) history.hours.push(late)
      if (name === 'publishEdition') expect(history.edition(2).computed.has(late)).toBe(true)
    }
    await withWorker(history, async (options) => (await startEdition(temporal.client, request(), options)).result())
    expect(history.edition(2).computed.has(late)).toBe(true)
  })

  it('with a corrupt hour computes the rest, is not published, and says which and why; the same again does only that hour', async () => {
    const history = new ScriptedHistory(hoursFrom(30))
    const broken = nextHour(FIRST, 17)
    history.corrupt.add(broken)
    await withWorker(history, async (options) => {
      const first = (await (await startEdition(temporal.client, request(), options)).result()) as EditionResult
      expect(first).toMatchObject({ edition: 2, state: 'held', done: { hours: 19 } })
      expect(first.failed).toMatchObject([{ hour: broken, code: 'corrupt' }])
      expect(first.why).toContain(`${broken} (block 3 is broken`)
      expect(history).toMatchObject({ live: 1 })
      expect(history.edition(2).state).toBe('held')

      history.corrupt.clear()
      const second = (await (await startEdition(temporal.client, request(), options)).result()) as EditionResult
      expect(second).toMatchObject({ edition: 2, state: 'live', done: { hours: 1 } })
    })
    expect(history.live).toBe(2)
  })

  it('asked for twice while it runs, runs once', async () => {
    const history = new ScriptedHistory(hoursFrom(30))
    const { promise, resolve } = Promise.withResolvers<void>()
    history.gate = () => promise
    await withWorker(history, async (options) => {
      const [one, other] = [
        await startEdition(temporal.client, request(), options),
        await startEdition(temporal.client, request(), options),
      ]
      expect(other.workflowId).toBe(one.workflowId)
      resolve()
      expect(await other.result()).toEqual(await one.result())
    })
    expect(history.editions).toHaveLength(2)
    expect(history.calls.filter((name) => name === 'openEdition')).toHaveLength(1)
  })

  it.each([
    [{ since: 'last monday 7h' }, 'recompute: since is "last monday 7h"'],
    [{ since: '2026-11-16T07', extractors: 'hashtags@7' }, 'recompute: extractors is "hashtags@7"'],
  ])('refuses %j at once, for good, and begins no edition', async (input, says) => {
    const history = new ScriptedHistory(hoursFrom(3))
    const failure = await withWorker(history, (options) =>
      temporal.client.workflow.execute('recompute', { ...options, args: [input] }).then(
        () => undefined,
        (error: WorkflowFailedError) => error.cause as ApplicationFailure,
      ),
    )
    expect(failure).toBeInstanceOf(ApplicationFailure)
    expect(failure).toMatchObject({ type: 'bad-input', nonRetryable: true })
    expect(failure?.message).toContain(says)
    expect(history.calls).toEqual([])
  })

  it('waits for a service that is away, and says so in its details', async () => {
    const history = new ScriptedHistory(hoursFrom(12))
    history.unavailable = 5
    const result = await withWorker(history, async (options) =>
      (await startEdition(temporal.client, request(), options)).result(),
    )
    expect(result).toMatchObject({ state: 'live', done: { hours: 2 } })
  })
})

describe('what people see', () => {
  it('progress by query, search attributes, a summary, and current details', async () => {
    const history = new ScriptedHistory(hoursFrom(30))
    const { promise, resolve } = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    history.onCall = (name) => name === 'computeStretch' && begun.resolve()
    history.gate = () => promise
    await withWorker(history, async (options) => {
      const handle = await startEdition(temporal.client, request(), options)
      try {
        await begun.promise
        const progress = await handle.query<Progress>(QUERY_PROGRESS)
        expect(progress).toMatchObject({
          kind: 'recompute',
          stream: 'posts',
          edition: 2,
          phase: 'computing',
          hoursPlanned: 20,
        })
        const described = await handle.describe()
        const attributes = Object.fromEntries(
          described.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
        )
        expect(attributes).toMatchObject({
          kind: 'recompute',
          stream: 'posts',
          board: ['hashtags'],
          edition: 2,
          since: new Date('2026-11-16T10:00:00Z'),
        })
        expect(await described.staticSummary()).toBe('recompute posts since 2026-11-16T10 with hashtags@2')
      } finally {
        resolve()
      }
      await handle.result()
    })
  })

  it('cleanup lists what it would delete', async () => {
    const result = await withWorker(new ScriptedHistory([]), async (options) =>
      (await startCleanup(temporal.client, true, options)).result(),
    )
    expect(result).toMatchObject([
      { dryRun: true, temporaryFiles: 2, editions: [1], listed: ['a', 'b', 'views of edition 1'] },
    ])
  })
})

describe('size', () => {
  it('continues as new before its history grows, and loses nothing', { timeout: 180_000 }, async () => {
    const history = new ScriptedHistory(hoursFrom(5_000))
    const result = await withWorker(history, async (options) => {
      const handle = await startEdition(temporal.client, request({ since: FIRST }), options)
      const first = await handle.describe()
      const value = await handle.result()
      const last = await temporal.client.workflow.getHandle(options.workflowId).describe()
      expect(last.runId).not.toBe(first.runId)
      expect(last.historyLength).toBeLessThan(5_000)
      return value
    })
    expect(result).toMatchObject({ state: 'live', done: { hours: 5_000, records: 50_000 } })
    expect(new Set(history.edition(2).computed.values())).toEqual(new Set([1]))
    expect(history.editions).toHaveLength(2)
  })
})

describe('the schedule', () => {
  it('is made once, made again it is updated, a person’s pause stays, and it runs hourly', async () => {
    await withWorker(new ScriptedHistory([]), async ({ taskQueue }) => {
      expect(await describeSchedule(temporal.client, taskQueue)).toBeNull()
      expect(await applySchedule(temporal.client, taskQueue)).toBe('created')
      await temporal.client.schedule.getHandle(scheduleIdOf(taskQueue)).pause('a person paused it')
      expect(await applySchedule(temporal.client, taskQueue)).toBe('updated')
      const state = await describeSchedule(temporal.client, taskQueue)
      expect(state).toMatchObject({ paused: true, note: 'a person paused it' })
      expect(state?.next.every((at) => at.getUTCMinutes() === 5)).toBe(true)
      await triggerSchedule(temporal.client, taskQueue)
      await expect
        .poll(async () => (await describeSchedule(temporal.client, taskQueue))?.lastRun?.workflowId, {
          timeout: 10_000,
        })
        .toContain('hourly-')
      const daily = await describeSchedule(temporal.client, taskQueue, 'cleanup')
      expect(daily?.next.every((at) => at.toISOString().slice(11, 16) === '03:35')).toBe(true)
      expect(daily?.next.length).toBeGreaterThan(0)
      const nightly = await describeSchedule(temporal.client, taskQueue, 'verify')
      expect(nightly?.next[0]?.toISOString().slice(11, 16)).toBe('04:20')
      expect(await deleteSchedule(temporal.client, taskQueue)).toBe(true)
      expect(await describeSchedule(temporal.client, taskQueue, 'cleanup')).toBeNull()
      expect(await describeSchedule(temporal.client, taskQueue, 'verify')).toBeNull()
    })
  })
})

it('ids say what is done', () => {
  expect(workflowIdOf(request(), '2026-11-21')).toBe('recompute-2026-11-16T10-hashtags@2')
})
