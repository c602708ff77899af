/**
 * An hour could not be computed because something in it is corrupt: every file of it is looked at alone, and those that prove to be
 * are quarantined.
 *
 * Repeating it does no harm: what is quarantined is not among the hour's files any more.
 */
import { damageOf } from '../lake/damage.ts'
import { isAppError } from '../model/errors.ts'
import { type QuarantineRequest, type QuarantineResult, shortMessage } from '../model/work.ts'
import { withBeat } from './beat.ts'
import type { BatchDependencies } from './dependencies.ts'
import { amendLedger } from './ledger.ts'

/** Named in the result; the others are in the listing of `tendance quarantine`. */
const NAMED_MAX = 2

export function quarantineHour(deps: BatchDependencies) {
  return ({ stream, hour }: QuarantineRequest): Promise<QuarantineResult> =>
    withBeat(async ({ signal, by }) => {
      const { lake, clock, logger } = deps
      // First what no reading is needed for: a file that no commit knows is no file of the hour, and must not be judged as one.
      const { listing } = await lake.settleHour(stream, hour, { at: clock(), by })
      const files: { path: string; reason: string }[] = []
      let records = 0
      for (const file of listing.files) {
        const reason = await damageUnlessGone(deps, { stream, hour, file }, signal)
        if (reason === undefined) continue
        const path = await lake.quarantine(stream, hour, file, { reason, at: clock(), by })
        if (path === undefined) continue
        const lacking = await lake.recordsOf(stream, hour, file).catch(() => 0)
        logger.error({ stream, hour, path, records: lacking, reason }, 'a corrupt file is quarantined')
        files.push({ path, reason: shortMessage(reason) })
        records += lacking
      }
      const after = await lake.listHour(stream, hour)
      // Those that vanished, or have another length, were noted without reading them.
      for (const { path, note, records: lacking } of await lake.quarantined(stream, hour, after)) {
        if (files.some((file) => file.path === path)) continue
        files.push({ path, reason: shortMessage(note?.reason ?? 'it is not in its place') })
        records += lacking
      }
      if (files.length > 0) await amendLedger(deps, stream, hour, after.digest)
      return { files: files.slice(0, NAMED_MAX), records }
    })
}

/** undefined when nothing is wrong with it, or it is gone: compacted, or quarantined by another. */
async function damageUnlessGone(
  { lake, counters }: BatchDependencies,
  file: Parameters<typeof damageOf>[1],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await damageOf({ counters, recordsOf: lake.recordsOf }, file, signal)
  } catch (error) {
    if (isAppError(error, 'not-found')) return undefined
    throw error
  }
}
