/** `tendance schedule apply|show|run|delete`: the hourly schedule, as Temporal has it. */
import type { Client } from '@temporalio/client'
import { AppError } from '../model/errors.ts'
import { applySchedule, deleteSchedule, describeSchedule, scheduleIdOf, triggerSchedule } from '../temporal/schedule.ts'
import { registerSearchAttributes } from '../temporal/search-attributes.ts'
import { type Cli, print } from './cli.ts'
import { connectTemporal } from './connect.ts'

async function withClient<T>(cli: Cli, use: (client: Client, taskQueue: string) => Promise<T>): Promise<T> {
  const { temporal: settings } = cli.load().config
  await using temporal = await connectTemporal(cli)
  await registerSearchAttributes(temporal.connection, settings.namespace)
  return await use(temporal.client, settings.taskQueue)
}

/** Idempotent: creates the schedule, or makes it as it should be. */
export function scheduleApply(cli: Cli): Promise<void> {
  return withClient(cli, async (client, taskQueue) => {
    const done = await applySchedule(client, taskQueue)
    const state = await describeSchedule(client, taskQueue)
    const next = state?.next[0]
    print(cli, `schedule ${scheduleIdOf(taskQueue)} ${done}${next ? `; it runs next at ${next.toISOString()}` : ''}`)
    if (state?.paused) print(cli, `it is paused: ${state.note || 'no note'}`)
  })
}

/** @throws AppError `not-found` when there is none, with the command that makes it */
export function scheduleShow(cli: Cli, json = false): Promise<void> {
  return withClient(cli, async (client, taskQueue) => {
    const state = await describeSchedule(client, taskQueue)
    if (!state) throw noSchedule(taskQueue)
    const cleanup = await describeSchedule(client, taskQueue, 'cleanup')
    const verify = await describeSchedule(client, taskQueue, 'verify')
    if (json) return print(cli, JSON.stringify({ schedule: scheduleIdOf(taskQueue), ...state, cleanup, verify }))
    const { paused, note, next, lastRun } = state
    print(cli, `schedule ${scheduleIdOf(taskQueue)}: ${paused ? `paused (${note || 'no note'})` : 'on'}`)
    if (lastRun) print(cli, `last run ${lastRun.at.toISOString()}: ${lastRun.workflowId}`)
    if (next[0] && !paused) print(cli, `next run ${next[0].toISOString()}`)
    for (const [what, daily] of [['cleanup', cleanup] as const, ['verify', verify] as const]) {
      const id = scheduleIdOf(taskQueue, what)
      if (!daily) print(cli, `there is no schedule ${id}: 'tendance schedule apply' makes it`)
      else if (daily.paused) print(cli, `schedule ${id}: paused (${daily.note || 'no note'})`)
      else print(cli, `schedule ${id}: on, next run ${daily.next[0]?.toISOString()}`)
    }
  })
}

/** Runs it now. @throws AppError `not-found` when there is none */
export function scheduleRun(cli: Cli): Promise<void> {
  return withClient(cli, async (client, taskQueue) => {
    if (!(await describeSchedule(client, taskQueue))) throw noSchedule(taskQueue)
    await triggerSchedule(client, taskQueue)
    print(cli, `schedule ${scheduleIdOf(taskQueue)} triggered`)
  })
}

export function scheduleDelete(cli: Cli): Promise<void> {
  return withClient(cli, async (client, taskQueue) => {
    const was = await deleteSchedule(client, taskQueue)
    print(cli, was ? `schedule ${scheduleIdOf(taskQueue)} deleted` : `there was no schedule ${scheduleIdOf(taskQueue)}`)
  })
}

function noSchedule(taskQueue: string): AppError {
  const schedule = scheduleIdOf(taskQueue)
  return new AppError('not-found', `there is no schedule ${schedule}: 'tendance schedule apply' makes it`, {
    facts: { schedule },
  })
}
