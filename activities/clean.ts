/**
 * Deletes what nobody needs any more. Each part looks afresh at what is safe, so repeating it, or stopping in the middle, does
 * no harm; a dry run only lists.
 *
 * Invariants: speed documents of an hour go only when the hour is sealed and computed from the files that are there now, in the
 * live history and in every edition that may be published (else publishing it would leave the hour unanswered); the live
 * edition's ancestors, and what a rollback would go to, stay.
 */
import { mapBounded } from '../lake/concurrency.ts'
import { type Edition, ownsHour } from '../model/editions.ts'
import { isStale } from '../model/plan.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, nextHour } from '../model/time.ts'
import type { CleanResult } from '../model/work.ts'
import type { HourDigest } from '../views/batch.ts'
import { withBeat } from './beat.ts'
import type { BatchDependencies } from './dependencies.ts'
import { boardsOf, extractorOf, findOwners, liveChain } from './owners.ts'

export interface CleanRequest {
  readonly stream: StreamName
  readonly dryRun: boolean
}

const AT_ONCE = 16
const LISTED_MAX = 50
const ENDED: readonly Edition['state'][] = ['retired', 'rejected', 'failed']
const MAY_BE_PUBLISHED: readonly Edition['state'][] = ['building', 'held']

function nothingCleaned(dryRun: boolean): CleanResult {
  return {
    dryRun,
    speedDocuments: 0,
    speedHours: 0,
    temporaryFiles: 0,
    tallyFiles: 0,
    bytes: 0,
    editions: [],
    listed: [],
  }
}

/** Speed documents that batch covers. */
export function cleanSpeed(deps: BatchDependencies) {
  return ({ stream, dryRun }: CleanRequest): Promise<CleanResult> =>
    withBeat(async ({ signal }) => {
      const candidates = await speedHours(deps.views, stream)
      const first = candidates[0]
      const last = candidates.at(-1)
      if (first === undefined || last === undefined) return nothingCleaned(dryRun)
      const isCovered = await coverage(deps, stream, first, last)
      const covered = (
        await mapBounded(candidates, AT_ONCE, async (hour) => {
          signal.throwIfAborted()
          const { sealed, digest } = await deps.lake.listHour(stream, hour)
          return sealed && isCovered(hour, digest) ? hour : undefined
        })
      ).filter((hour) => hour !== undefined)
      if (covered.length === 0) return nothingCleaned(dryRun)
      let speedDocuments = 0
      for (const board of dryRun ? [] : boardsOf(stream)) {
        speedDocuments += await deps.views.speed.deleteHours({ stream, board, hours: covered })
      }
      return {
        ...nothingCleaned(dryRun),
        speedDocuments,
        speedHours: covered.length,
        listed: covered.slice(0, LISTED_MAX).map((hour) => `speed views of ${stream} ${hour}`),
      }
    })
}

async function speedHours(views: BatchDependencies['views'], stream: StreamName): Promise<readonly HourId[]> {
  const hours = new Set<HourId>()
  for (const board of boardsOf(stream)) {
    for (const hour of await views.speed.hours({ stream, board })) hours.add(hour)
  }
  return [...hours].sort()
}

/** Tells of an hour in [first, last] whether every edition that answers for it, or may come to, has it from these files. */
async function coverage(deps: BatchDependencies, stream: StreamName, first: HourId, last: HourId) {
  const { editions: live, ownerOf } = await findOwners(deps.views, stream, 'live')
  const coming = (await deps.views.editions.list(stream)).filter(({ state }) => MAY_BE_PUBLISHED.includes(state))
  const computed = new Map<string, ReadonlyMap<HourId, HourDigest>>()
  for (const { number } of [...live, ...coming]) {
    for (const board of boardsOf(stream)) {
      computed.set(
        `${number} ${board}`,
        await deps.views.batch.digests({ stream, board, edition: number, from: first, to: nextHour(last) }),
      )
    }
  }
  return (hour: HourId, digest: string): boolean => {
    const owner = ownerOf(hour)
    const answering = [...(owner ? [owner] : []), ...coming.filter((edition) => ownsHour(edition, hour))]
    return (
      owner !== undefined &&
      answering.every((edition) =>
        boardsOf(stream).every(
          (board) =>
            !isStale(computed.get(`${edition.number} ${board}`)?.get(hour), digest, extractorOf(edition, board)),
        ),
      )
    )
  }
}

/** Temporary files that were abandoned. */
export function cleanTemporary(deps: BatchDependencies) {
  return ({ stream, dryRun }: CleanRequest): Promise<CleanResult> =>
    withBeat(async () => {
      const swept = await deps.lake.sweepTemporary(stream, {
        olderThan: deps.clock() - deps.settings.keepTemporaryMs,
        dryRun,
      })
      return {
        ...nothingCleaned(dryRun),
        temporaryFiles: swept.paths.length,
        bytes: swept.bytes,
        listed: swept.paths.slice(0, LISTED_MAX),
      }
    })
}

