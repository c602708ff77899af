/** `tendance schedule apply|show|run|delete`: the hourly schedule, as Temporal has it. */
import type { Client } from '@temporalio/client'
import { AppError } from '../model/errors.ts'
import { connectClient } from '../temporal/connection.ts'
import { SCHEDULE_HOURLY } from '../temporal/names.ts'
import { applySchedule, deleteSchedule, describeSchedule, triggerSchedule } from '../temporal/schedule.ts'
import { registerSearchAttributes } from '../temporal/search-attributes.ts'
import { type Cli, print } from './cli.ts'

const PATIENCE_MS = 10_000

async function withClient<T>(cli: Cli, use: (client: Client, taskQueue: string) => Promise<T>): Promise<T> {
  const { temporal: settings } = cli.load().config
  await using temporal = await connectClient(settings, { patienceMs: PATIENCE_MS, signal: cli.signal })
  await registerSearchAttributes(temporal.connection, settings.namespace)
  return await use(temporal.client, settings.taskQueue)
}

/** Idempotent: creates the schedule, or makes it as it should be. */
export function scheduleApply(cli: Cli): Promise<void> {
  return withClient(cli, async (client, taskQueue) => {
    const done = await applySchedule(client, taskQueue)
    const state = await describeSchedule(client)
    const next = state?.next[0]
    print(cli, `schedule ${SCHEDULE_HOURLY} ${done}${next ? `; it runs next at ${next.toISOString()}` : ''}`)
    if (state?.paused) print(cli, `it is paused: ${state.note || 'no note'}`)
  })
}

/** @throws AppError `not-found` when there is none, with the command that makes it */
export function scheduleShow(cli: Cli): Promise<void> {
  return withClient(cli, async (client) => {
    const state = await describeSchedule(client)
    if (!state) throw noSchedule()
    const { paused, note, next, lastRun } = state
    print(cli, `schedule ${SCHEDULE_HOURLY}: ${paused ? `paused (${note || 'no note'})` : 'on'}`)
    if (lastRun) print(cli, `last run ${lastRun.at.toISOString()}: ${lastRun.workflowId}`)
    if (next[0] && !paused) print(cli, `next run ${next[0].toISOString()}`)
  })
}

/** Runs it now. @throws AppError `not-found` when there is none */
export function scheduleRun(cli: Cli): Promise<void> {
  return withClient(cli, async (client) => {
    if (!(await describeSchedule(client))) throw noSchedule()
    await triggerSchedule(client)
    print(cli, `schedule ${SCHEDULE_HOURLY} triggered`)
  })
}

export function scheduleDelete(cli: Cli): Promise<void> {
  return withClient(cli, async (client) => {
    const was = await deleteSchedule(client)
    print(cli, was ? `schedule ${SCHEDULE_HOURLY} deleted` : `there was no schedule ${SCHEDULE_HOURLY}`)
  })
}

function noSchedule(): AppError {
  return new AppError('not-found', `there is no schedule ${SCHEDULE_HOURLY}: 'tendance schedule apply' makes it`, {
    facts: { schedule: SCHEDULE_HOURLY },
  })
}
