/** Views of the live history that name a full tally which is not in the lake: ranges over them cannot be proven exact. */
import { mapBounded } from '../lake/concurrency.ts'
import type { FileStore } from '../lake/file-store.ts'
import type { HourRange } from '../lake/hour-dirs.ts'
import { boardsOf } from '../model/boards.ts'
import { editionOfHour } from '../model/editions.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, nextHour } from '../model/time.ts'
import type { Damage } from '../model/verify.ts'
import type { Views } from '../views/views.ts'

/** HDFS lists a directory in about a millisecond. */
const LOOKS_AT_ONCE = 16
const HOURS_A_READ = 2_000

/** Of the hours of the range that the live history has. */
export async function findLostTallies(
  { views, store }: { readonly views: Pick<Views, 'batch' | 'editions'>; readonly store: FileStore },
  stream: StreamName,
  range: HourRange,
  signal?: AbortSignal,
): Promise<readonly Damage[]> {
  // Before there is a live edition nothing is promised to be exact.
  const chain = (await views.editions.chain(stream))?.chain ?? []
  const damages: Damage[] = []
  for (const board of boardsOf(stream)) {
    for (const { number: edition } of chain) {
      const span = { ...(range.from ? { from: range.from } : {}), ...(range.to ? { to: range.to } : {}) }
      const known = await views.batch.digests({ stream, board, edition, ...span })
      const hours = [...known.keys()].filter((hour) => editionOfHour(chain, hour, board)?.number === edition)
      for (let at = 0; at < hours.length; at += HOURS_A_READ) {
        signal?.throwIfAborted()
        const facts = await views.batch.facts({ stream, board, edition, hours: hours.slice(at, at + HOURS_A_READ) })
        const lost = await mapBounded(facts, LOOKS_AT_ONCE, async ({ hour, tallyPath, records }) =>
          (await store.stat(tallyPath)) ? [] : [lostTally(hour, tallyPath, records)],
        )
        damages.push(...lost.flat())
      }
    }
  }
  return damages
}

function lostTally(hour: HourId, path: string, records: number): Damage {
  const what = `the full tally ${path} is not there, which the view of the hour names: ranges over it cannot be proven exact`
  const todo = `'tendance recompute --since ${hour}Z --until ${nextHour(hour)}Z --reason "a lost tally"' makes it anew`
  return { kind: 'tally-lost', path, hour, records, what, todo }
}
