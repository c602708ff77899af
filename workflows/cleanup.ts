/** Deletes what nobody needs any more: speed views that batch covers, abandoned temporary files, old retired editions. */
import { parseCleanup } from '../model/requests.ts'
import { STREAM_NAMES, type StreamName } from '../model/streams/stream.ts'
import { addCleaned, type CleanResult } from '../model/work.ts'
import { cleaning } from './activities.ts'
import { checked, Run } from './run.ts'

/** @returns what was deleted, or would be with `dryRun`, a stream each */
export async function cleanup(input?: unknown): Promise<readonly (CleanResult & { readonly stream: StreamName })[]> {
  const { stream: only, dryRun } = checked(() => parseCleanup(input))
  const results: (CleanResult & { stream: StreamName })[] = []
  for (const stream of only ? [only] : STREAM_NAMES) {
    const run = new Run('cleanup', stream)
    run.report({ phase: 'cleaning' })
    const request = { stream, dryRun }
    const speed = await cleaning.cleanSpeed(request)
    const temporary = await cleaning.cleanTemporary(request)
    const editions = await cleaning.cleanEditions(request)
    run.report({ phase: 'done' })
    results.push({ stream, ...[speed, temporary, editions].reduce(addCleaned) })
  }
  return results
}
