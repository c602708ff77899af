/**
 * `rebuild.ts OUT.tsv`: the `rebuild` workflow, end to end, on the services and the lake that the configuration names: a
 * batch worker is started, then the workflow; what was published is read back from the views. Prints JSON: seconds of
 * the worker's start and of the workflow, from asking for it to published.
 */
import { writeFileSync } from 'node:fs'
import { loadConfig } from '../../app/config.ts'
import { parseRebuild } from '../../model/requests.ts'
import { startEdition } from '../../temporal/start.ts'
import { readLiveTop } from './live-top.ts'
import { timed, withBatchWorker } from './with-batch-worker.ts'

const [out = 'rebuild.tsv'] = process.argv.slice(2)
const { config } = loadConfig()
const { taskQueue } = config.temporal
const request = parseRebuild({ extractors: { hashtags: 'hashtags@2' }, reason: 'bench' })
const { result: run, workerSeconds } = await withBatchWorker(config, (client) =>
  timed(async () => {
    const handle = await startEdition(client, request, { taskQueue, workflowId: `bench-rebuild-${taskQueue}` })
    return handle.result()
  }),
)
const { text, records, copies } = await readLiveTop(config)
writeFileSync(out, text)
const { state, failed } = run.value
console.log(JSON.stringify({ workerSeconds, seconds: run.seconds, records, copies, state, failed: failed.length }))
