/**
 * Whether a record file is damaged. The judge is counting itself, which reads a file that it doubts again by the way on which the
 * store checks what it gives (lake/scan); a store that does not answer, or has lost a block, is no proof. A file that was cut off
 * between two blocks reads well: the archive's log says how many records it must have.
 */
import { boards, boardsOf } from '../model/boards.ts'
import { isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import type { RecordsOf } from './account.ts'
import type { RecordFile } from './listing.ts'
import type { Counters } from './scan/counters.ts'

/**
 * Resolves to what is wrong with it, with block and byte where they are known; undefined: nothing.
 * @throws AppError `unavailable`, `not-found`; `corrupt` when the log does not know the file
 */
export async function damageOf(
  { counters, recordsOf }: { readonly counters: Pick<Counters, 'countPartitions'>; readonly recordsOf: RecordsOf },
  { stream, hour, file }: { readonly stream: StreamName; readonly hour: HourId; readonly file: RecordFile },
  signal?: AbortSignal,
): Promise<string | undefined> {
  const board = boardsOf(stream)[0]!
  const name = { stream, board, edition: 0, hour, digest: '', extractor: boards[board].defaultExtractor }
  let found: number
  try {
    const { records, copies } = await counters.countPartitions({ name, files: [file] }, { signal })
    found = records + copies
  } catch (error) {
    if (isAppError(error, 'corrupt')) return error.message
    throw error
  }
  const expected = await recordsOf(stream, hour, file)
  if (found === expected) return undefined
  return `${file.path} has ${found} records, the archive's log says ${expected}: it was cut off, or is another file`
}
