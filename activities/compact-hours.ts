/**
 * Finds hours whose files are many and small, and makes few of them. Only sealed hours: into others the archive still writes. Each
 * activity lists for itself, so repeating one, or two at once, does nothing twice (lake/compact/compactor.ts).
 */
import type { CompactionPlan } from '../lake/compact/compactor.ts'
import { mapBounded } from '../lake/concurrency.ts'
import type { HourRange } from '../lake/hour-dirs.ts'
import {
  addTotals,
  type CompactDone,
  type CompactPage,
  type CompactPlanRequest,
  type CompactStretchRequest,
  type CompactTotals,
  NO_TOTALS,
} from '../model/compaction.ts'
import { type AppError, isAppError } from '../model/errors.ts'
import { cutUnits, firstHourOf, planUnits, type Stretch, UNIT_LIMITS } from '../model/plan.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { addWork, type FailedHour, NOTHING_DONE, shortMessage, type WorkDone } from '../model/work.ts'
import { withBeat } from './beat.ts'
import type { BatchDependencies } from './dependencies.ts'
import { putSeals } from './ledger.ts'

const PAGE_HOURS_MAX = 2_000
const PAGE_ACTIVITIES_MAX = 250
const LISTINGS_AT_ONCE = 16
/** An hour of 480 files is some seconds, most of them waiting for HDFS. */
const UNIT_HOURS_MAX = 20
const HOURS_AT_ONCE = 2
/** An hour that others changed meanwhile is looked at again. */
const TRIES_MAX = 3

export function planCompaction(deps: BatchDependencies) {
  return ({ stream, from, until, except }: CompactPlanRequest): Promise<CompactPage> =>
    withBeat(async ({ signal }) => {
      const all = await deps.lake.listHours(stream, rangeOf(from, until), signal)
      const setAside = new Set(except)
      const looked = all.slice(0, PAGE_HOURS_MAX)
      const plans = await mapBounded(looked, LISTINGS_AT_ONCE, async (hour) => {
        signal.throwIfAborted()
        const plan = setAside.has(hour) ? undefined : await deps.lake.compactor.planHour(stream, hour)
        return plan && isWanted(plan) ? { hour, plan } : undefined
      })
      const wanted = plans.filter((one) => one !== undefined)
      const units = planUnits(
        wanted.map(({ hour, plan }) => ({ hour, bytes: plan.bytes, partitions: [] })),
        { ...UNIT_LIMITS, unitHoursMax: UNIT_HOURS_MAX, fanOutBytes: Number.POSITIVE_INFINITY },
      )
      const { kept, leftOut } = cutUnits(units, PAGE_ACTIVITIES_MAX)
      const next = (leftOut && firstHourOf(leftOut)) ?? all[PAGE_HOURS_MAX] ?? null
      const within = wanted.filter(({ hour }) => next === null || hour < next)
      return {
        units: kept as readonly Stretch[],
        looked: looked.length,
        totals: within.map(({ plan }) => totalsOf(plan)).reduce(addTotals, NO_TOTALS),
        next,
        ahead: next === null ? 0 : all.filter((hour) => hour >= next).length,
      }
    })
}

function isWanted({ sealed, files, leftOver }: CompactionPlan): boolean {
  return sealed && (files > 0 || leftOver > 0)
}

function totalsOf({ files, into, bytes }: CompactionPlan): CompactTotals {
  return { hours: 1, files, into, bytesBefore: bytes }
}

function rangeOf(from: HourId | null, to: HourId | null): HourRange {
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) }
}

export function compactHours(deps: BatchDependencies) {
  return ({ stream, from, until, except }: CompactStretchRequest): Promise<CompactDone> =>
    withBeat<CompactDone, CompactDone>(async ({ last, signal, tell }) => {
      const hours = (await deps.lake.listHours(stream, { from, to: until }, signal)).filter(
        (hour) => !except.includes(hour),
      )
      let sum = last ?? { totals: NO_TOTALS, bytesAfter: 0, done: NOTHING_DONE }
      await mapBounded(hours, HOURS_AT_ONCE, async (hour) => {
        signal.throwIfAborted()
        const one = await compactOne(deps, stream, hour, signal)
        sum = {
          totals: addTotals(sum.totals, one.totals),
          bytesAfter: sum.bytesAfter + one.bytesAfter,
          done: addWork(sum.done, one.done),
        }
        tell(sum)
      })
      return sum
    })
}

async function compactOne(
  deps: BatchDependencies,
  stream: StreamName,
  hour: HourId,
  signal: AbortSignal,
): Promise<CompactDone> {
  const { lake, clock, logger } = deps
  for (let tries = 1; ; tries += 1) {
    try {
      if (!isWanted(await lake.compactor.planHour(stream, hour))) {
        return { totals: NO_TOTALS, bytesAfter: 0, done: { ...NOTHING_DONE, current: 1 } }
      }
      // A file that vanished must be noted before: one that is made of its neighbours would cover its offsets, and hide that.
      await lake.settleHour(stream, hour, { at: clock(), by: 'compaction' })
      const { files, into, records, bytesBefore, bytesAfter } = await lake.compactor.compactHour(stream, hour, signal)
      // A hint for people and other programs: how many files there are now. What they hold is the same.
      const seal = await lake.readSeal(stream, hour)
      if (seal) await putSeals(deps, [await lake.refreshSeal(seal, clock())])
      const done: WorkDone = { ...NOTHING_DONE, hours: 1, records, bytes: bytesBefore }
      return { totals: { hours: 1, files, into, bytesBefore }, bytesAfter, done }
    } catch (error) {
      if (!isAppError(error)) throw error
      if (error.code === 'conflict' && tries < TRIES_MAX) continue
      if (error.retry === 'later' || error.code === 'cancelled') throw error
      logger.error({ stream, hour, code: error.code, ...error.facts }, error.message)
      return { totals: NO_TOTALS, bytesAfter: 0, done: { ...NOTHING_DONE, failed: [failureOf(hour, error)] } }
    }
  }
}

function failureOf(hour: HourId, { code, message }: AppError): FailedHour {
  return { hour, code, message: shortMessage(message), attempts: 1 }
}
