/**
 * Brings the stale sealed hours of a stretch up to date, several at once when they are small. It looks for itself at what is
 * stale, so a repeated attempt, or a second worker that believes the first to be dead, does nothing twice.
 *
 * One hour that cannot be read does not stop the others: it is reported. A service that does not answer does: the attempt
 * fails and the next goes on behind the hours whose beat was told.
 */

import { mapBounded } from '../lake/concurrency.ts'
import { isAppError } from '../model/errors.ts'
import { type HourId, nextHour } from '../model/time.ts'
import { addWork, NOTHING_DONE, type StretchRequest, type WorkDone } from '../model/work.ts'
import { withBeat } from './beat.ts'
import { computeHour } from './compute-hour.ts'
import type { BatchDependencies, Counts } from './dependencies.ts'
import { findOwners } from './owners.ts'

/** Tiny hours wait for services, not for cores: eight at once. What is counted at once is bounded by the counting threads. */
const HOURS_AT_ONCE = 8

interface Told {
  /** The first hour that is not finished. */
  readonly next: HourId
  readonly done: WorkDone
}

export function computeStretch<C extends Counts>(deps: BatchDependencies<C>) {
  return ({ stream, target, from, until, except }: StretchRequest): Promise<WorkDone> =>
    withBeat<Told, WorkDone>(async ({ last, signal, by, tell }) => {
      const owners = await findOwners(deps.views, stream, target)
      const setAside = new Set(except)
      const listed = await deps.lake.listHours(stream, { from: last?.next ?? from, until }, signal)
      const hours = listed.filter((hour) => !setAside.has(hour))
      // Told only up to the first unfinished hour: later ones that are finished are found to be current by the next attempt.
      const finished: (WorkDone | undefined)[] = new Array(hours.length)
      let told = 0
      let done = last?.done ?? NOTHING_DONE
      const finish = (index: number, work: WorkDone) => {
        finished[index] = work
        for (let one = finished[told]; one; one = finished[told]) {
          done = addWork(done, one)
          told += 1
        }
        tell({ next: hours[told] ?? nextHour(hours.at(-1)!), done })
      }
      await mapBounded(hours, HOURS_AT_ONCE, async (hour, index) => {
        signal.throwIfAborted()
        const edition = owners.ownerOf(hour)
        if (!edition || !(await deps.lake.readSeal(stream, hour))) return finish(index, NOTHING_DONE)
        const listing = await deps.lake.listHour(stream, hour, signal)
        if (listing.files.length === 0) return finish(index, NOTHING_DONE)
        try {
          finish(index, await computeHour(deps, { stream, hour, edition, listing }, by, signal))
        } catch (error) {
          if (!isAppError(error) || error.retry === 'later' || error.code === 'cancelled') throw error
          deps.logger.error({ stream, hour, code: error.code, ...error.facts }, error.message)
          const failed = { hour, code: error.code, message: error.message, attempts: 1 }
          finish(index, { ...NOTHING_DONE, failed: [failed] })
        }
      })
      return done
    })
}
