/**
 * Bringing an edition up to date: plan a page, do its units with bounded concurrency, go on until nothing is stale. A plain
 * class that knows no Temporal, so that a unit test can drive it; the workflow gives it activities as ports.
 *
 * Invariants: never more than `inFlightMax` activities at once; a page's units are finished before the next page is planned, so
 * the state between pages is a few numbers (what continue-as-new carries); a failed hour never stops another hour.
 *
 * What fails: a service that does not answer is waited for without bound (its name stands in the note); a stretch that fails
 * otherwise (a worker that was killed again and again) is split until the hour that does it is alone; an hour that fails
 * `attemptsMax` times is set aside with its reason and left out of later pages. If it is corrupt, its damaged files are quarantined,
 * so that the next run can count the rest of it; this one does not: whether an incomplete hour will do is for a person to say.
 */
import { hoursOfUnit, type Stretch, splitStretch, type Unit } from '../model/plan.ts'
import type { Phase, Progress } from '../model/progress.ts'
import { noting } from '../model/run-note.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, nextHour } from '../model/time.ts'
import {
  addWork,
  type FailedHour,
  type MergeRequest,
  NOTHING_DONE,
  type PartialFile,
  type PartitionRequest,
  type PlanPage,
  type PlanRequest,
  type QuarantineRequest,
  type QuarantineResult,
  type StretchRequest,
  shortMessage,
  type Target,
  type WorkDone,
} from '../model/work.ts'
import { Slots } from './slots.ts'

/** What an activity came to; a cancellation is thrown instead. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly message: string }

export interface CatchUpPorts {
  plan(request: PlanRequest): Promise<Outcome<PlanPage>>
  computeStretch(request: StretchRequest, unit: Unit): Promise<Outcome<WorkDone>>
  countPartition(request: PartitionRequest, unit: Unit): Promise<Outcome<readonly PartialFile[]>>
  mergeHour(request: MergeRequest, unit: Unit): Promise<Outcome<WorkDone>>
  /** Looks for the files that make the hour fail, and sets them aside. */
  quarantineHour(request: QuarantineRequest): Promise<Outcome<QuarantineResult>>
  sleep(ms: number): Promise<void>
  /** Resolves when work may go on: a paused run waits here. */
  gate(): Promise<void>
  /** True when the history has grown enough: `run` stops after the page it is in. */
  shouldYield(): boolean
  report(change: Partial<Progress>): void
}

export interface CatchUpSpec {
  readonly stream: StreamName
  readonly target: Target
  readonly from: HourId | null
  /** Passes at most; a pass that finds nothing stale is the last. */
  readonly passesMax: number
  /** From the newest hour back; absent: in time order. */
  readonly newestFirst?: boolean
  /** Activities at once; absent: as CATCH_UP_LIMITS says. */
  readonly inFlightMax?: number | undefined
  /** What the work is called in its progress; absent: computing. */
  readonly phase?: Phase
}

/** What goes into the next run of a workflow that continues as new. */
export interface CatchUpState {
  readonly cursor: HourId | null
  readonly pass: number
  /** Hours computed in this pass so far. */
  readonly computedInPass: number
  readonly done: WorkDone
}

/**
 * What failed is carried into each further run, answered by queries, and stands twice in the result: so that it stays under 50 KB, the first
 * `toldMax` failures keep their message and files, the others a few words, and a run of more than `failedMax` is given up.
 */
export const CATCH_UP_LIMITS = {
  inFlightMax: 64,
  attemptsMax: 3,
  waitMs: 5_000,
  failedMax: 250,
  toldMax: 30,
  fewWords: 60,
} as const

export class CatchUp {
  readonly #ports: CatchUpPorts
  readonly #spec: CatchUpSpec
  #cursor: HourId | null
  #pass: number
  #computedInPass: number
  #done: WorkDone
  #planned = { hours: 0, bytes: 0 }
  readonly #inFlightMax: number
  readonly #slots: Slots
  readonly #attempts = new Map<HourId, number>()
  /** Failures with all that is known of them. */
  #told: number

