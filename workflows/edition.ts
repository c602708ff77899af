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
import type { EditionState } from '../model/editions.ts'
import { describeFailures } from '../model/progress.ts'
import type { EditionRequest } from '../model/requests.ts'
import { hourStart } from '../model/time.ts'
import type { FailedHour, OpenedEdition, WorkDone } from '../model/work.ts'
import { searchAttributes } from '../temporal/names.ts'
import { decisions } from './activities.ts'
import { CatchUp, type CatchUpState } from './catch-up.ts'
import { orFail, Run } from './run.ts'

export interface EditionResult {
  readonly edition: number
  readonly parent: number | null
  readonly state: 'live' | 'held' | 'rejected'
  readonly done: WorkDone
  /** Hours set aside, with their reasons: starting the same again computes only these. */
  readonly failed: readonly FailedHour[]
  /** Why it was not published, for people; null when it was. */
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
}

export const publishUpdate = defineUpdate<string, [{ by?: string }?]>('publish')
export const rejectUpdate = defineUpdate<string, [{ by?: string; reason?: string }?]>('reject')

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
  const run = new Run(request.kind, stream)
  let decision: Decision | null = carried?.decision ?? null
  setHandler(publishUpdate, (by) => {
    decision = { publish: true, by: by?.by ?? 'somebody', why: '' }
    return 'it is published when it is up to date'
  })
  setHandler(rejectUpdate, (by) => {
    decision = { publish: false, by: by?.by ?? 'somebody', why: by?.reason ?? 'rejected' }
    return 'rejected'
  })

  const opened = carried?.opened ?? (await open(request))
  const { edition } = opened
  describe(request, opened)
  run.report({ edition })

  let state = carried?.state
  const catchUp = async () => {
    const engine = new CatchUp(
      run.ports(3),
      { stream, target: edition, from: opened.since, passesMax: PASSES_MAX },
      state,
    )
    const ended = await orFail(() => engine.run())
    state = engine.state
    if (ended === 'yield') await goOn({ opened, state, decision })
    return engine
  }
  const result = (end: Pick<EditionResult, 'state' | 'why'>): EditionResult => {
    run.report({ phase: 'done', note: end.why ?? '' })
    const done = state!.done
    return { edition, parent: opened.parent, done, failed: done.failed, ...end }
  }

  try {
    let mustHold = request.hold && !opened.live
    for (;;) {
      const { failed } = await catchUp()
      if (decision?.publish === false) return await reject(decision)
      if (failed.length > 0) {
        return hold(`not published, as ${failed.length} of its hours failed: ${describeFailures(failed)}`)
      }
      if (mustHold && !decision) {
        const { state: found } = await decisions.holdEdition({ stream, edition, why: 'waits for a person' })
        if (found !== 'held') return decidedElsewhere(found)
        run.report({ phase: 'held', note: `compare it, then publish or reject it: tendance publish ${edition}` })
        await condition(() => decision !== null, HELD_CATCH_UP)
        continue
      }
      mustHold = false
      run.report({ phase: 'publishing' })
      const by = decision?.by ?? request.by
      const outcome = await decisions.publishEdition({ stream, edition, by })
      if (outcome.refused) return hold(outcome.refused)
      // An hour that was sealed between the last look and the publishing is in no view of this edition yet.
      await catchUp()
      return result({ state: 'live', why: null })
    }
  } catch (error) {
    // continueAsNew ends a run by throwing; that is no failure.
    if (error instanceof ContinueAsNew) throw error
    const cancelled = isCancellation(error)
    const why = cancelled ? 'cancelled' : `the run failed: ${error instanceof Error ? error.message : String(error)}`
    await CancellationScope.nonCancellable(() => decisions.abandonEdition({ stream, edition, state: 'failed', why }))
    throw error
  }

  async function hold(why: string): Promise<EditionResult> {
    await decisions.holdEdition({ stream, edition, why })
    return result({ state: 'held', why })
  }

  /** Somebody published or rejected it past this run. */
  function decidedElsewhere(found: EditionState): EditionResult {
    return found === 'live'
      ? result({ state: 'live', why: null })
      : result({ state: 'rejected', why: `it is ${found}` })
  }

  async function reject({ by, why }: Decision): Promise<EditionResult> {
    const reason = `rejected by ${by}: ${why}`
    await decisions.abandonEdition({ stream, edition, state: 'rejected', why: reason })
    return result({ state: 'rejected', why: reason })
  }
}

function open(request: EditionRequest): Promise<OpenedEdition> {
  const { stream, kind, since, until, extractors, reason, by } = request
  const { workflowId, runId } = workflowInfo()
  return decisions.openEdition({
    stream,
    kind,
    since,
    until,
    extractors,
    reason,
    by,
    workflowId,
    token: `${workflowId}/${runId}`,
  })
}

function describe(request: EditionRequest, opened: OpenedEdition): void {
  upsertSearchAttributes([
    { key: searchAttributes.edition, value: opened.edition },
    { key: searchAttributes.board, value: Object.keys(request.extractors) },
    ...(opened.since ? [{ key: searchAttributes.since, value: new Date(hourStart(opened.since)) }] : []),
  ])
}
