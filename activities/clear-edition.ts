/**
 * Deletes the views and full tallies of editions whose time is over; model/retention.ts says which. Their documents stay, so
 * that numbers are never given again and people see what was.
 *
 * Invariant: an edition that is live, or can become so, keeps its views. So it is first noted as cleared, then a fence is put
 * (views/live.ts): who publishes or rolls back after it sees the note and refuses, who looked before it cannot write. Only
 * then is anything deleted. A crash in between leaves an edition that is noted: the next time goes on with it, or takes the note
 * back if it is live.
 */
import { mapBounded } from '../lake/concurrency.ts'
import { walkHourDirs } from '../lake/hour-dirs.ts'
import { boardsOf } from '../model/boards.ts'
import { isAppError } from '../model/errors.ts'
import { editionsToClear } from '../model/retention.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { CleanResult } from '../model/work.ts'
import type { LiveDocument } from '../views/documents.ts'
import { withBeat } from './beat.ts'
import { type CleanRequest, LISTED_MAX, nothingCleaned } from './clean.ts'
import type { BatchDependencies } from './dependencies.ts'

const AT_ONCE = 16

/** Views and full tallies of editions that ended long ago, and full tallies that no view names any more. */
export function cleanEditions(deps: BatchDependencies) {
  return ({ stream, dryRun }: CleanRequest): Promise<CleanResult> =>
    withBeat(async ({ signal }) => {
      const { views } = deps
      const over = dryRun ? ((await findOver(deps, stream))?.numbers ?? []) : await noteCleared(deps, stream)
      const cleared: number[] = []
      const listed: string[] = []
      let tallyFiles = 0
      let bytes = 0
      for (const edition of await views.editions.list(stream)) {
        const { number } = edition
        const gone = over.includes(number)
        if (gone && (await deleteViews(views, stream, number, dryRun)) > 0) {
          cleared.push(number)
          listed.push(`views of ${stream} edition ${number} (${edition.state})`)
        }
        for (const { path, bytes: size } of await orphanTallies(deps, stream, number, gone, signal)) {
          tallyFiles += 1
          bytes += size
          if (listed.length < LISTED_MAX) listed.push(path)
          if (!dryRun) await deps.store.delete(path)
        }
      }
      return { ...nothingCleaned(dryRun), editions: cleared, tallyFiles, bytes, listed }
    })
}

/** Of an edition that was cancelled: its views and tallies, at once. Nobody may write to it any more. */
export async function clearEdition(
  { views, store, layout, clock }: Pick<BatchDependencies, 'views' | 'store' | 'layout' | 'clock'>,
  stream: StreamName,
  edition: number,
) {
  await views.editions.setCleared(stream, edition, clock())
  await deleteViews(views, stream, edition, false)
  await store.delete(layout.talliesDir(stream, edition), { recursive: true })
}

interface Over {
  readonly live: LiveDocument
  /** To be cleared; those among them that a crash left half cleared. */
  readonly numbers: readonly number[]
  /** Noted as cleared, and yet live: a crash came before the fence, and somebody rolled back. Nothing of them is deleted. */
  readonly revived: readonly number[]
}

async function findOver({ views, clock, settings }: BatchDependencies, stream: StreamName): Promise<Over | null> {
  const seen = await views.editions.chain(stream)
  if (!seen) return null
  const editions = await views.editions.list(stream)
  const noted = editions.filter(({ clearedAt }) => clearedAt !== null).map(({ number }) => number)
  const isRead = (number: number) => seen.chain.some((edition) => edition.number === number)
  const left: number[] = []
  for (const number of noted) {
    if (!isRead(number) && (await deleteViews(views, stream, number, true)) > 0) left.push(number)
  }
  const limits = { now: clock(), keepMs: settings.keepEditionsMs }
  return {
    live: seen.live,
    numbers: [...left, ...editionsToClear(editions, seen.live, limits)],
    revived: noted.filter(isRead),
  }
}

/** Notes which ones are cleared from now on, so that none of them can be published any more; resolves to their numbers. */
async function noteCleared(deps: BatchDependencies, stream: StreamName): Promise<readonly number[]> {
  const { views, clock } = deps
  const over = await findOver(deps, stream)
  for (const number of over?.revived ?? []) await views.editions.setCleared(stream, number, null)
  if (!over || over.numbers.length === 0) return []
  for (const number of over.numbers) await views.editions.setCleared(stream, number, clock())
  try {
    await views.live.fence(stream, over.live)
    return over.numbers
  } catch (error) {
    if (!isAppError(error, 'conflict')) throw error
    // Somebody published meanwhile, perhaps one of these: the next time looks again.
    return []
  }
}

/** Resolves to how many views the edition has, deleted unless `dryRun`. */
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

/** Every tally file of the edition. */
async function tallyFiles(
  { store, layout }: BatchDependencies,
  stream: StreamName,
  edition: number,
  signal: AbortSignal,
) {
  const seen = await walkHourDirs(store, layout.talliesDir(stream, edition), {}, signal)
  const files = await mapBounded(seen, AT_ONCE, async ({ hour }) => {
    signal.throwIfAborted()
    const dir = layout.tallyDir(stream, edition, hour)
    const entries = await store.list(dir)
    return entries.map(({ name, bytes, modifiedAt }) => ({ hour, path: `${dir}/${name}`, bytes, modifiedAt }))
  })
  return files.flat()
}
