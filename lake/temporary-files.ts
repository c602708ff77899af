/**
 * Files written under names that nobody else uses and that are never used twice, checked, and only then renamed to what they are:
 * how everything of the lake comes into being.
 *
 * Why a fresh name for each try: a write that was cut off leaves a short file, or one under another's lease, under the name it had
 * (file-store.ts).
 */
import { AppError, isAppError } from '../model/errors.ts'
import type { FileStore } from './file-store.ts'
import { type RetryPolicy, retrying, STORE_RETRIES } from './retry.ts'

export interface TemporaryOptions {
  readonly retries?: RetryPolicy
  readonly signal?: AbortSignal | undefined
}

/**
 * Writes the chunks under `nameOf(1)`, or on failure under `nameOf(2)`… and checks the length. Resolves to the path that holds them.
 * @throws AppError of the last try
 */
export async function writeTemporary(
  store: FileStore,
  nameOf: (attempt: number) => string,
  chunks: readonly Uint8Array[],
  options: TemporaryOptions = {},
): Promise<string> {
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const { retries: policy = STORE_RETRIES, signal } = options
  return retrying({ policy, signal }, async (attempt) => {
    const path = nameOf(attempt)
    await store.create(path, chunks, signal)
    const written = await store.stat(path)
    if (written?.bytes !== bytes) {
      throw new AppError(
        'unavailable',
        `${path} at ${store.address} has ${written?.bytes ?? 'no'} bytes after writing ${bytes}: a write was cut off`,
        { facts: { path, bytes, found: written?.bytes } },
      )
    }
    return path
  })
}

/**
 * Writes a file that is not there before or is there whole: under a temporary name in `tmpDir`, then renamed. `unique` makes the
 * temporary name nobody else's (a writer's id and a counter). With `replace` an existing target is replaced, else `exists` is thrown.
 */
export async function writeWhole(
  store: FileStore,
  path: string,
  chunks: readonly Uint8Array[],
  options: TemporaryOptions & { readonly tmpDir: string; readonly unique: string; readonly replace?: boolean },
): Promise<void> {
  const nameOf = (attempt: number) => `${options.tmpDir}/${options.unique}-${attempt}`
  const temporary = await writeTemporary(store, nameOf, chunks, options)
  const dir = path.slice(0, path.lastIndexOf('/'))
  await store.makeDirs(dir)
  try {
    await (options.replace ? store.renameReplace(temporary, path) : store.renameNoClobber(temporary, path))
  } catch (error) {
    if (isAppError(error, 'exists')) await store.delete(temporary)
    throw error
  }
}
