/**
 * Full tallies in the lake: written once under a name that says what they were made from, looked up when a range of hours has
 * to be proven (model/full-tallies.ts is the port that this implements).
 *
 * Writing is temporary name, length check, rename without clobbering. Two writers of one tally write the same bytes, so
 * finding it there already is success.
 */
import { AppError, isAppError } from '../model/errors.ts'
import type { FullTallies, FullTallyRef } from '../model/full-tallies.ts'
import type { TermCount } from '../model/tally.ts'
import type { FileStore } from './file-store.ts'
import type { Layout } from './layout.ts'
import { type TallyFileFacts, type TallyName, tallyPath } from './tallies/format.ts'
import { TallyFile } from './tallies/read.ts'
import { writeWhole } from './temporary-files.ts'

export interface LakeTallies extends FullTallies {
  /**
   * Writes a tally file made by `encodeTally`; resolves to its path. Existing with the same facts is success.
   * @throws AppError `conflict` when another tally has the name: then a digest or an extractor's meaning has changed
   */
  write(facts: TallyFileFacts, file: Uint8Array, signal?: AbortSignal): Promise<string>
  pathOf(name: TallyName): string
  /** @throws AppError `not-found`, `corrupt` */
  open(ref: FullTallyRef, signal?: AbortSignal): Promise<TallyFile>
}

export interface LakeTalliesOptions {
  readonly store: FileStore
  readonly layout: Layout
  /** Part of temporary names: unique among all that write at this time, such as host and process id. */
  readonly writer: string
  /** Headers of tallies that were looked at are kept up to this size, the least used go first. */
  readonly cacheBytesMax?: number
}

const CACHE_BYTES = 32 * 1024 * 1024

export function createTallies(options: LakeTalliesOptions): LakeTallies {
  const { store, layout, writer, cacheBytesMax = CACHE_BYTES } = options
  const opened = new Map<string, TallyFile>()
  let openedBytes = 0
  let written = 0

  const open = async (ref: FullTallyRef, signal?: AbortSignal): Promise<TallyFile> => {
    const known = opened.get(ref.path)
    if (known) {
      opened.delete(ref.path)
      opened.set(ref.path, known)
      return known
    }
    const file = await TallyFile.open(store, ref.path, signal)
    // Tallies never change under their names, so what was read once stays true.
    if (!opened.has(ref.path)) {
      opened.set(ref.path, file)
      openedBytes += file.heldBytes
    }
    for (const [path, oldest] of opened) {
      if (openedBytes <= cacheBytesMax) break
      opened.delete(path)
      openedBytes -= oldest.heldBytes
    }
    return file
  }

  const write = async (facts: TallyFileFacts, file: Uint8Array, signal?: AbortSignal): Promise<string> => {
    const path = tallyPath(layout, facts)
    try {
      const unique = `${writer}/tally-${++written}`
      await writeWhole(store, path, [file], { tmpDir: layout.tmpDir(facts.stream), unique, signal })
    } catch (error) {
      if (!isAppError(error, 'exists')) throw error
      await assertSame(path, facts, error)
    }
    return path
  }

  /** By facts rather than bytes: another release of zstd may pack the same rows into other bytes. */
  const assertSame = async (path: string, facts: TallyFileFacts, cause: unknown): Promise<void> => {
    const existing = (await TallyFile.open(store, path)).facts
    const names = ['extractor', 'digest', 'records', 'copies', 'total', 'distinct'] as const
    const different = names.find((name) => existing[name] !== facts[name])
    if (different === undefined) return
    throw new AppError(
      'conflict',
      `${path} exists with ${different} ${existing[different]}, and now it would be ${facts[different]}: the same files must give ` +
        'the same tally. If an extractor was changed without a new version, give it one and recompute',
      { facts: { path, different }, cause },
    )
  }

  return {
    write,
    open,
    pathOf: (name) => tallyPath(layout, name),
    lookup: async (ref, keys) => (await open(ref)).lookup(keys),
    above: async (ref, minCount): Promise<readonly TermCount[]> => (await open(ref)).above(minCount),
  }
}
