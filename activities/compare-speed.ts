/**
 * Holds live counting against batch for hours that batch has taken over, just before their speed views are deleted: afterwards
 * nobody can tell any more how much the provisional answers were worth.
 */

import { agreementOf } from '../model/agreement.ts'
import { type BoardName, boardsOf } from '../model/boards.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { mergeTallies } from '../model/tally-merge.ts'
import type { HourId } from '../model/time.ts'
import type { BatchDependencies } from './dependencies.ts'
import { extractorOf, findOwners, type Owners } from './owners.ts'

/** Of 12 slots and some partitions each: some thousand documents in memory. */
const HOURS_AT_ONCE = 24

/** Hours whose speed views are of another extractor than the one that answers cannot be compared, and are left out. */
export async function compareSpeed(
  deps: BatchDependencies,
  stream: StreamName,
  hours: readonly HourId[],
  signal: AbortSignal,
): Promise<void> {
  const owners = await findOwners(deps.views, stream, 'live')
  for (const board of boardsOf(stream)) {
    for (let from = 0; from < hours.length; from += HOURS_AT_ONCE) {
      signal.throwIfAborted()
      await compareSome(deps, stream, board, owners, hours.slice(from, from + HOURS_AT_ONCE))
    }
  }
}

async function compareSome(
  { views, clock }: BatchDependencies,
  stream: StreamName,
  board: BoardName,
  owners: Owners,
  hours: readonly HourId[],
): Promise<void> {
  for (const [edition, own] of Map.groupBy(hours, (hour) => owners.ownerOf(hour, board))) {
    if (!edition) continue
    const extractor = extractorOf(edition, board)
    const [batch, speed] = await Promise.all([
      views.batch.get({ stream, board, edition: edition.number, hours: own }),
      views.speed.get({ stream, board, extractor, hours: own }),
    ])
    const bySpeed = Map.groupBy(speed, ({ hour }) => hour)
    const at = clock()
    const measured = batch.flatMap((view) => {
      const documents = bySpeed.get(view.hour)
      if (!documents) return []
      const agreement = agreementOf(view, mergeTallies(documents.map((tally) => ({ tally }))))
      return [{ ...agreement, stream, board, hour: view.hour, edition: edition.number, extractor, at }]
    })
    if (measured.length > 0) await views.hours.putAgreements(measured)
  }
}
