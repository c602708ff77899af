/**
 * A large hour over several workers: each partition is counted into a scratch file, then one activity adds them up. A copy of
 * a record has its key, so it is in the same partition: counting copies once a partition is exact.
 *
 * Boundary: a scratch file is read only by the merge of the same listing; its digest is in its name.
 */
import { AppError } from '../model/errors.ts'
import type { MergeRequest, PartialFile, PartitionRequest, WorkDone } from '../model/work.ts'
import { withBeat } from './beat.ts'
import { storeHour } from './compute-hour.ts'
import type { BatchDependencies, Counts } from './dependencies.ts'
import { boardsOf, extractorOf, findOwners } from './owners.ts'

async function hourToCompute<C extends Counts>(deps: BatchDependencies<C>, request: PartitionRequest | MergeRequest) {
  const { stream, target, hour } = request
  const edition = (await findOwners(deps.views, stream, target)).ownerOf(hour)
  if (!edition) {
    throw new AppError('conflict', `hour ${hour} of ${stream} belongs to no edition of this work any more`, {
      facts: { stream, hour, target },
    })
  }
  return { stream, hour, edition, listing: await deps.lake.listHour(stream, hour) }
}

export function countPartition<C extends Counts>(deps: BatchDependencies<C>) {
  return (request: PartitionRequest): Promise<readonly PartialFile[]> =>
    withBeat(async ({ signal }) => {
      const { stream, hour, partition } = request
      const { edition, listing } = await hourToCompute(deps, request)
      const files = listing.files.filter((file) => file.partition === partition)
      const parts: PartialFile[] = []
      for (const board of boardsOf(stream)) {
        const extractor = extractorOf(edition, board)
        const name = `${board}.${extractor}.${partition}.${listing.digest.slice(0, 16)}`
        const path = deps.scratch.partialPath(stream, edition.number, hour, name)
        if (!(await deps.scratch.exists(path))) {
          const counts = await deps.counting.count(stream, hour, files, extractor, signal)
          await deps.scratch.write(path, deps.counting.encode(counts))
        }
        parts.push({ board, partition, path, digest: listing.digest })
      }
      return parts
    })
}

export function mergeHour<C extends Counts>(deps: BatchDependencies<C>) {
  return (request: MergeRequest): Promise<WorkDone> =>
    withBeat(async ({ by }) => {
      const work = await hourToCompute(deps, request)
      const { listing, hour } = work
      if (request.parts.some(({ digest }) => digest !== listing.digest)) {
        throw new AppError('conflict', `hour ${hour} got files while it was counted: it is counted again`, {
          facts: { hour, digest: listing.digest },
        })
      }
      const done = await storeHour(deps, work, by, async (board) => {
        const counts: C[] = []
        for (const part of request.parts.filter((one) => one.board === board)) {
          const bytes = await deps.scratch.read(part.path)
          if (!bytes) {
            throw new AppError('conflict', `the counts of partition ${part.partition} of hour ${hour} are gone`, {
              facts: { hour, path: part.path },
            })
          }
          counts.push(deps.counting.decode(bytes))
        }
        return deps.counting.merge(counts)
      })
      for (const part of request.parts) await deps.scratch.delete(part.path)
      return done
    })
}
