/** A batch worker in this process for as long as some work takes, and a client to start workflows with. */
import type { Client } from '@temporalio/client'
import type { Config } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { connectClient } from '../../temporal/connection.ts'
import { runBatchWorker } from '../../workers/batch.ts'

const PATIENCE_MS = 30_000

/**
 * Resolves to what `work` gives and the seconds that the worker took to be ready. The database is a new one, so editions are
 * numbered anew: full tallies that an earlier run left under their names are deleted first.
 */
export async function withBatchWorker<T>(
  config: Config,
  work: (client: Client) => Promise<T>,
): Promise<{ readonly result: T; readonly workerSeconds: number }> {
  await using store = openStore(config.lake)
  const layout = layoutAt(config.lake.root)
  await store.delete(layout.talliesDir('posts', 0).replace(/\/[^/]+$/, ''), { recursive: true })
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

/** Seconds that `work` took, with what it gave. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> {
  const startedAt = performance.now()
  const value = await work()
  return { seconds: Math.round(performance.now() - startedAt) / 1_000, value }
}
