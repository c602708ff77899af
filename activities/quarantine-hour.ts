/**
 * An hour could not be computed because something in it is corrupt: every file of it is looked at alone, and those that prove
 * corrupt are quarantined. The judge is counting itself, which reads a file that it doubts again by the way on which the store checks
 * what it gives; a store that does not answer, or has lost a block, is no proof.
 *
 * Repeating it does no harm: what is quarantined is not among the hour's files any more.
 */
import type { HourListing, RecordFile } from '../lake/listing.ts'
import { isAppError, messageOf } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { type QuarantineRequest, type QuarantineResult, shortMessage } from '../model/work.ts'
import { withBeat } from './beat.ts'
import type { BatchDependencies } from './dependencies.ts'
import { amendLedger } from './ledger.ts'
import { boardsOf } from './owners.ts'

/** Named in the result; the others are in the listing of `tendance quarantine`. */
const NAMED_MAX = 5

export function quarantineHour(deps: BatchDependencies) {
  return ({ stream, hour }: QuarantineRequest): Promise<QuarantineResult> =>
    withBeat(async ({ signal, by }) => {
      const { lake, clock, logger } = deps
      const listing = await lake.listHour(stream, hour)
      const files: { path: string; reason: string }[] = []
      let records = 0
      for (const file of listing.files) {
        const reason = await damageOf(deps, stream, hour, { file, listing }, signal)
        if (reason === undefined) continue
        const path = await lake.quarantine(stream, hour, file, { reason, at: clock(), by })
        if (path === undefined) continue
        const lacking = await lake.recordsOf(stream, hour, file).catch(() => 0)
        logger.error({ stream, hour, path, records: lacking, reason }, 'a corrupt file is quarantined')
        files.push({ path, reason: shortMessage(reason) })
        records += lacking
      }
      if (files.length > 0) await amendLedger(deps, stream, hour, (await lake.listHour(stream, hour)).digest)
      return { files: files.slice(0, NAMED_MAX), records }
    })
}

/** Why the file is corrupt; undefined when it is not. */
async function damageOf(
  { lake, counters, settings }: BatchDependencies,
  stream: StreamName,
  hour: HourId,
  { file, listing }: { readonly file: RecordFile; readonly listing: HourListing },
  signal: AbortSignal,
): Promise<string | undefined> {
  const board = boardsOf(stream)[0]!
  const name = { stream, board, edition: 0, hour, digest: listing.digest, extractor: settings.firstExtractors[board] }
  let found: number
  try {
    const { records, copies } = await counters.countPartitions({ name, files: [file] }, { signal })
    found = records + copies
  } catch (error) {
    // Gone: compacted, or quarantined by another.
    if (isAppError(error, 'not-found')) return undefined
    if (isAppError(error, 'corrupt')) return messageOf(error)
    throw error
  }
  const expected = await lake.recordsOf(stream, hour, file)
  if (found === expected) return undefined
  return `${file.path} has ${found} records, the archive's log says ${expected}: it was cut off, or is another file`
}
