/**
 * What follows a compaction's entry, and can be done again by anybody: each file is renamed into the hour's directory, then the files
 * that it replaces are deleted.
 *
 * Between the two, others that list the directory (Spark) see both. Ours leave out what is covered (lake/listing.ts). The other way
 * round they would see neither: records twice are copies, which every reader removes by id; records missed are gone.
 */
import { AppError, isAppError } from '../../model/errors.ts'
import { mapBounded } from '../concurrency.ts'
import { quarantinedName } from '../layout.ts'
import type { LakePlace } from '../listing.ts'
import type { CompactedFile, CompactionEntry } from './entry.ts'
import { lastSequence } from './log.ts'

const AT_ONCE = 16

/** Throws when the file at the path is not what was written. */
export type CheckFile = (path: string, file: CompactedFile) => Promise<void>

/**
 * `check`: how to make sure that a file which others have put in place, perhaps long ago, still is whole before its sources go; who
 * has just read it back needs none.
 * @throws AppError `corrupt` when a compacted file and its sources are gone; what `check` throws
 */
export async function finishCompaction(place: LakePlace, entry: CompactionEntry, check?: CheckFile): Promise<void> {
  for (const file of entry.files) {
    if (!(await putInPlace(place, entry, file))) continue
    const sources = check ? await sourcesThere(place, entry, file) : file.sources
    if (sources.length === 0) continue
    const dir = place.layout.hourDir(entry.stream, entry.hour)
    await check?.(`${dir}/${file.name}`, file)
    await mapBounded(sources, AT_ONCE, (name) => place.store.delete(`${dir}/${name}`))
  }
}

/** Resolves to whether it is in place, so that its sources have to go. */
async function putInPlace(place: LakePlace, entry: CompactionEntry, file: CompactedFile): Promise<boolean> {
  const { store, layout } = place
  const dir = layout.hourDir(entry.stream, entry.hour)
  const target = `${dir}/${file.name}`
  try {
    await store.renameNoClobber(file.temp, target)
  } catch (error) {
    if (!isAppError(error, 'exists') && !isAppError(error, 'not-found')) throw error
  }
  const found = await store.stat(target)
  if (found?.bytes === file.bytes) return true
  // Damaged, or found to be: its sources are the better copy, as far as they are there.
  if (found || (await store.stat(`${dir}/${quarantinedName(file.name)}`))) return false
  // A later compaction has taken it up.
  if ((await lastSequence(place, entry.stream, entry.hour)) > entry.sequence) return false
  const sources = await mapBounded(
    file.sources,
    AT_ONCE,
    async (name) => (await store.stat(`${dir}/${name}`)) ?? (await store.stat(`${dir}/${quarantinedName(name)}`)),
  )
  // It lay under its temporary name for a day, and was swept: as if it had never been.
  if (sources.every((source) => source !== undefined)) return false
  const path = layout.compactionFile(entry.stream, entry.hour, entry.sequence)
  throw new AppError(
    'corrupt',
    `${path} lists ${target}, which is not there, nor is ${file.temp}, nor are its sources: records are lost; restore one of them`,
    { facts: { path, target, temp: file.temp } },
  )
}

/** None, unless the compaction was cut off. */
async function sourcesThere(
  { store, layout }: LakePlace,
  { stream, hour }: CompactionEntry,
  { sources }: CompactedFile,
): Promise<readonly string[]> {
  const names = new Set((await store.list(layout.hourDir(stream, hour))).map(({ name }) => name))
  return sources.filter((name) => names.has(name))
}
