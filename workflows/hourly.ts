/** Seals what is complete, computes every stale sealed hour of the live history, then cleans up after it. Heals by itself. */
import { continueAsNew } from '@temporalio/workflow'
import { parseHourly } from '../model/requests.ts'
import { noting } from '../model/run-note.ts'
import { STREAM_NAMES, type StreamName } from '../model/streams/stream.ts'
import { type CleanResult, NOTHING_DONE, type SealResult, type WorkDone } from '../model/work.ts'
import { cleaning, decisions, sealing } from './activities.ts'
import { CatchUp, type CatchUpState } from './catch-up.ts'
import { checked, orFail, Run } from './run.ts'

export interface HourlyResult {
  readonly stream: StreamName
  readonly edition: number
  readonly seal: SealResult
  readonly done: WorkDone
  readonly cleaned: CleanResult
}

interface Carried {
  readonly finished: readonly HourlyResult[]
  readonly edition: number
  readonly seal: SealResult
  readonly state: CatchUpState
}

/** @returns what was done, a stream each */
export async function hourly(input?: unknown, carried?: Carried): Promise<readonly HourlyResult[]> {
  const request = checked(() => parseHourly(input))
  const streams = request.stream ? [request.stream] : STREAM_NAMES
  const results = [...(carried?.finished ?? [])]
  let resume = carried
  for (const stream of streams.slice(results.length)) {
    const run = new Run('hourly', stream)
    run.report({ phase: 'sealing', done: resume?.state.done ?? NOTHING_DONE })
    const edition = resume?.edition ?? (await decisions.ensureFirstEdition({ stream })).edition
    run.report({ edition })
    const seal = resume?.seal ?? (await sealing.sealHours({ stream }))
    if (seal.behind) run.report(noting({ cause: 'not-sealing', why: seal.behind }))
    const catchUp = new CatchUp(run.ports(1), { stream, target: 'live', from: null, passesMax: 1 }, resume?.state)
    resume = undefined
    if ((await orFail(() => catchUp.run())) === 'yield') {
      await continueAsNew<typeof hourly>(input, { finished: results, edition, seal, state: catchUp.state })
    }
    run.report({ phase: 'cleaning' })
    const cleaned = await cleaning.cleanSpeed({ stream, dryRun: false })
    run.report({ phase: 'done' })
    results.push({ stream, edition, seal, done: catchUp.state.done, cleaned })
  }
  return results
}
