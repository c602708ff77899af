/**
 * Brings the stale sealed hours of a stretch up to date. It looks for itself at what is stale, so a repeated attempt, or a
 * second worker that believes the first to be dead, does nothing twice: that is how it resumes at what is not finished.
 *
 * One hour that cannot be read does not stop the others: it is reported. A service that does not answer does: the attempt
 * fails, and the next one finds what this one has stored.
 */
import { mapBounded } from '../lake/concurrency.ts'
import type { CountOutcome } from '../lake/scan/counters.ts'
import { boardsOf } from '../model/boards.ts'
import { type AppError, isAppError } from '../model/errors.ts'
import type { HourId } from '../model/time.ts'
import { addWork, NOTHING_DONE, type StretchRequest, shortMessage, type WorkDone } from '../model/work.ts'
import { withBeat } from './beat.ts'
import { markStraddling, readFacts, type StaleBoard, staleBoards, storeCounted } from './compute-hour.ts'
import type { BatchDependencies } from './dependencies.ts'
import { type FailurePlace, putFailure } from './ledger.ts'
import { findOwners } from './owners.ts'

const LISTINGS_AT_ONCE = 16
/** A listed file can be gone when it is read, since its hour was compacted meanwhile: the hour is listed again. */
const LOOKS_MAX = 3
/** Storing waits for HDFS, about 15 ms a tally whatever its size: several at once keep the counting threads busy. */
const STORING_AT_ONCE = 8
/** Of an hour's failure, as Temporal carries it: the workflow shortens further when many hours fail. */
const MESSAGE_LENGTH_MAX = 1_000

export function computeStretch(deps: BatchDependencies) {
  return ({ stream, target, from, until, except }: StretchRequest): Promise<WorkDone> =>
    withBeat<WorkDone, WorkDone>(async ({ last, signal, by, tell }) => {
      const owners = await findOwners(deps.views, stream, target)
      const setAside = new Set(except)
      const hours = (await deps.lake.listHours(stream, { from, to: until }, signal)).filter(
        (hour) => !setAside.has(hour),
      )
      const factsOf = await readFacts(deps, stream, owners.editions, hours)
      const known = await deps.views.hours.standings(stream, { from, to: until })
      const look = async (among: readonly HourId[]) => {
        const found = await mapBounded(among, LISTINGS_AT_ONCE, async (hour) => {
          signal.throwIfAborted()
          try {
            return await staleBoards(deps, { stream, hour, owners, factsOf, known: known.get(hour) })
          } catch (error) {
            if (!isAppError(error, 'corrupt')) throw error
            const edition = boardsOf(stream).map((board) => owners.ownerOf(hour, board)?.number)
            refused.push(
              await failedWork(deps, { stream, hour, edition: edition.find((one) => one !== undefined)! }, error),
            )
            return []
          }
        })
        return markStraddling(deps, stream, found.flat())
      }
      const refused: WorkDone[] = []
      let stale = await look(hours)
      // What an earlier attempt has done is current now, but was told as done.
      const before = last?.hours ?? 0
      let done = addWork(last ?? NOTHING_DONE, {
        ...NOTHING_DONE,
        current: Math.max(0, hours.length - new Set(stale.map(({ hour }) => hour)).size - before),
      })
      const finish = (work: WorkDone) => {
        done = addWork(done, work)
        tell(done)
      }
      for (const work of refused.splice(0)) finish(work)
      for (let tries = 1; stale.length > 0; tries += 1) {
        const changed = new Set<HourId>()
        await countAndStore(deps, stale, signal, async (one, outcome) => {
          try {
            if ('error' in outcome) throw outcome.error
            finish(await storeCounted(deps, one, outcome.counted, by, signal))
          } catch (error) {
            if (!isAppError(error)) throw error
            if (error.code === 'not-found' && tries < LOOKS_MAX) changed.add(one.hour)
            else finish(await failedWork(deps, one.request.name, error))
          }
        })
        stale = await look([...changed])
        for (const work of refused.splice(0)) finish(work)
      }
      return done
    })
}

/** Counts on all threads, and stores several at once while others are counted. */
async function countAndStore(
  { counters }: BatchDependencies,
  stale: readonly StaleBoard[],
  signal: AbortSignal,
  store: (one: StaleBoard, outcome: CountOutcome) => Promise<void>,
): Promise<void> {
  const byRequest = new Map(stale.map((one) => [one.request, one]))
  const storing = new Set<Promise<void>>()
  const outcomes =
    stale.length >= counters.threads ? counters.countHours([...byRequest.keys()], { signal }) : eachSpread()
  try {
    for await (const outcome of outcomes) {
      const one = store(byRequest.get(outcome.request)!, outcome)
      const tracked = one.finally(() => storing.delete(tracked))
      storing.add(tracked)
      // Its failure is met by whoever awaits it below.
      tracked.catch(() => {})
      if (storing.size >= STORING_AT_ONCE) await Promise.race(storing)
    }
    await Promise.all(storing)
  } finally {
    await Promise.allSettled(storing)
  }

  /** Fewer hours than threads: each is spread over the threads that are idle. */
  async function* eachSpread(): AsyncGenerator<CountOutcome> {
    for (const request of byRequest.keys()) {
      try {
        yield { request, counted: await counters.countHour(request, { signal }) }
      } catch (error) {
        if (!isAppError(error)) throw error
        yield { request, error }
      }
    }
  }
}

/** An hour that cannot be computed is reported; anything that can go by itself fails the attempt. */
async function failedWork(deps: BatchDependencies, place: FailurePlace, error: AppError): Promise<WorkDone> {
  if (error.retry === 'later' || error.code === 'cancelled') throw error
  const { hour } = place
  deps.logger.error({ hour, code: error.code, ...error.facts }, error.message)
  await putFailure(deps, place, error)
  return {
    ...NOTHING_DONE,
    failed: [{ hour, code: error.code, message: shortMessage(error.message, MESSAGE_LENGTH_MAX), attempts: 1 }],
  }
}
