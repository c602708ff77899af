/** What a recompute or a rebuild would do, for the same input: hours, bytes, how long, a sample of what would change. Writes nothing. */
import { type Preview, previewOf } from '../model/preview.ts'
import { parsePreview } from '../model/requests.ts'
import { sampling } from './activities.ts'
import { checked, Run } from './run.ts'

export async function preview(input?: unknown): Promise<Preview> {
  const request = checked(() => parsePreview(input))
  const { stream } = request
  const run = new Run('preview', stream)
  const range = await sampling.range(request)
  run.report({ phase: 'computing', hoursPlanned: range.sample.length })
  const { boards, extractors } = range
  const sample = await Promise.all(
    range.sample.map(({ hour, bytes }) => sampling.hour({ stream, hour, boards, extractors }, bytes)),
  )
  run.report({ phase: 'done' })
  return previewOf(request, range, sample)
}
