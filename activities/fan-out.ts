/**
 * A large hour over several workers: each partition is counted into a temporary file, then one activity adds them up. A copy
 * of a record has its key, so it is in the same partition: counting copies once a partition is exact. An hour that straddles a change
 * of the number of partitions (model/generations.ts) is never fanned out.
 *
 * Boundary: a part is merged only with parts of the same listing; the listing's digest is in its name. Parts that a crash
 * leaves behind are temporary files like others, and are swept by age.
 */
import { writeWhole } from '../lake/temporary-files.ts'
import { termLengthMaxOf } from '../model/boards.ts'
import { AppError, isAppError } from '../model/errors.ts'
import { type HourId, nextHour } from '../model/time.ts'
import type { MergeRequest, PartialFile, PartitionRequest, WorkDone } from '../model/work.ts'
import { addWork, NOTHING_DONE } from '../model/work.ts'
import { withBeat } from './beat.ts'
import { markStraddling, readFacts, type StaleBoard, staleBoards, storeCounted } from './compute-hour.ts'
import type { BatchDependencies } from './dependencies.ts'
import { type FailurePlace, putFailure } from './ledger.ts'
import { findOwners } from './owners.ts'

async function staleOf(
  deps: BatchDependencies,
  { stream, target, hour }: PartitionRequest | MergeRequest,
): Promise<readonly StaleBoard[]> {
  const owners = await findOwners(deps.views, stream, target)
  const factsOf = await readFacts(deps, stream, owners.editions, [hour])
  const known = (await deps.views.hours.standings(stream, { from: hour, to: nextHour(hour) })).get(hour)
  const stale = await markStraddling(deps, stream, await staleBoards(deps, { stream, hour, owners, factsOf, known }))
  if (stale.some(({ request }) => request.acrossPartitions)) {
    throw new AppError(
      'conflict',
      `hour ${hour} straddles a change of the number of partitions that was noticed after it was planned: it is planned again`,
      { facts: { hour } },
    )
  }
  return stale
}

export function countPartition(deps: BatchDependencies) {
  return (request: PartitionRequest): Promise<readonly PartialFile[]> =>
    withBeat(async ({ signal, by }) => {
      const { stream, partition } = request
      const parts: PartialFile[] = []
      for (const { board, request: whole, listing } of await staleOf(deps, request)) {
        const { name } = whole
        const tmpDir = deps.layout.tmpDir(stream)
        const file = `${name.edition}-${name.hour}-${board}-${name.extractor}-${partition}-${name.digest.slice(0, 16)}-${termLengthMaxOf(board)}`
        const path = `${tmpDir}/parts/${file}`
        // An attempt before this one may have counted it.
        if (!(await deps.store.stat(path))) {
          const files = whole.files.filter((one) => one.partition === partition)
          const counted = await deps.counters
            .countPartitions({ name, files }, { signal })
            .catch((error: unknown) => noteFailure(deps, name, error))
          const { hour, edition } = name
          deps.logger.debug({ stream, hour, board, edition, partition, records: counted.records, by }, 'counted')
          const unique = `${deps.writer}/part-${by.replaceAll(/[^\w.@#-]/g, '_')}-${file}`
          await writeWhole(deps.store, path, [counted.file], { tmpDir, unique, signal }).catch(unlessThere)
        }
        parts.push({ board, partition, path, digest: listing.digest })
      }
      return parts
    })
}

/** What will not go by itself is in the ledger, for those who look there. */
async function noteFailure(deps: BatchDependencies, place: FailurePlace, error: unknown): Promise<never> {
  if (isAppError(error, 'not-found')) throw changed(place.hour, error)
  if (isAppError(error) && error.retry === 'never' && error.code !== 'cancelled') await putFailure(deps, place, error)
  throw error
}

/** A listed file is gone: its hour was compacted. The next pass sees the hour as it is by then. */
function changed(hour: HourId, cause: AppError): AppError {
  return new AppError('conflict', `hour ${hour} changed while it was counted: ${cause.message}`, {
    cause,
    facts: { hour },
  })
}

/** Somebody else counted the same: the same files give the same part. */
function unlessThere(error: unknown): void {
  if (!isAppError(error, 'exists')) throw error
}

export function mergeHour(deps: BatchDependencies) {
  return (request: MergeRequest): Promise<WorkDone> =>
    withBeat(async ({ by, signal }) => {
      const { hour, parts } = request
      let done: WorkDone = NOTHING_DONE
      const stale = await staleOf(deps, request)
      for (const one of stale) {
        const { digest, files } = one.listing
        const own = parts.filter(({ board }) => board === one.board)
        const partitions = new Set(files.map(({ partition }) => partition))
        if (own.length !== partitions.size || own.some((part) => part.digest !== digest)) {
          throw new AppError('conflict', `hour ${hour} got files while it was counted: it is counted again`, {
            facts: { hour, digest },
          })
        }
        const read = await Promise.all(own.map(async ({ path }) => ({ path, file: await readPart(deps, path) })))
        const counted = await deps.counters.mergeParts(one.request.name, read, { signal })
        done = addWork(done, await storeCounted(deps, one, counted, by, signal))
      }
      for (const { path } of parts) await deps.store.delete(path)
      return stale.length === 0 ? { ...NOTHING_DONE, current: 1 } : { ...done, hours: 1 }
    })
}

async function readPart({ store }: BatchDependencies, path: string): Promise<Uint8Array> {
  try {
    return await store.read(path)
  } catch (error) {
    if (!isAppError(error, 'not-found')) throw error
    throw new AppError('conflict', `the counts at ${path} are gone: the hour is counted again`, {
      cause: error,
      facts: { path },
    })
  }
}
