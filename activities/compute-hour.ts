/**
 * Brings one hour up to date: count, write the full tally to the lake, then the view document that names it, so that a reader
 * never sees a view without its tally. The digest of the listing stands in both. Absolute and idempotent: done twice, the same.
 */
import type { BoardName } from '../model/boards.ts'
import type { Edition } from '../model/editions.ts'
import { assert } from '../model/errors.ts'
import { isStale } from '../model/plan.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { NOTHING_DONE, type WorkDone } from '../model/work.ts'
import type { BatchDependencies, Counts, HourListing } from './dependencies.ts'
import { boardsOf, extractorOf } from './owners.ts'

export interface HourToCompute {
  readonly stream: StreamName
  readonly hour: HourId
  readonly edition: Edition
  readonly listing: HourListing
}

/** Counts the whole hour in this worker. @throws AppError `corrupt` with the file that cannot be read */
export async function computeHour<C extends Counts>(
  deps: BatchDependencies<C>,
  { stream, hour, edition, listing }: HourToCompute,
  by: string,
  signal: AbortSignal,
): Promise<WorkDone> {
  return storeHour(deps, { stream, hour, edition, listing }, by, (_board, extractor) =>
    deps.counting.count(stream, hour, listing.files, extractor, signal),
  )
}

/** Stores what `countsOf` gives for each board that is stale. Amends the seal when late records came since. */
export async function storeHour<C extends Counts>(
  deps: BatchDependencies<C>,
  { stream, hour, edition, listing }: HourToCompute,
  by: string,
  countsOf: (board: BoardName, extractor: string) => Promise<C>,
): Promise<WorkDone> {
  const { digest } = listing
  let done: WorkDone = { ...NOTHING_DONE, current: 1 }
  for (const board of boardsOf(stream)) {
    const extractor = extractorOf(edition, board)
    const [before] = await deps.views.batch.facts({ stream, board, edition: edition.number, hours: [hour] })
    if (!isStale(before, digest, extractor)) continue
    const counts = await countsOf(board, extractor)
    const columns = deps.counting.columnsOf(counts)
    assert(columns.records === counts.records, 'a tally has as many records as were counted', { hour, board })
    const tallyPath = await deps.counting.writeTally(
      { stream, board, edition: edition.number, hour, extractor, digest },
      counts,
    )
    const more = before === undefined ? 0 : columns.records - before.records
    const at = deps.clock()
    await deps.views.batch.put({
      ...columns,
      stream,
      board,
      edition: edition.number,
      hour,
      extractor,
      copies: counts.copies,
      digest,
      files: listing.files.length,
      bytes: listing.bytes,
      tallyPath,
      computedAt: at,
      by,
      amendments: [...(before?.amendments ?? []), ...(more > 0 ? [{ at, records: more }] : [])],
    })
    done = {
      ...done,
      hours: 1,
      current: 0,
      // Boards of one hour count the same records, read once each.
      records: counts.records,
      copies: counts.copies,
      bytes: done.bytes + listing.bytes,
      amended: more > 0 ? 1 : done.amended,
    }
    if (more > 0) deps.logger.info({ stream, hour, board, edition: edition.number, records: more }, 'amended')
  }
  await sealAgain(deps, stream, hour, digest)
  return done
}

/** `_SEALED` tells other programs what a complete hour holds: late files change that. */
async function sealAgain<C extends Counts>(
  deps: BatchDependencies<C>,
  stream: StreamName,
  hour: HourId,
  digest: string,
): Promise<void> {
  const seal = await deps.lake.readSeal(stream, hour)
  if (!seal || seal.digest === digest) return
  const ledger = await deps.lake.sealHour(stream, hour, seal.sealedAt)
  await deps.views.hours.put([{ ...ledger, updatedAt: deps.clock() }])
}
