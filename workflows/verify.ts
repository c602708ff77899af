/**
 * Reads the whole lake against its commit log, Kafka, the ledger and the views (model/verify.ts has what it can find). Each night by
 * its schedule, hours page by page: a worker that dies costs a page. What it finds is a problem of the ledger until it is mended.
 */
import { continueAsNew, workflowInfo } from '@temporalio/workflow'
import { parseVerify } from '../model/requests.ts'
import type { HourId } from '../model/time.ts'
import {
  addCounts,
  DAMAGES_KEPT,
  type Damage,
  NOTHING_VERIFIED,
  type Verification,
  type VerifyCounts,
} from '../model/verify.ts'
import { NOTHING_DONE } from '../model/work.ts'
import { verifying } from './activities.ts'
import { checked, Run } from './run.ts'

interface Carried {
  readonly at: number
  readonly from: HourId | null
  readonly counts: VerifyCounts
  readonly found: number
  readonly damages: readonly Damage[]
}

/** @returns what it found; of the damages the first ones */
export async function verify(input?: unknown, carried?: Carried): Promise<Omit<Verification, 'ms'>> {
  const request = checked(() => parseVerify(input))
  const { stream, deep } = request
  const run = new Run('verify', stream)
  run.report({ phase: 'verifying' })
  let state: Carried = carried ?? {
    at: workflowInfo().startTime.getTime(),
    from: request.since,
    counts: NOTHING_VERIFIED,
    found: 0,
    damages: [],
  }
  const add = (damages: readonly Damage[], counts = NOTHING_VERIFIED) => {
    state = {
      ...state,
      counts: addCounts(state.counts, counts),
      found: state.found + damages.length,
      damages: [...state.damages, ...damages].slice(0, DAMAGES_KEPT),
    }
  }
  if (!carried) add((await verifying.verifyLog({ stream })).damages)
  for (;;) {
    const page = await verifying.verifyHours({ ...request, since: state.from })
    add(page.damages, page.counts)
    const { hours, records, bytes } = state.counts
    run.report({ hoursAhead: page.ahead, cursor: page.next, done: { ...NOTHING_DONE, hours, records, bytes } })
    if (page.next === null) break
    state = { ...state, from: page.next }
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof verify>(input, state)
  }
  add((await verifying.verifyTallies(request)).damages)
  const { at, counts, found, damages } = state
  const result = { stream, at, deep, counts, found, damages }
  // A part of the lake says nothing of the rest: only a look at all replaces what the last one found.
  if (request.since === null && request.until === null) await verifying.keepVerification(result)
  run.report({ phase: 'done' })
  return result
}
