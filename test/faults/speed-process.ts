/** A speed worker as a process of its own, for tests that kill it: takes its configuration as JSON, prints its progress. */

import type { Config } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import { runSpeedWorker } from '../../workers/speed.ts'

const config = JSON.parse(process.argv[2]!) as Config
const stopping = new AbortController()
process.on('SIGTERM', () => stopping.abort())
await runSpeedWorker({
  config,
  logger: createLogger(config, 'speed'),
  signal: stopping.signal,
  onProgress: (progress) => process.stdout.write(`${JSON.stringify(progress)}\n`),
})
process.exit()
