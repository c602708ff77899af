/** What recent commits have brought, by hour: what the hourly look holds against the directories of hours (lake/settle.ts). */
import { isAppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { partitionsOfLog } from './archive/adopt.ts'
import { entriesSince } from './archive/log-names.ts'
import { mapBounded } from './concurrency.ts'
import type { EntryFile, EntryOf } from './entries.ts'
import type { LakePlace } from './listing.ts'

export type CommittedFiles = ReadonlyMap<HourId, readonly EntryFile[]>

const ENTRIES_AT_ONCE = 16

/**
 * Of entries written since `since`, ms by the store's clock. One that cannot be understood is told and passed over: it must not stop
 * the hours that it has nothing to do with; an hour with a file of it is refused by its account (lake/account.ts).
 */
export async function committedSince(
  { place, entryOf, logger }: { readonly place: LakePlace; readonly entryOf: EntryOf; readonly logger: Logger },
  stream: StreamName,
  since: number,
  signal?: AbortSignal,
): Promise<CommittedFiles> {
  const byHour = new Map<HourId, EntryFile[]>()
  for (const partition of await partitionsOfLog({ ...place, stream })) {
    const names = await entriesSince({ ...place, stream }, partition, since)
    await mapBounded(names, ENTRIES_AT_ONCE, async ({ from }) => {
      signal?.throwIfAborted()
      const entry = await entryOf(stream, partition, from).catch((error: unknown) => {
        if (!isAppError(error, 'corrupt')) throw error
        logger.error({ stream, partition, from, ...error.facts }, error.message)
        return undefined
      })
      for (const file of entry?.files.values() ?? []) {
        const known = byHour.get(file.hour)
        if (known) known.push(file)
        else byHour.set(file.hour, [file])
      }
    })
  }
  return byHour
}
