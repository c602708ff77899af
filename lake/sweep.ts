/**
 * Deletes what dead writers left under temporary names. The tree is `tmp/<writer>/<attempt>`: an attempt is the directory of
 * one commit (with its entry in it) or one temporary file.
 *
 * A writer that slept for a day may still come back and commit. So an old attempt is first renamed away whole, which takes its
 * commit entry along: from then on its writer cannot commit it (lake/archive/commit.ts, steps 2 and 3). Only then the log is asked
 * whether it had been committed before; if so its files are renamed to their places from where they are now.
 */
import { AppError, isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { finishCommit, lastEntry } from './archive/commit-log.ts'
import { mapBounded } from './concurrency.ts'
import type { FileInfo } from './file-store.ts'
import type { LakePlace } from './listing.ts'

export interface SweepOptions {
  /** Only what was last changed before this (ms since 1970). */
  readonly olderThan: number
  readonly dryRun: boolean
}

export interface Swept {
  /** Files deleted, or that would be. */
  readonly paths: readonly string[]
  readonly bytes: number
}

const SWEPT_DIR = '_swept'
const AT_ONCE = 8

interface Attempt {
  readonly path: string
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
}

/** Does nothing to attempts whose commit is made and not finished. Safe beside running writers, and beside another sweep. */
export async function sweepTemporary(place: LakePlace, stream: StreamName, options: SweepOptions): Promise<Swept> {
  const { store, layout } = place
  const tmpDir = layout.tmpDir(stream)
  const attempts: Attempt[] = []
  const emptyWriters: string[] = []
  for (const writer of await store.list(tmpDir)) {
    const path = `${tmpDir}/${writer.name}`
    if (writer.kind === 'file') {
      if (writer.modifiedAt < options.olderThan) attempts.push({ path, files: [{ path, bytes: writer.bytes }] })
      continue
    }
    const found = await store.list(path)
    if (found.length === 0 && writer.modifiedAt < options.olderThan) emptyWriters.push(path)
    const old = await mapBounded(found, AT_ONCE, (info) => attemptIfOld(place, `${path}/${info.name}`, info, options))
    attempts.push(...old.filter((attempt) => attempt !== undefined))
  }
  const committed = await committedPaths(place, stream)
  const abandoned = attempts.filter(({ files }) => !files.some(({ path }) => committed.has(path)))
  const files = abandoned.flatMap((attempt) => attempt.files)
  if (!options.dryRun) {
    for (const attempt of abandoned) await remove(place, stream, attempt)
    // a writer that lives makes its directory again
    for (const path of emptyWriters) await store.delete(path).catch(ignoreNotEmpty)
  }
  return { paths: files.map(({ path }) => path), bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** The attempt, if nothing in it is younger. */
async function attemptIfOld(
  { store }: LakePlace,
  path: string,
  info: FileInfo,
  { olderThan }: SweepOptions,
): Promise<Attempt | undefined> {
  if (info.modifiedAt >= olderThan) return undefined
  if (info.kind === 'file') return { path, files: [{ path, bytes: info.bytes }] }
  const inside = await store.list(path)
  if (inside.some(({ modifiedAt }) => modifiedAt >= olderThan)) return undefined
  return { path, files: inside.map(({ name, bytes }) => ({ path: `${path}/${name}`, bytes })) }
}

/** Temporary paths that the last commit of each partition names: only of the last can files still be there. */
async function committedPaths({ store, layout }: LakePlace, stream: StreamName): Promise<ReadonlySet<string>> {
  const partitions = await store.list(layout.commitsDir(stream))
  const paths = new Set<string>()
  await mapBounded(partitions, AT_ONCE, async ({ name }) => {
    const last = /^\d+$/.test(name) ? await lastEntry({ store, layout, stream }, Number(name)) : undefined
    for (const { temp } of last?.files ?? []) paths.add(temp)
  })
  return paths
}

/** Takes the attempt away, asks the log, and deletes it or puts it back. */
async function remove(place: LakePlace, stream: StreamName, { path }: Attempt): Promise<void> {
  const { store, layout } = place
  const tmpDir = layout.tmpDir(stream)
  const sweptDir = `${tmpDir}/${SWEPT_DIR}`
  // one that an earlier sweep took away and was cut off behind is there already
  const away = path.startsWith(`${sweptDir}/`) ? path : `${sweptDir}/${sweptName(tmpDir, path)}`
  if (away !== path) {
    await store.makeDirs(sweptDir)
    try {
      await store.renameNoClobber(path, away)
    } catch (error) {
      if (isAppError(error, 'not-found') || isAppError(error, 'exists')) return // another sweep has it
      throw error
    }
  }
  const attempts = [...(await committedPaths(place, stream))].map((file) => file.slice(0, file.lastIndexOf('/')))
  const original = attempts.find((attempt) => `${sweptDir}/${sweptName(tmpDir, attempt)}` === away)
  if (original === undefined) {
    await store.delete(away, { recursive: true })
    return
  }
  await store.makeDirs(original.slice(0, original.lastIndexOf('/')))
  await store.renameNoClobber(away, original)
  await finishAll(place, stream)
}

/** One name for a path of any depth; `~` is in no name of ours. */
function sweptName(tmpDir: string, path: string): string {
  return path.slice(tmpDir.length + 1).replaceAll('/', '~')
}

async function finishAll(place: LakePlace, stream: StreamName): Promise<void> {
  const { store, layout } = place
  for (const { name } of await store.list(layout.commitsDir(stream))) {
    const last = /^\d+$/.test(name) ? await lastEntry({ ...place, stream }, Number(name)) : undefined
    if (last) await finishCommit({ ...place, stream }, last)
  }
}

function ignoreNotEmpty(error: unknown): void {
  if (!(error instanceof AppError)) throw error
}
