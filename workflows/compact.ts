/**
 * Makes few files of many small ones, hour by hour. The engine is the one of batch work (catch-up.ts): what it finds "stale" here are
 * sealed hours with small files. Views are not touched: an hour's digest stays what it was (lake/listing.ts).
 */
import { continueAsNew } from '@temporalio/workflow'
import {
  addTotals,
  type CompactDone,
  type CompactPlanRequest,
  type CompactResult,
  type CompactTotals,
  NO_TOTALS,
} from '../model/compaction.ts'
import { type CompactRequest, parseCompact } from '../model/requests.ts'
import { noting } from '../model/run-note.ts'
import { compacting, outcomeOf } from './activities.ts'
import { CatchUp, type CatchUpPorts, type CatchUpState, type Outcome } from './catch-up.ts'
import { checked, orFail, Run } from './run.ts'

interface Carried {
  readonly state: CatchUpState
  readonly totals: CompactTotals
  readonly bytesAfter: number
}

/** Each reads and writes; more would only queue at the NameNode, and hold memory in the workers. */
const IN_FLIGHT_MAX = 8

/** @returns what was compacted, or would be with `dryRun` */
export async function compact(input?: unknown, carried?: Carried): Promise<CompactResult> {
  const request = checked(() => parseCompact(input))
  const { stream, since, until, dryRun } = request
  const run = new Run('compact', stream)
  run.report({ phase: 'compacting' })
  if (dryRun) return listAll(request, run)

  let { totals, bytesAfter } = carried ?? { totals: NO_TOTALS, bytesAfter: 0 }
  const ports: CatchUpPorts = {
    ...run.ports(3),
    plan: ({ from, except }) => planPage({ stream, from, until, except }),
    async computeStretch({ from, until: end, except }, unit) {
      const outcome: Outcome<CompactDone> = await outcomeOf(() =>
        compacting.hours({ stream, from, until: end, except }, unit),
      )
      if (!outcome.ok) return outcome
      totals = addTotals(totals, outcome.value.totals)
      bytesAfter += outcome.value.bytesAfter
      run.report(noting({ cause: 'files-joined', files: totals.files, into: totals.into }))
      return { ok: true, value: outcome.value.done }
    },
  }
  const spec = {
    stream,
    target: 'live',
    from: since,
    passesMax: 1,
    inFlightMax: IN_FLIGHT_MAX,
    phase: 'compacting',
  } as const
  const engine = new CatchUp(ports, spec, carried?.state)
  const ended = await orFail(() => engine.run())
  if (ended === 'yield') {
    await continueAsNew<typeof compact>(input, { state: engine.state, totals, bytesAfter })
  }
  run.report({ phase: 'done' })
  const { records, failed } = engine.state.done
  return { stream, dryRun, ...totals, bytesAfter, records, failed }
}

/** Reads listings only. */
async function listAll({ stream, since, until, dryRun }: CompactRequest, run: Run): Promise<CompactResult> {
  let totals = NO_TOTALS
  for (let from = since; ; ) {
    const page = await compacting.plan({ stream, from, until, except: [] })
    totals = addTotals(totals, page.totals)
    run.report({ hoursPlanned: totals.hours, bytesPlanned: totals.bytesBefore, hoursAhead: page.ahead })
    from = page.next
    if (from === null) break
  }
  run.report({ phase: 'done' })
  return { stream, dryRun, ...totals, bytesAfter: null, records: 0, failed: [] }
}

function planPage(request: CompactPlanRequest) {
  return outcomeOf(async () => ({ ...(await compacting.plan(request)), open: 0 }))
}
