/**
 * The schedules. `hourly`: five past each hour (an hour ends, its grace of two minutes passes, the archive commits). A run that was
 * missed needs no making up, as the next one heals: the catch-up window is short. `cleanup`: once a day, beside that, as it looks
 * through all full tallies. `verify`: once a day, when that has ended: it reads the whole lake against its log. Never two of one at once.
 */
import { type Client, ScheduleNotFoundError, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client'
import { idOn, SCHEDULE_CLEANUP, SCHEDULE_HOURLY, SCHEDULE_VERIFY } from './names.ts'

const MINUTE_PAST = 5
/** UTC: at night for those who look most at what Europe and America write, and between two hourly runs. */
const CLEANUP_AT = { hour: 3, minute: 35 } as const
const VERIFY_AT = { hour: 4, minute: 20 } as const

/** What is scheduled, by workflow type. */
type Scheduled = 'hourly' | 'cleanup' | 'verify'

const SCHEDULES = {
  hourly: {
    id: SCHEDULE_HOURLY,
    at: { minute: MINUTE_PAST, hour: '*', comment: `at ${MINUTE_PAST} past each hour` },
    summary: 'seal, compute stale hours, clean up',
  },
  cleanup: {
    id: SCHEDULE_CLEANUP,
    at: { ...CLEANUP_AT, comment: 'once a day' },
    summary: 'delete what nobody needs any more',
  },
  verify: {
    id: SCHEDULE_VERIFY,
    at: { ...VERIFY_AT, comment: 'once a day' },
    summary: 'the lake against its commit log, Kafka, the ledger and the views',
  },
} as const satisfies Record<Scheduled, object>

/** `tendance-hourly`; an installation with a task queue of its own has schedules of its own. */
export function scheduleIdOf(taskQueue: string, what: Scheduled = 'hourly'): string {
  return idOn(taskQueue, SCHEDULES[what].id)
}

function scheduleOf(taskQueue: string, what: Scheduled) {
  const { at, summary } = SCHEDULES[what]
  return {
    scheduleId: scheduleIdOf(taskQueue, what),
    spec: { calendars: [at] },
    action: {
      type: 'startWorkflow',
      workflowType: what,
      workflowId: idOn(taskQueue, what),
      taskQueue,
      args: [],
      staticSummary: summary,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10 minutes' },
  } as const satisfies ScheduleOptions
}

/**
 * Creates the schedules, or makes existing ones as they should be; whether a person paused one stays as it is. Resolves to what
 * became of the hourly one.
 */
export async function applySchedule(client: Client, taskQueue: string): Promise<'created' | 'updated'> {
  await apply(client, taskQueue, 'cleanup')
  await apply(client, taskQueue, 'verify')
  return await apply(client, taskQueue, 'hourly')
}

async function apply(client: Client, taskQueue: string, what: Scheduled): Promise<'created' | 'updated'> {
  const wanted = scheduleOf(taskQueue, what)
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
export async function describeSchedule(
  client: Client,
  taskQueue: string,
  what: Scheduled = 'hourly',
): Promise<ScheduleState | null> {
  try {
    const { state, info } = await client.schedule.getHandle(scheduleIdOf(taskQueue, what)).describe()
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

/** All. Resolves to whether there was an hourly one. */
export async function deleteSchedule(client: Client, taskQueue: string): Promise<boolean> {
  await deleteOne(client, taskQueue, 'cleanup')
  await deleteOne(client, taskQueue, 'verify')
  return await deleteOne(client, taskQueue, 'hourly')
}

async function deleteOne(client: Client, taskQueue: string, what: Scheduled): Promise<boolean> {
  try {
    await client.schedule.getHandle(scheduleIdOf(taskQueue, what)).delete()
    return true
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false
    throw error
  }
}