  constructor(ports: CatchUpPorts, spec: CatchUpSpec, state?: CatchUpState) {
    this.#ports = ports
    this.#spec = spec
    this.#inFlightMax = spec.inFlightMax ?? CATCH_UP_LIMITS.inFlightMax
    this.#slots = new Slots(this.#inFlightMax)
    this.#cursor = state?.cursor ?? this.#beginning
    this.#pass = state?.pass ?? 1
    this.#computedInPass = state?.computedInPass ?? 0
    this.#done = state?.done ?? NOTHING_DONE
    this.#told = this.failed.length
  }

  get state(): CatchUpState {
    return { cursor: this.#cursor, pass: this.#pass, computedInPass: this.#computedInPass, done: this.#done }
  }

  /** Where a pass begins: from the newest hour back, there is none that it could not begin with. */
  get #beginning(): HourId | null {
    return this.#spec.newestFirst ? null : this.#spec.from
  }

  /** Hours that were set aside, with their reasons. */
  get failed(): readonly FailedHour[] {
    return this.#done.failed
  }

  /**
   * Goes on from its state. `current`: a pass found nothing stale but what was set aside. `passes`: as many passes as allowed
   * are done. `yield`: the history has grown; go on with `state` in a new run.
   */
  async run(): Promise<'current' | 'passes' | 'yield'> {
    for (;;) {
      const page = await this.#patiently('planning', () =>
        this.#ports.plan({
          stream: this.#spec.stream,
          target: this.#spec.target,
          from: this.#cursor,
          except: this.failed.map(({ hour }) => hour),
          ...(this.#spec.newestFirst ? { newestFirst: true } : {}),
        }),
      )
      this.#plan(page)
      await this.#work(page.units)
      this.#cursor = page.next
      if (page.next === null) {
        const found = this.#computedInPass
        this.#cursor = this.#beginning
        this.#computedInPass = 0
        if (found === 0 || this.#pass >= this.#spec.passesMax) {
          this.#pass = 1
          return found === 0 ? 'current' : 'passes'
        }
        this.#pass += 1
      }
      if (this.#ports.shouldYield()) {
        // Whoever has paused this run finds it paused, not going on as a new one.
        await this.#ports.gate()
        return 'yield'
      }
    }
  }

  #plan(page: PlanPage): void {
    this.#planned = {
      hours: page.units.reduce((sum, unit) => sum + hoursOfUnit(unit), 0),
      bytes: page.units.reduce((sum, unit) => sum + unit.bytes, 0),
    }
    const { phase = 'computing' } = this.#spec
    this.#ports.report({ phase, cursor: page.next, hoursAhead: page.ahead, pass: this.#pass })
    this.#report()
  }

  #report(): void {
    this.#ports.report({ done: this.#done, hoursPlanned: this.#planned.hours, bytesPlanned: this.#planned.bytes })
  }

  /** Runs all units of a page, and what they split into or have to repeat. */
  async #work(units: readonly Unit[]): Promise<void> {
    const queue = [...units]
    const lane = async (): Promise<void> => {
      for (;;) {
        const unit = queue.shift()
        if (!unit) return
        await this.#ports.gate()
        queue.push(...(await this.#runUnit(unit)))
      }
    }
    // A lane that finds the queue empty ends, though a unit in flight may still give more: hence the outer loop.
    while (queue.length > 0) {
      const lanes = Math.min(this.#inFlightMax, queue.length)
      await Promise.all(Array.from({ length: lanes }, lane))
    }
  }

  /** Resolves to the units that are still to be done because of how this one went. */
  async #runUnit(unit: Unit): Promise<readonly Unit[]> {
    const outcome = unit.kind === 'stretch' ? await this.#runStretch(unit) : await this.#runFanOut(unit)
    if (outcome.ok) return this.#finish(unit, outcome.value)
    if (outcome.code === 'unavailable') {
      await this.#wait(outcome.message)
      return [unit]
    }
    if (outcome.code === 'conflict') {
      // The lake has other files than the parts were counted from: the next pass sees the hour as it is by then.
      this.#computedInPass += 1
      return this.#finish(unit, NOTHING_DONE)
    }
    const parts = unit.kind === 'stretch' ? splitStretch(unit) : undefined
    if (parts) return parts
    const hour = unit.kind === 'stretch' ? unit.from : unit.hour
    return this.#finish(unit, {
      ...NOTHING_DONE,
      failed: [{ hour, code: outcome.code, message: outcome.message, attempts: 1 }],
    })
  }

  async #finish(unit: Unit, value: WorkDone): Promise<readonly Unit[]> {
    const setAside: FailedHour[] = []
    const again: Unit[] = []
    for (const one of value.failed) {
      const attempts = (this.#attempts.get(one.hour) ?? 0) + 1
      this.#attempts.set(one.hour, attempts)
      if (attempts >= CATCH_UP_LIMITS.attemptsMax) setAside.push(await this.#setAside({ ...one, attempts }))
      else again.push(unit.kind === 'fan-out' ? unit : singleHour(one.hour, unit))
    }
    this.#done = addWork(this.#done, { ...value, failed: setAside })
    if (this.failed.length > CATCH_UP_LIMITS.failedMax) {
      throw new TooManyFailures(this.failed)
    }
    this.#computedInPass += value.hours
    this.#planned = {
      hours: Math.max(0, this.#planned.hours - hoursOfUnit(unit) + again.length),
      bytes: Math.max(0, this.#planned.bytes - unit.bytes),
    }
    this.#report()
    return again
  }

  /** For good in this run. A corrupt hour's files are looked at; while the lake is away, that waits. */
  async #setAside(failure: FailedHour): Promise<FailedHour> {
    const isTold = this.#told++ < CATCH_UP_LIMITS.toldMax
    const message = shortMessage(failure.message, isTold ? undefined : CATCH_UP_LIMITS.fewWords)
    const failed = { ...failure, message }
    if (failure.code !== 'corrupt') return failed
    const { stream } = this.#spec
    for (;;) {
      const { hour } = failed
      const outcome = await this.#slots.run(() => this.#ports.quarantineHour({ stream, hour }))
      if (outcome.ok) {
        const quarantined = outcome.value.files.map(({ path }) => path)
        return isTold && quarantined.length > 0 ? { ...failed, quarantined } : failed
      }
      if (outcome.code !== 'unavailable') return failed
      await this.#wait(outcome.message)
    }
  }

  async #wait(why: string): Promise<void> {
    this.#ports.report(noting({ cause: 'waiting', why }))
    await this.#ports.sleep(CATCH_UP_LIMITS.waitMs)
    this.#ports.report(noting(null))
  }

  #runStretch(unit: Stretch): Promise<Outcome<WorkDone>> {
    const { stream, target } = this.#spec
    const except = this.failed.map(({ hour }) => hour).filter((hour) => hour >= unit.from && hour < unit.until)
    return this.#slots.run(() =>
      this.#ports.computeStretch({ stream, target, from: unit.from, until: unit.until, except }, unit),
    )
  }

  async #runFanOut(unit: Extract<Unit, { kind: 'fan-out' }>): Promise<Outcome<WorkDone>> {
    const { stream, target } = this.#spec
    const { hour } = unit
    const counted = await Promise.all(
      unit.partitions.map((partition) =>
        this.#slots.run(() => this.#ports.countPartition({ stream, target, hour, partition }, unit)),
      ),
    )
    const parts: PartialFile[] = []
    for (const one of counted) {
      if (!one.ok) return one
      parts.push(...one.value)
    }
    return this.#slots.run(() => this.#ports.mergeHour({ stream, target, hour, parts }, unit))
  }

  /** For what nothing can go on without: waits while a service is away, and gives up on everything else. */
  async #patiently<T>(doing: string, call: () => Promise<Outcome<T>>): Promise<T> {
    for (;;) {
      await this.#ports.gate()
      const outcome = await call()
      if (outcome.ok) return outcome.value
      if (outcome.code !== 'unavailable') throw new CatchUpFailed(outcome.code, `${doing}: ${outcome.message}`)
      await this.#wait(outcome.message)
    }
  }
}

function singleHour(hour: HourId, unit: Stretch): Stretch {
  return { kind: 'stretch', from: hour, until: nextHour(hour), hours: 1, bytes: Math.ceil(unit.bytes / unit.hours) }
}

/** The run cannot go on. The workflow makes it an ApplicationFailure with the same code. */
export class CatchUpFailed extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export class TooManyFailures extends CatchUpFailed {
  constructor(failed: readonly FailedHour[]) {
    const example = failed[0]
    super(
      example?.code ?? 'internal',
      `more than ${CATCH_UP_LIMITS.failedMax} hours failed, the first ${example?.hour}: ${example?.message}. Mend what they have in common and start it again: it goes on from here`,
    )
  }
}