/** Views and full tallies of editions that ended long ago, and full tallies that no view names any more. */
export function cleanEditions(deps: BatchDependencies) {
  return ({ stream, dryRun }: CleanRequest): Promise<CleanResult> =>
    withBeat(async ({ signal }) => {
      const { views, clock, settings } = deps
      const live = await views.live.read(stream)
      if (!live) return nothingCleaned(dryRun)
      const kept = new Set((await liveChain(views, stream)).map(({ number }) => number))
      // What a rollback would go to.
      if (live.previous !== null) kept.add(live.previous)
      const before = clock() - settings.keepEditionsMs
      const ended: number[] = []
      const listed: string[] = []
      let tallyFiles = 0
      let bytes = 0
      for (const edition of await views.editions.list(stream)) {
        const { number } = edition
        const gone =
          ENDED.includes(edition.state) &&
          !kept.has(number) &&
          (edition.publishedAt ?? edition.createdAt) < before &&
          !(await isNeeded(views, stream, number, kept))
        if (gone && (await deleteViews(views, stream, number, dryRun)) > 0) {
          ended.push(number)
          listed.push(`views of ${stream} edition ${number} (${edition.state})`)
        }
        const orphans = await orphanTallies(deps, stream, number, gone, signal)
        for (const { path, bytes: size } of orphans) {
          tallyFiles += 1
          bytes += size
          if (listed.length < LISTED_MAX) listed.push(path)
          if (!dryRun) await deps.store.delete(path)
        }
      }
      return { ...nothingCleaned(dryRun), editions: ended, tallyFiles, bytes, listed }
    })
}

/** Resolves to how many views the edition has, deleted unless `dryRun`. Its document stays: numbers are never given again. */
async function deleteViews(
  views: BatchDependencies['views'],
  stream: StreamName,
  edition: number,
  dryRun: boolean,
): Promise<number> {
  let found = 0
  for (const board of boardsOf(stream)) {
    const key = { stream, board, edition }
    found += dryRun ? (await views.batch.hours(key)).length : await views.batch.delete(key)
  }
  return found
}

/** Whether an edition that is not ended for good stands on it. */
async function isNeeded(
  views: BatchDependencies['views'],
  stream: StreamName,
  number: number,
  kept: ReadonlySet<number>,
): Promise<boolean> {
  const children = (await views.editions.list(stream)).filter(({ parent }) => parent === number)
  return children.some((child) => kept.has(child.number) || !ENDED.includes(child.state))
}

/**
 * Full tallies that no view names: of hours that were computed again, or of deleted views. Young ones are left, as their view
 * may be about to be written, and as a reader may still hold the view that named them.
 */
async function orphanTallies(
  deps: BatchDependencies,
  stream: StreamName,
  edition: number,
  all: boolean,
  signal: AbortSignal,
) {
  const before = deps.clock() - deps.settings.keepTemporaryMs
  const files = await tallyFiles(deps, stream, edition, signal)
  const hours = [...new Set(files.map(({ hour }) => hour))]
  const named = new Set<string>()
  for (const board of all ? [] : boardsOf(stream)) {
    for (const { tallyPath } of await deps.views.batch.facts({ stream, board, edition, hours })) named.add(tallyPath)
  }
  return files.filter(({ path, modifiedAt }) => modifiedAt < before && !named.has(path))
}

/** Walks the edition's directories year by year, as the lake's layout lays them out. */
async function tallyFiles(
  { store, layout }: BatchDependencies,
  stream: StreamName,
  edition: number,
  signal: AbortSignal,
) {
  const root = layout.talliesDir(stream, edition)
  let dirs: readonly (readonly string[])[] = [[]]
  for (let level = 0; level < 4; level += 1) {
    const below = await mapBounded(dirs, AT_ONCE, async (parts) => {
      signal.throwIfAborted()
      const entries = await store.list([root, ...parts].join('/'))
      return entries.filter(({ kind }) => kind === 'directory').map(({ name }) => [...parts, name])
    })
    dirs = below.flat()
  }
  const files = await mapBounded(dirs, AT_ONCE, async ([year, month, day, hour]) => {
    const dir = `${root}/${year}/${month}/${day}/${hour}`
    const entries = await store.list(dir)
    const hourId = `${year}-${month}-${day}T${hour}` as HourId
    return entries.map(({ name, bytes, modifiedAt }) => ({ hour: hourId, path: `${dir}/${name}`, bytes, modifiedAt }))
  })
  return files.flat()
}
