/**
 * `rebuild.ts OUT.tsv`: the `rebuild` workflow, end to end, on the services and the lake that the configuration names: a
 * batch worker is started, then the workflow; what was published is read back from the views. Prints JSON: seconds of
 * the worker's start and of the workflow, from asking for it to published.
 */
import { writeFileSync } from 'node:fs'
import { loadConfig } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import { layoutAt } from '../../lake/layout.ts'
import { listHours } from '../../lake/listing.ts'
import { openStore } from '../../lake/open-store.ts'
import { parseRebuild } from '../../model/requests.ts'
import { connectClient } from '../../temporal/connection.ts'
import { startEdition } from '../../temporal/start.ts'
import { openViews } from '../../views/views.ts'
import { runBatchWorker } from '../../workers/batch.ts'
import { topLines } from './lake-requests.ts'

const [out = 'rebuild.tsv'] = process.argv.slice(2)
const { config } = loadConfig()
const logger = createLogger(config, 'bench')
const stop = new AbortController()
const startedAt = performance.now()
const ready = Promise.withResolvers<void>()
const worker = runBatchWorker({ config, logger, signal: stop.signal, onReady: ready.resolve })
await Promise.race([ready.promise, worker])
const readyAt = performance.now()

await using temporal = await connectClient(config.temporal, { patienceMs: 10_000 })
const request = parseRebuild({ extractors: { hashtags: 'hashtags@2' }, reason: 'bench' })
const workflowId = `bench-rebuild-${config.mongo.database}-${process.pid}`
const handle = await startEdition(temporal.client, request, { taskQueue: config.temporal.taskQueue, workflowId })
const result = await handle.result()
const doneAt = performance.now()

await using views = await openViews({ ...config.mongo, appName: 'tendance bench' })
const place = { store: openStore(config.lake), layout: layoutAt(config.lake.root) }
const hours = await listHours(place, 'posts')
const live = await views.live.read('posts')
const documents = await views.batch.get({ stream: 'posts', board: 'hashtags', edition: live?.edition ?? 0, hours })
const lines = documents.toSorted((a, b) => (a.hour < b.hour ? -1 : 1)).flatMap((one) => topLines(one.hour, one))
writeFileSync(out, `${lines.join('\n')}\n`)
stop.abort()
await worker
await place.store[Symbol.asyncDispose]()
const seconds = (from: number, to: number) => Math.round(to - from) / 1_000
console.log(
  JSON.stringify({
    workerSeconds: seconds(startedAt, readyAt),
    seconds: seconds(readyAt, doneAt),
    records: documents.reduce((sum, one) => sum + one.records, 0),
    copies: documents.reduce((sum, one) => sum + one.copies, 0),
    result,
  }),
)
