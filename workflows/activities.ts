/**
 * The activities as workflows see them: types only, with explicit time-outs and retries.
 *
 * A killed worker must cost seconds, so every activity beats at least each two seconds and is given up ten seconds after its
 * last beat; start-to-close grows with the bytes of the work, at a rate far below the slowest measured. Retries are few here,
 * because the engine (catch-up.ts) knows better what to do next: wait for a service, split the work, set an hour aside.
 */
import {
  ActivityCancellationType,
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  TimeoutFailure,
} from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'
import type { CompactPlanRequest, CompactStretchRequest } from '../model/compaction.ts'
import { describeUnit, hoursOfUnit, type Unit } from '../model/plan.ts'
import type { SampleRequest } from '../model/preview.ts'
import type { EditionRequest } from '../model/requests.ts'
import type { MergeRequest, PartitionRequest, PlanRequest, QuarantineRequest, StretchRequest } from '../model/work.ts'
import type { CatchUpPorts, Outcome } from './catch-up.ts'

const BYTES_A_SECOND_AT_LEAST = 2_000_000
const HOURS_A_SECOND_AT_LEAST = 2

const retry = { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '5s', maximumAttempts: 5 } as const
/**
 * A cancelled run ends when its activities have ended: they notice with their next beat. So what it leaves can be deleted, and
 * nothing is written behind that.
 */
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
const beating = { heartbeatTimeout: '10s', retry, cancellationType } as const

/** Lower is sooner: hourly work goes before a recompute that has filled the queue. */
export type Urgency = 1 | 3

function withUrgency(urgency: Urgency, options: ActivityOptions): ActivityOptions {
  return { ...options, priority: { priorityKey: urgency } }
}

/** Small decisions: one document or two. */
export const decisions = proxyActivities<
  Pick<Activities, 'ensureFirstEdition' | 'openEdition' | 'publishEdition' | 'holdEdition'>
>({ startToCloseTimeout: '20s', retry: { ...retry, maximumAttempts: 60 } })

/** A decision too, but of a cancelled run it deletes all that it has computed. */
export const ending = proxyActivities<Pick<Activities, 'abandonEdition'>>({
  startToCloseTimeout: '10m',
  retry: { ...retry, maximumAttempts: 60 },
})

/** Waits for the archive, then writes a seal an hour. */
export const sealing = proxyActivities<Pick<Activities, 'sealHours'>>({ startToCloseTimeout: '15m', ...beating })

export const cleaning = proxyActivities<Pick<Activities, 'cleanSpeed' | 'cleanTemporary' | 'cleanEditions'>>({
  startToCloseTimeout: '15m',
  ...beating,
})

function secondsFor(bytes: number, hours: number): number {
  return Math.ceil(30 + bytes / BYTES_A_SECOND_AT_LEAST + hours / HOURS_A_SECOND_AT_LEAST)
}

/** Looking at what a recompute would do. A person waits for it. */
export const sampling = {
  range: (request: EditionRequest) =>
    proxyActivities<Pick<Activities, 'previewRange'>>({ startToCloseTimeout: '15m', ...beating }).previewRange(request),
  hour: (request: SampleRequest, bytes: number) =>
    proxyActivities<Pick<Activities, 'previewHour'>>({
      startToCloseTimeout: secondsFor(bytes, 1) * 1_000,
      summary: `${request.hour}, not stored`,
      ...beating,
    }).previewHour(request),
}

/** The batch activities as the engine's ports. */
export function activityPorts(
  urgency: Urgency,
): Pick<CatchUpPorts, 'plan' | 'computeStretch' | 'countPartition' | 'mergeHour' | 'quarantineHour'> {
  const planning = proxyActivities<Pick<Activities, 'planHours'>>(
    withUrgency(urgency, { startToCloseTimeout: '5m', ...beating }),
  )
  const counting = (unit: Unit, what: string) =>
    proxyActivities<Pick<Activities, 'computeStretch' | 'countPartition' | 'mergeHour'>>(
      withUrgency(urgency, {
        startToCloseTimeout: secondsFor(unit.bytes, hoursOfUnit(unit)) * 1_000,
        summary: what,
        ...beating,
      }),
    )
  return {
    plan: (request: PlanRequest) => outcomeOf(() => planning.planHours(request)),
    computeStretch: (request: StretchRequest, unit) =>
      outcomeOf(() => counting(unit, describeUnit(unit)).computeStretch(request)),
    countPartition: (request: PartitionRequest, unit) =>
      outcomeOf(() => counting(unit, `${request.hour} partition ${request.partition}`).countPartition(request)),
    mergeHour: (request: MergeRequest, unit) =>
      outcomeOf(() => counting(unit, `${request.hour} merge`).mergeHour(request)),
    quarantineHour: (request: QuarantineRequest) =>
      outcomeOf(() => quarantining(`${request.hour}: which files are corrupt`).quarantineHour(request)),
  }
}

/** Compaction reads and writes what it reads, and waits for the NameNode at each file. */
export const compacting = {
  plan: (request: CompactPlanRequest) =>
    proxyActivities<Pick<Activities, 'planCompaction'>>({ startToCloseTimeout: '5m', ...beating }).planCompaction(
      request,
    ),
  hours: (request: CompactStretchRequest, unit: Unit) =>
    proxyActivities<Pick<Activities, 'compactHours'>>(
      withUrgency(3, {
        startToCloseTimeout: (60 * hoursOfUnit(unit) + secondsFor(unit.bytes, 0)) * 1_000,
        summary: describeUnit(unit),
        ...beating,
      }),
    ).compactHours(request),
}

/** Reading the lake against its logs: a page of hours reads the whole log, and with `deep` every block. */
export const verifying = proxyActivities<
  Pick<Activities, 'verifyLog' | 'verifyHours' | 'verifyTallies' | 'keepVerification'>
>({ startToCloseTimeout: '2h', ...withUrgency(3, beating) })

/** Reads every file of an hour alone. */
function quarantining(summary: string) {
  return proxyActivities<Pick<Activities, 'quarantineHour'>>({ startToCloseTimeout: '1h', summary, ...beating })
}

/** A failed activity as data; a cancellation goes on as it is. */
export async function outcomeOf<T>(call: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await call() }
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
    const { cause } = error
    if (cause instanceof ApplicationFailure) {
      return { ok: false, code: cause.type ?? 'internal', message: cause.message }
    }
    if (cause instanceof TimeoutFailure) {
      return { ok: false, code: 'timeout', message: `no worker finished it in time (${cause.timeoutType})` }
    }
    return { ok: false, code: 'internal', message: cause?.message ?? error.message }
  }
}
