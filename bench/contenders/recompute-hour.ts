/**
 * `recompute-hour.ts OUT.tsv TIMES`: how long a person waits for "recompute everything since the last hour": from starting the
 * workflow to its edition published, with a worker that is up. The history is computed once before. Prints JSON: seconds
 * of each time and their median.
 */
import { writeFileSync } from 'node:fs'
import { loadConfig } from '../../app/config.ts'
import { parseRebuild, parseRecompute } from '../../model/requests.ts'
import { startEdition } from '../../temporal/start.ts'
import { readLiveTop } from './live-top.ts'
import { timed, withBatchWorker } from './with-batch-worker.ts'

const [out = 'recompute.tsv', times = '5'] = process.argv.slice(2)
const { config } = loadConfig()
const { taskQueue } = config.temporal
const extractors = { hashtags: 'hashtags@2' }
const before = await withBatchWorker(config, async (client) => {
  const history = parseRebuild({ extractors, reason: 'bench' })
  await (await startEdition(client, history, { taskQueue, workflowId: `bench-history-${taskQueue}` })).result()
  const since = (await readLiveTop(config)).text.trim().split('\n').at(-1)?.slice(0, 13)
  const request = parseRecompute({ since, extractors, reason: 'bench' })
  const seconds: number[] = []
  for (let time = 0; time < Number(times); time++) {
    const workflowId = `bench-recompute-${taskQueue}-${time}`
    const run = await timed(async () => (await startEdition(client, request, { taskQueue, workflowId })).result())
    seconds.push(run.seconds)
  }
  return seconds
})
const { text, records } = await readLiveTop(config)
writeFileSync(out, text)
const all = before.result
const median = all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]
console.log(JSON.stringify({ workerSeconds: before.workerSeconds, seconds: median, all, records }))
