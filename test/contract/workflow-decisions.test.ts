/** What a person decides of a run, on a real Temporal server, its activities scripted: hold, publish, reject, pause, cancel. */
import type { WorkflowFailedError, WorkflowHandle } from '@temporalio/client'
import { CancelledFailure } from '@temporalio/common'
import { Worker } from '@temporalio/worker'
import { describe, expect, it } from 'vitest'
import type { Progress } from '../../model/progress.ts'
import { nextHour } from '../../model/time.ts'
import { connectWorker } from '../../temporal/connection.ts'
import { QUERY_PROGRESS } from '../../temporal/names.ts'
import { startEdition } from '../../temporal/start.ts'
import type { EditionResult } from '../../workflows/edition.ts'
import { uniqueName } from '../services.ts'
import { FIRST, hoursFrom, onTemporal, patience, request } from '../workflows/on-temporal.ts'
import { ScriptedHistory } from '../workflows/scripted-activities.ts'

const temporal = onTemporal()
const { withWorker } = temporal

/** The result of a run that holds its edition, and then is told what `decide` tells it. */
function onceHeld(history: ScriptedHistory, decide: (run: WorkflowHandle) => Promise<unknown>): Promise<unknown> {
  const held = Promise.withResolvers<void>()
  history.onCall = (name) => name === 'holdEdition' && held.resolve()
  return withWorker(history, async (options) => {
    const run = await startEdition(temporal.client, request({ hold: true }), options)
    await held.promise
    await decide(run)
    return run.result()
  })
}

describe('holding', () => {
  it('computes everything, waits, and publishes when a person says so', async () => {
    const history = new ScriptedHistory(hoursFrom(30))
    const result = await onceHeld(history, async (handle) => {
      expect(history.live).toBe(1)
      await handle.executeUpdate('publish', { args: [{ by: 'me' }] })
    })
    expect(result).toMatchObject({ state: 'live' })
    expect(history.live).toBe(2)
  })

  it('rejects when a person says so, and readers never saw it', async () => {
    const history = new ScriptedHistory(hoursFrom(30))
    const result = await onceHeld(history, (handle) =>
      handle.executeUpdate('reject', { args: [{ by: 'me', reason: 'worse than before' }] }),
    )
    expect(result).toMatchObject({ state: 'rejected', why: 'rejected by me: worse than before' })
    expect(history).toMatchObject({ live: 1 })
    expect(history.edition(2).state).toBe('rejected')
  })

  it.each([
    ['live', 'live'],
    ['rejected', 'rejected'],
  ] as const)('ends when a person has made the edition %s past it', async (state, ends) => {
    const history = new ScriptedHistory(hoursFrom(30))
    history.onCall = (name) => {
      if (name === 'holdEdition') history.edition(2).state = state
    }
    const result = await withWorker(history, async (options) =>
      (await startEdition(temporal.client, request({ hold: true }), options)).result(),
    )
    expect(result).toMatchObject({ state: ends })
  })

  it('pauses between units and goes on', async () => {
    const history = new ScriptedHistory(hoursFrom(300))
    const { promise, resolve } = Promise.withResolvers<void>()
    history.gate = () => promise
    await withWorker(history, async (options) => {
      const handle = await startEdition(temporal.client, request(), options)
      expect(await handle.executeUpdate('pause')).toContain('paused')
      resolve()
      expect((await handle.query<Progress>(QUERY_PROGRESS)).paused).toBe(true)
      await handle.executeUpdate('resume')
      expect(await handle.result()).toMatchObject({ done: { hours: 290 } })
    })
  })
})

describe('cancelling', () => {
  it('by Temporal leaves a cancelled edition and the live one as it was', async () => {
    const history = new ScriptedHistory(hoursFrom(30))
    history.gate = () => new Promise(() => {})
    const begun = Promise.withResolvers<void>()
    history.onCall = (name) => name === 'computeStretch' && begun.resolve()
    const name = uniqueName('cancel')
    const connection = await connectWorker(temporal.settings, patience)
    const worker = await Worker.create({
      connection,
      namespace: temporal.settings.namespace,
      taskQueue: name,
      workflowBundle: temporal.bundle,
      activities: history.activities(),
      shutdownGraceTime: 0,
      shutdownForceTime: 500,
    })
    const running = worker.run().catch(() => {})
    const handle = await startEdition(temporal.client, request(), { taskQueue: name, workflowId: name })
    await begun.promise
    await handle.cancel()
    const error = await handle.result().catch((cause: WorkflowFailedError) => cause.cause)
    expect(error).toBeInstanceOf(CancelledFailure)
    expect(history.edition(2).state).toBe('cancelled')
    expect(history.live).toBe(1)
    worker.shutdown()
    await running
    await connection.close()
  })

  it('by an update ends with who did it and why; what is in flight has ended before', async () => {
    const history = new ScriptedHistory(hoursFrom(30))
    const { promise, resolve } = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    history.gate = () => promise
    history.onCall = (name) => name === 'computeStretch' && begun.resolve()
    const result = await withWorker(history, async (options) => {
      const handle = await startEdition(temporal.client, request(), options)
      await begun.promise
      const told = handle.executeUpdate('cancel', { args: [{ by: 'me', reason: 'the wrong week' }] })
      expect(await told).toContain('cancelled')
      expect(history.edition(2).state).toBe('building')
      resolve()
      return handle.result()
    })
    expect(result).toMatchObject({ edition: 2, state: 'cancelled', why: 'cancelled by me: the wrong week' })
    expect(history.edition(2).state).toBe('cancelled')
    expect(history.live).toBe(1)
  })

  it('is possible while it is paused', async () => {
    const history = new ScriptedHistory(hoursFrom(300))
    const { promise, resolve } = Promise.withResolvers<void>()
    history.gate = () => promise
    await withWorker(history, async (options) => {
      const handle = await startEdition(temporal.client, request(), options)
      await handle.executeUpdate('pause')
      resolve()
      await handle.executeUpdate('cancel', { args: [{ by: 'me' }] })
      expect(await handle.result()).toMatchObject({ state: 'cancelled', why: 'cancelled by me: no reason given' })
    })
  })

  it('when readers see it already leaves it live, and says so', async () => {
    const history = new ScriptedHistory(hoursFrom(30))
    const published = Promise.withResolvers<void>()
    const { promise, resolve } = Promise.withResolvers<void>()
    // The last look, behind the publishing, finds an hour and is held up with it.
    history.onCall = (name) => {
      if (name !== 'publishEdition') return
      history.gate = () => promise
      history.hours.push(nextHour(FIRST, 30))
      published.resolve()
    }
    await withWorker(history, async (options) => {
      const handle = await startEdition(temporal.client, request(), options)
      await published.promise
      await handle.executeUpdate('cancel', { args: [{ by: 'me' }] })
      resolve()
      const result = (await handle.result()) as EditionResult
      expect(result.state).toBe('live')
      expect(result.why).toContain('cancelled by me: no reason given. But readers saw it already')
    })
    expect(history.live).toBe(2)
  })
})
