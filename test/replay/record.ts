/**
 * Records histories of every workflow from real runs: `node test/replay/record.ts <temporal host:port> [name…]`. The activities
 * are scripted, what the server writes down is real. Recorded once a change of a workflow is meant to be incompatible, else
 * never: they stand for the runs that are under way when new code is put in place.
 */
import { join } from 'node:path'
import type { WorkflowHandle } from '@temporalio/client'
import { Worker } from '@temporalio/worker'
import { silentLogger } from '../../model/log.ts'
import { parseCompact, parseRebuild, parseRecompute, parseVerify } from '../../model/requests.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { connectClient, connectWorker } from '../../temporal/connection.ts'
import { installRuntime } from '../../temporal/runtime.ts'
import { registerSearchAttributes } from '../../temporal/search-attributes.ts'
import {
  startCleanup,
  startCompact,
  startEdition,
  startHourly,
  startPreview,
  startVerify,
} from '../../temporal/start.ts'
import { loadWorkflowBundle } from '../../workers/workflow-bundle.ts'
import { testConfig, testSettings } from '../test-settings.ts'
import { ScriptedHistory } from '../workflows/scripted-activities.ts'
import { writeHistory } from './history-file.ts'

const FIRST = '2026-11-16T00' as HourId
const hours = hoursBetween(FIRST, nextHour(FIRST, 30))
const folder = join(import.meta.dirname, 'histories')
const [address = '127.0.0.1:7233', ...only] = process.argv.slice(2)
const settings = testConfig({ TENDANCE_TEMPORAL_ADDRESS: address }).temporal

installRuntime(silentLogger)
await using temporal = await connectClient(settings, { patienceMs: 5_000 })
await registerSearchAttributes(temporal.connection, settings.namespace)
const workflowBundle = await loadWorkflowBundle({
  folder: join(import.meta.dirname, '../..'),
  cacheDir: testSettings().cacheDir,
})
const { client } = temporal
type Options = Parameters<typeof startHourly>[1]
const request = parseRecompute({ since: nextHour(FIRST, 10), extractors: 'hashtags@2', reason: 'recorded' })

/** Runs one scene to its end and keeps its history: of a run that continued as new, the last one's, or the first one's. */
async function record(
  name: string,
  history: ScriptedHistory,
  scene: (options: Options) => Promise<WorkflowHandle & { readonly firstExecutionRunId?: string }>,
  which: 'first' | 'last' = 'last',
): Promise<void> {
  if (only.length > 0 && !only.includes(name)) return
  const connection = await connectWorker(settings, { patienceMs: 5_000 })
  const workflowId = `recorded-${name}-${Date.now()}`
  const worker = await Worker.create({
    connection,
    taskQueue: workflowId,
    workflowBundle,
    activities: history.activities(),
  })
  await worker.runUntil(async () => {
    const handle = await scene({ taskQueue: workflowId, workflowId })
    await handle.result().catch(() => {})
    const runId = which === 'first' ? handle.firstExecutionRunId : undefined
    const recorded = await client.workflow.getHandle(workflowId, runId).fetchHistory()
    await writeHistory(join(folder, `${name}.json`), recorded)
    process.stdout.write(`${name}: ${recorded.events?.length} events\n`)
  })
  await connection.close()
}

/** Resolves when the activity begins for the first time. */
function whenCalled(history: ScriptedHistory, activity: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  history.onCall = (name) => name === activity && resolve()
  return promise
}

await record('hourly', new ScriptedHistory(hours), (options) => startHourly(client, options))
await record('cleanup', new ScriptedHistory(hours), (options) => startCleanup(client, false, options))
await record('recompute', new ScriptedHistory(hours), (options) => startEdition(client, request, options))

await record('verify', new ScriptedHistory(hours), (options) => startVerify(client, parseVerify({}), options))
await record('preview', new ScriptedHistory(hours), (options) => startPreview(client, request, options))

await record('compact', new ScriptedHistory(hours), (options) => startCompact(client, parseCompact({}), options))
const compactCorrupt = new ScriptedHistory(hours)
compactCorrupt.corrupt.add(nextHour(FIRST, 17))
await record('compact-corrupt', compactCorrupt, (options) =>
  startCompact(client, parseCompact({ since: nextHour(FIRST, 3) }), options),
)
await record('compact-dry-run', new ScriptedHistory(hours), (options) =>
  startCompact(client, parseCompact({ dryRun: true }), options),
)

const corrupt = new ScriptedHistory(hours)
corrupt.corrupt.add(nextHour(FIRST, 17))
await record('recompute-corrupt', corrupt, (options) => startEdition(client, request, options))

const away = new ScriptedHistory(hours)
away.unavailable = 6
await record('recompute-waiting', away, (options) => startEdition(client, request, options))

await record('recompute-refused', new ScriptedHistory(hours), (options) =>
  client.workflow.start('recompute', { ...options, args: [{ since: 'yesterday' }] }),
)

const cancelled = new ScriptedHistory(hours)
cancelled.gate = () => new Promise((resolve) => setTimeout(resolve, 2_000))
const begun = whenCalled(cancelled, 'computeStretch')
await record('recompute-cancelled', cancelled, async (options) => {
  const handle = await startEdition(client, request, options)
  await begun
  await handle.cancel()
  return handle
})

const stopped = new ScriptedHistory(hours)
stopped.gate = () => new Promise((resolve) => setTimeout(resolve, 1_000))
const started = whenCalled(stopped, 'computeStretch')
await record('recompute-cancelled-by-update', stopped, async (options) => {
  const handle = await startEdition(client, request, options)
  await started
  await handle.executeUpdate('cancel', { args: [{ by: 'somebody', reason: 'recorded' }] })
  return handle
})

const back = { since: FIRST, newestFirst: true, concurrency: 2, boards: 'hashtags', keep: '1d' }
await record('recompute-newest-first', new ScriptedHistory(hours), (options) =>
  startEdition(client, parseRecompute(back), options),
)

for (const update of ['publish', 'reject'] as const) {
  const held = new ScriptedHistory(hours)
  const waits = whenCalled(held, 'holdEdition')
  await record(`rebuild-${update}`, held, async (options) => {
    const handle = await startEdition(client, parseRebuild({ hold: true, reason: 'recorded' }), options)
    await waits
    await handle.executeUpdate('pause')
    await handle.executeUpdate('resume')
    await handle.executeUpdate(update, { args: [{ by: 'somebody' }] })
    return handle
  })
}

const small = new ScriptedHistory(hoursBetween(FIRST, nextHour(FIRST, 5_000)))
await record('compact-continued', small, (options) => startCompact(client, parseCompact({}), options))

const many = new ScriptedHistory(hoursBetween(FIRST, nextHour(FIRST, 5_000)))
await record('rebuild-continued', many, (options) =>
  startEdition(client, parseRebuild({ reason: 'recorded' }), options),
)

// On a server that was started with `--dynamic-config-value limit.historyCount.suggestContinueAsNew=200`: a run of the usual 4,096
// events is 3 MB here.
const more = new ScriptedHistory(hoursBetween(FIRST, nextHour(FIRST, 5_000)))
await record('recompute-continues', more, (options) => startEdition(client, request, options), 'first')
