/**
 * The schedule of `hourly`: five past each hour (an hour ends, its grace of two minutes passes, the archive commits), never two
 * at once. A run that was missed needs no making up, as the next one heals: the catch-up window is short.
 */
import { type Client, ScheduleNotFoundError, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client'
import { idOn, SCHEDULE_HOURLY } from './names.ts'

const MINUTE_PAST = 5

/** `tendance-hourly`; an installation with a task queue of its own has a schedule of its own. */
export function scheduleIdOf(taskQueue: string): string {
  return idOn(taskQueue, SCHEDULE_HOURLY)
}

function hourlySchedule(taskQueue: string) {
  return {
    scheduleId: scheduleIdOf(taskQueue),
    spec: { calendars: [{ minute: MINUTE_PAST, hour: '*', comment: `at ${MINUTE_PAST} past each hour` }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'hourly',
      workflowId: idOn(taskQueue, 'hourly'),
      taskQueue,
      args: [],
      staticSummary: 'seal, compute stale hours, clean up',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10 minutes' },
  } as const satisfies ScheduleOptions
}

/** Creates the schedule, or makes an existing one as it should be; whether a person paused it stays as it is. */
export async function applySchedule(client: Client, taskQueue: string): Promise<'created' | 'updated'> {
  const wanted = hourlySchedule(taskQueue)
  const handle = client.schedule.getHandle(wanted.scheduleId)
  try {
    await handle.update(({ state }) => ({ ...wanted, state }))
    return 'updated'
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error
  }
  await client.schedule.create(wanted)
  return 'created'
}

/** Runs `hourly` now, as the schedule would. */
export async function triggerSchedule(client: Client, taskQueue: string): Promise<void> {
  await client.schedule.getHandle(scheduleIdOf(taskQueue)).trigger(ScheduleOverlapPolicy.SKIP)
}

export interface ScheduleState {
  readonly paused: boolean
  readonly note: string
  readonly next: readonly Date[]
  readonly lastRun: { readonly at: Date; readonly workflowId: string } | null
}

/** null: there is none. */
export async function describeSchedule(client: Client, taskQueue: string): Promise<ScheduleState | null> {
  try {
    const { state, info } = await client.schedule.getHandle(scheduleIdOf(taskQueue)).describe()
    const last = info.recentActions.at(-1)
    return {
      paused: state.paused,
      note: state.note ?? '',
      next: info.nextActionTimes,
      lastRun:
        last?.action.type === 'startWorkflow'
          ? { at: last.takenAt, workflowId: last.action.workflow.workflowId }
          : null,
    }
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null
    throw error
  }
}

/** Resolves to whether there was one. */
export async function deleteSchedule(client: Client, taskQueue: string): Promise<boolean> {
  try {
    await client.schedule.getHandle(scheduleIdOf(taskQueue)).delete()
    return true
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false
    throw error
  }
}
