/**
 * A batch worker as a process of its own, for tests that kill it. Takes its configuration as JSON, and its concurrency; prints when
 * it is ready.
 */
import { writeSync } from 'node:fs'
import type { Config } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import { runBatchWorker } from '../../workers/batch.ts'

const [settings = '', concurrency] = process.argv.slice(2)
const config = JSON.parse(settings) as Config
const stopping = new AbortController()
process.on('SIGTERM', () => stopping.abort())
await runBatchWorker({
  config,
  logger: createLogger(config, 'batch'),
  signal: stopping.signal,
  ...(concurrency ? { concurrency: Number(concurrency) } : {}),
  onReady: () => writeSync(1, 'ready\n'),
  // The lake is filled by the test: nothing is on its way.
  highWatermarks: async () => new Map(),
})
process.exit()
