/** A batch worker in this process for as long as some work takes, and a client to start workflows with. */
import { dirname } from 'node:path/posix'
import type { Client } from '@temporalio/client'
import type { Config } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import { mapBounded } from '../../lake/concurrency.ts'
import { createLake } from '../../lake/lake.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { connectClient } from '../../temporal/connection.ts'
import { openViews } from '../../views/views.ts'
import { runBatchWorker } from '../../workers/batch.ts'

const PATIENCE_MS = 30_000
const STREAM = 'posts'
const AT_ONCE = 8

/** Resolves to what `work` gives and the seconds that the worker took to be ready. */
export async function withBatchWorker<T>(
  config: Config,
  work: (client: Client) => Promise<T>,
): Promise<{ readonly result: T; readonly workerSeconds: number }> {
  await prepare(config)
  const startedAt = performance.now()
  const stop = new AbortController()
  const ready = Promise.withResolvers<void>()
  const logger = createLogger(config, 'bench')
  const worker = runBatchWorker({ config, logger, signal: stop.signal, onReady: ready.resolve })
  await Promise.race([ready.promise, worker])
  const workerSeconds = Math.round(performance.now() - startedAt) / 1_000
  try {
    await using temporal = await connectClient(config.temporal, { patienceMs: PATIENCE_MS })
    return { result: await work(temporal.client), workerSeconds }
  } finally {
    stop.abort()
    await worker
  }
}

/**
 * The database is a new one: it gets the ledger that sealing has left in every database of some age. And as its editions are
 * numbered anew, full tallies that an earlier run left under their names are deleted.
 */
async function prepare(config: Config): Promise<void> {
  await using store = openStore(config.lake)
  await using views = await openViews({ ...config.mongo, appName: 'bench' })
  await views.ensureIndexes()
  const layout = layoutAt(config.lake.root)
  await store.delete(dirname(layout.talliesDir(STREAM, 0)), { recursive: true })
  const lake = createLake({ store, layout }, `bench-${process.pid}`)
  await mapBounded(await lake.listHours(STREAM), AT_ONCE, async (hour) => {
    const seal = await lake.readSeal(STREAM, hour)
    if (seal) await views.hours.put([{ ...seal, refused: null, updatedAt: Date.now() }])
  })
}

/** Seconds that `work` took, with what it gave. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> {
  const startedAt = performance.now()
  const value = await work()
  return { seconds: Math.round(performance.now() - startedAt) / 1_000, value }
}
