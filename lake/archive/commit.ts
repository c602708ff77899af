/**
 * How a commit is made, exactly once and without locks (DESIGN.md, "The lake"; docs/adr has the argument):
 *
 *   1  write each hour's file, then the entry, under names in a directory of this attempt alone;
 *   2  list that directory: every file is there with its length;
 *   3  rename the entry to <from>.json without clobbering: the commit. Of two writers one can; the other is fenced;
 *   4  rename the files into place.
 *
 * Invariant: nothing is visible before 3; after 3 anybody can do 4. What fails before 3 is begun anew under another directory and
 * leaves only temporary files. 2 comes after the entry is written because the sweep takes a whole attempt away by one rename
 * (lake/sweep.ts): either it takes the entry too, and 3 fails, or 2 sees that files are gone.
 */
import { AppError, isAppError } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import type { HourId } from '../../model/time.ts'
import { mapBounded } from '../concurrency.ts'
import type { FileStore } from '../file-store.ts'
import { recordFileName } from '../layout.ts'
import { type RetryPolicy, retrying } from '../retry.ts'
import { writeTemporary } from '../temporary-files.ts'
import { type CommitEntry, decodeEntry, encodeEntry } from './commit-entry.ts'
import { finishCommit, type LogPlace, writeHint } from './commit-log.ts'

export interface HourFile {
  readonly hour: HourId
  readonly chunks: readonly Uint8Array[]
  readonly records: number
  readonly firstEventAt: number
  readonly lastEventAt: number
  /** Fingerprint of another schema than the stream's first. */
  readonly schema?: string
}

export interface CommitOptions extends LogPlace {
  /** Names that no other process, and no other commit of this one, uses. */
  readonly nextUnique: () => string
  readonly logger: Logger
  readonly retries: RetryPolicy
  readonly signal?: AbortSignal | undefined
}

/** What is decided when the commit is: all but where its files lie. */
export type CommitDraft = Omit<CommitEntry, 'files' | 'version' | 'records'>

/** Small files at once: HDFS makes some 300 a second by 16. */
const FILES_AT_ONCE = 8
const ENTRY_FILE = 'entry.json'

/**
 * Commits the files. Resolves when they are in place.
 * @throws AppError `fenced` when another writer has committed from the same offset: stop, and read from where it ended
 */
export async function commitFiles(
  options: CommitOptions,
  draft: CommitDraft,
  files: readonly HourFile[],
): Promise<CommitEntry> {
  const { retries: policy, signal, logger } = options
  const onRetry = (error: AppError, attempt: number, waitMs: number) =>
    // what lasts is told by the list of waits (app/waits.ts), once
    logger.debug({ partition: draft.partition, from: draft.from, attempt, waitMs, error }, 'the commit is tried again')
  const { entry, dir } = await retrying({ policy, signal, onRetry }, () => attemptCommit(options, draft, files))
  // the commit is made: from here on only finishing it can be retried
  await retrying({ policy, signal, onRetry }, () => finishCommit(options, entry))
  await writeHint(options, entry, options.nextUnique(), logger)
  await options.store.delete(dir, { recursive: true }).catch((error: unknown) => {
    logger.debug({ error, dir }, 'the empty directory of the commit is left to the sweep')
  })
  return entry
}

async function attemptCommit(
  options: CommitOptions,
  draft: CommitDraft,
  files: readonly HourFile[],
): Promise<{ readonly entry: CommitEntry; readonly dir: string }> {
  const { store, layout, stream } = options
  const { partition, from, to } = draft
  const dir = `${layout.tmpDir(stream)}/${options.nextUnique()}`
  const target = layout.commitFile(stream, partition, from)
  const entry = await writeAttempt(options, dir, draft, files)
  await checkAttempt(store, dir, entry)
  await store.makeDirs(layout.commitsDir(stream, partition))
  let failure: unknown
  try {
    await store.renameNoClobber(`${dir}/${ENTRY_FILE}`, target)
  } catch (error) {
    // the rename may have been done all the same, by us with the response lost, or by another writer: what is there tells
    if (!isAppError(error) || !['exists', 'not-found', 'unavailable'].includes(error.code)) throw error
    failure = error
  }
  const there = await orUndefined(store.read(target))
  if (there) {
    const committed = decodeEntry(there, target)
    // ours, be it by an earlier attempt whose answer never came; a writer's name is never used twice
    if (committed.writer === entry.writer && committed.to === to) return { entry: committed, dir }
    throw fenced(target, from, to, failure)
  }
  throw new AppError('unavailable', `${dir}/${ENTRY_FILE} could not be renamed to ${target}`, {
    cause: failure,
    facts: { dir, target },
  })
}

async function writeAttempt(
  options: CommitOptions,
  dir: string,
  draft: CommitDraft,
  files: readonly HourFile[],
): Promise<CommitEntry> {
  const { store, signal, retries } = options
  const committed = await mapBounded(files, FILES_AT_ONCE, async (file) => {
    const { hour, records, firstEventAt, lastEventAt, schema } = file
    const name = recordFileName({ ...draft, schema })
    const unique = schema === undefined ? hour : `${hour}.${schema}`
    const temp = await writeTemporary(store, (attempt) => `${dir}/${unique}-${attempt}.avro`, file.chunks, {
      retries,
      signal,
    })
    return { hour, name, temp, bytes: sizeOf(file.chunks), records, firstEventAt, lastEventAt }
  })
  const records = files.reduce((sum, file) => sum + file.records, 0)
  const entry: CommitEntry = { version: 1, ...draft, records, files: committed }
  await store.create(`${dir}/${ENTRY_FILE}`, [encodeEntry(entry)], signal)
  return entry
}

/** @throws AppError `unavailable` (a new attempt can help) when a file of the attempt is not as it was written */
async function checkAttempt(store: FileStore, dir: string, entry: CommitEntry): Promise<void> {
  const found = new Map((await store.list(dir)).map((info) => [`${dir}/${info.name}`, info.bytes]))
  const expected = [
    ...entry.files.map((file) => [file.temp, file.bytes] as const),
    [`${dir}/${ENTRY_FILE}`, encodeEntry(entry).length] as const,
  ]
  for (const [path, bytes] of expected) {
    if (found.get(path) === bytes) continue
    throw new AppError('unavailable', `${path} has ${found.get(path) ?? 'no'} bytes, ${bytes} were written`, {
      facts: { path, expected: bytes, found: found.get(path) },
    })
  }
}

function fenced(target: string, from: number, to: number, cause: unknown): AppError {
  return new AppError(
    'fenced',
    `another archive worker has committed ${target}: this one's records [${from}, ${to}) are dropped and must be read again from where it ended`,
    { cause, facts: { target, from, to } },
  )
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0)
}

async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  return found.catch((error: unknown) => {
    if (isAppError(error, 'not-found')) return undefined
    throw error
  })
}
