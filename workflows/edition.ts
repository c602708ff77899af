/**
 * Building an edition beside the live one, for recompute and rebuild: compute its hours, catch up with what closed meanwhile,
 * then publish it as one atomic write, or hold it for a person.
 *
 * Invariants: nothing is published with a failed hour; a run that ends in any other way leaves an edition that no reader
 * sees (held, rejected or failed); starting again finds the edition by its workflow id and computes only what is missing.
 */
import {
  CancellationScope,
  ContinueAsNew,
  condition,
  type continueAsNew,
  defineUpdate,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import { boardsOf } from '../model/boards.ts'
import { describeReason, describeRequest } from '../model/describe-request.ts'
import { changing } from '../model/edition-change.ts'
import type { EditionState } from '../model/editions.ts'
import { describeFailures } from '../model/progress.ts'
import type { EditionRequest } from '../model/requests.ts'
import { noting } from '../model/run-note.ts'
import { shortText } from '../model/short-text.ts'
import { hourStart } from '../model/time.ts'
import { type Built, type FailedHour, NOTHING_DONE, type OpenedEdition, type WorkDone } from '../model/work.ts'
import { searchAttributes } from '../temporal/names.ts'
import { decisions, ending } from './activities.ts'
import { CatchUp, type CatchUpState } from './catch-up.ts'
import { orFail, type Pausing, Run } from './run.ts'

export interface EditionResult {
  readonly edition: number
  readonly parent: number | null
  readonly state: 'live' | 'held' | 'rejected' | 'cancelled'
  readonly done: WorkDone
  /** Hours set aside, with their reasons: starting the same again computes only these. */
  readonly failed: readonly FailedHour[]
  /** Why it was not published, or what is wrong with it all the same, for people; null when it is live and complete. */
  readonly why: string | null
}

export interface Decision {
  readonly publish: boolean
  readonly by: string
  readonly why: string
}

/** What a run that continues as new passes on. */
export interface Carried {
  readonly opened: OpenedEdition
  readonly state: CatchUpState
  readonly decision: Decision | null
  readonly pausing: Pausing
}

export const publishUpdate = defineUpdate<string, [{ by?: string }?]>('publish')
export const rejectUpdate = defineUpdate<string, [{ by?: string; reason?: string }?]>('reject')
/** As Temporal's own cancelling, but it says who and why. */
export const cancelUpdate = defineUpdate<string, [{ by?: string; reason?: string }?]>('cancel')

/** While it is held it stays up to date, at this interval. */
const HELD_CATCH_UP = '10 minutes'
/** Each pass computes what closed during the one before, so a few are always enough unless hours fill faster than they count. */
const PASSES_MAX = 50

export async function buildEdition(
  request: EditionRequest,
  carried: Carried | undefined,
  goOn: (carried: Carried) => ReturnType<typeof continueAsNew>,
): Promise<EditionResult> {
  const { stream } = request
  const run = new Run(request.kind, stream, carried?.pausing)
  // Static summary and details are the starter's, and end with a run that continues as new: this is there always.
  run.report({ about: `${describeRequest(request)}, ${describeReason(request)}` })
  const work = new CancellationScope()
  let decision: Decision | null = carried?.decision ?? null
  let cancelled = null as Omit<Decision, 'publish'> | null
  setHandler(publishUpdate, (told) => {
    decision = { publish: true, by: byOf(told), why: '' }
    return `it is published when it is up to date${run.pausing.now ? ', but it is paused: resume it' : ''}`
  })
  setHandler(rejectUpdate, (told) => {
    decision = { publish: false, by: byOf(told), why: whyOf(told) }
    return 'rejected'
  })
  setHandler(cancelUpdate, (told) => {
    cancelled = { by: byOf(told), why: whyOf(told) }
    work.cancel()
    return 'cancelled: what it has computed is deleted'
  })

  const opened = carried?.opened ?? (await open(request))
  const { edition } = opened
  describe(request, opened)
  run.report({ edition })

  let state = carried?.state
  const done = () => state?.done ?? NOTHING_DONE
  const catchUp = async () => {
    const { newestFirst, concurrency } = request
    const limits = { passesMax: PASSES_MAX, newestFirst, inFlightMax: concurrency ?? undefined }
    const engine = new CatchUp(run.ports(3), { stream, target: edition, from: opened.since, ...limits }, state)
    const ended = await orFail(() => engine.run())
    state = engine.state
    if (ended === 'yield') await goOn({ opened, state, decision, pausing: run.pausing })
    return engine
  }
  /** What a run that has done it all, at one go, can tell of such work. */
  const built = (): { readonly built?: Built } => {
    const { hours, records, bytes } = done()
    return hours === 0 || opened.resumed || run.pausing.ever
      ? {}
      : { built: { hours, records, bytes, since: opened.at } }
  }
  const result = (end: Pick<EditionResult, 'state' | 'why'>): EditionResult => {
    run.report({ phase: 'done', ...noting(end.why === null ? null : { cause: 'ended', why: end.why }) })
    return { edition, parent: opened.parent, done: done(), failed: done().failed, ...end }
  }

  try {
    return await work.run(buildAndDecide)
  } catch (error) {
    // continueAsNew ends a run by throwing; that is no failure.
    if (error instanceof ContinueAsNew) throw error
    if (!isCancellation(error)) {
      const why = error instanceof Error ? error.message : String(error)
      await ending.abandonEdition({ stream, edition, state: 'failed', by: 'tendance', why })
      throw error
    }
    const by = cancelled?.by ?? 'tendance'
    const why = cancelled?.why ?? 'its run was cancelled'
    const { state: found } = await CancellationScope.nonCancellable(async () => {
      run.report({ phase: 'cleaning', ...noting({ cause: 'deleting' }) })
      await run.quiet()
      return await ending.abandonEdition({ stream, edition, state: 'cancelled', by, why })
    })
    if (!cancelled) throw error
    const told = `cancelled by ${by}: ${why}`
    return found === 'live'
      ? result({ state: 'live', why: `${told}. But readers saw it already: tendance rollback` })
      : result({ state: 'cancelled', why: told })
  }

  async function buildAndDecide(): Promise<EditionResult> {
    let mustHold = request.hold && !opened.live
    for (;;) {
      const { failed } = await catchUp()
      if (decision?.publish === false) return reject(decision)
      if (failed.length > 0) return hold(`${failed.length} of its hours failed: ${describeFailures(failed)}`)
      if (mustHold && !decision) {
        const why = changing({ cause: 'to-be-decided' })
        const { state: found } = await decisions.holdEdition({ stream, edition, ...why, ...built() })
        if (found !== 'held') return decidedElsewhere(found)
        run.report({ phase: 'held', ...noting({ cause: 'to-be-decided', edition }) })
        await condition(() => decision !== null, HELD_CATCH_UP)
        continue
      }
      mustHold = false
      run.report({ phase: 'publishing' })
      const by = decision?.by ?? request.by
      const outcome = await decisions.publishEdition({ stream, edition, by, ...built() })
      if (outcome.refused) return hold(outcome.refused)
      // An hour that was sealed between the last look and the publishing is in no view of this edition yet.
      await catchUp()
      return result({ state: 'live', why: null })
    }
  }

  async function hold(why: string): Promise<EditionResult> {
    const { state: found } = await decisions.holdEdition({ stream, edition, why })
    return found === 'held' || found === 'live' ? result({ state: found, why }) : decidedElsewhere(found)
  }

  /** Somebody published or rejected it past this run. */
  function decidedElsewhere(found: EditionState): EditionResult {
    return found === 'live'
      ? result({ state: 'live', why: null })
      : result({ state: 'rejected', why: `it is ${found}` })
  }

  async function reject({ by, why }: Decision): Promise<EditionResult> {
    await ending.abandonEdition({ stream, edition, state: 'rejected', by, why })
    return result({ state: 'rejected', why: `rejected by ${by}: ${why}` })
  }
}

function open(request: EditionRequest): Promise<OpenedEdition> {
  const { stream, kind, since, until, boards, extractors, keepMs, reason, by } = request
  const { workflowId, runId } = workflowInfo()
  const asked = { stream, kind, since, until, boards, extractors, keepMs, reason, by }
  return decisions.openEdition({ ...asked, workflowId, token: `${workflowId}/${runId}` })
}

function describe(request: EditionRequest, opened: OpenedEdition): void {
  upsertSearchAttributes([
    { key: searchAttributes.edition, value: opened.edition },
    {
      key: searchAttributes.board,
      value: [...(request.boards ?? boardsOf(request.stream))],
    },
    ...(opened.since ? [{ key: searchAttributes.since, value: new Date(hourStart(opened.since)) }] : []),
  ])
}

interface Told {
  readonly by?: string
  readonly reason?: string
}

/** As long as what Temporal carries from one run to the next can be: anybody can send an update with a megabyte of reasons. */
function byOf(told: Told | undefined): string {
  return shortText(told?.by ?? 'somebody', 200)
}

function whyOf(told: Told | undefined): string {
  return shortText(told?.reason ?? 'no reason given', 1_000)
}
