/**
 * `many-hours.ts OUT.tsv FIRST_HOUR TEMPORAL_PID`: a recompute of a history of years, from starting the workflow to its edition
 * published, with a worker that is up. Prints JSON: seconds, milliseconds an hour, what the histories came to, and the peak
 * memory of worker and Temporal server.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { loadConfig } from '../../app/config.ts'
import { AppError } from '../../model/errors.ts'
import { parseRecompute } from '../../model/requests.ts'
import { startEdition } from '../../temporal/start.ts'
import type { EditionResult } from '../../workflows/edition.ts'
import { measureHistories } from '../machine/histories.ts'
import { readLiveTop } from './live-top.ts'
import { timed, withBatchWorker } from './with-batch-worker.ts'

const [out = 'many-hours.tsv', since = '', temporalPid = ''] = process.argv.slice(2)
const { config } = loadConfig()
const { taskQueue } = config.temporal
const request = parseRecompute({ since, extractors: { hashtags: 'hashtags@2' }, reason: 'bench' })

const { result: run } = await withBatchWorker(config, async (client) => {
  const workflowId = `bench-many-hours-${taskQueue}`
  const { seconds, value } = await timed(async () => {
    const handle = await startEdition(client, request, { taskQueue, workflowId })
    const { runId } = await handle.describe()
    return { runId, result: (await handle.result()) as EditionResult }
  })
  const workerPeakRssMb = Math.round(process.resourceUsage().maxRSS / 1_000)
  const { runs, ...histories } = await measureHistories(client, workflowId, value.runId)
  return { seconds, ...value.result.done, workerPeakRssMb, continuedAsNew: runs - 1, ...histories }
})
const { text } = await readLiveTop(config)
writeFileSync(out, text)
const { failed, ...figures } = run
if (failed.length > 0) throw new AppError('internal', `${failed.length} hours failed, the first: ${failed[0]?.message}`)
const temporalPeakRssMb = temporalPid ? peakRssMb(temporalPid) : undefined
console.log(
  JSON.stringify({ ...figures, msAnHour: round((figures.seconds / figures.hours) * 1_000), temporalPeakRssMb }),
)

/** Since the process began. */
function peakRssMb(pid: string): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1_000)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
