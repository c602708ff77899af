/** An ingest worker in a process of its own, for tests that kill it: `node ingest-process.ts '<configuration>' <folder>`. */
import { loadConfig } from '../../app/config.ts'
import { silentLogger } from '../../model/log.ts'
import { runIngestWorker } from '../../workers/ingest.ts'

const [environment = '{}', path = ''] = process.argv.slice(2)
const { config } = loadConfig({ env: JSON.parse(environment) })
const summary = await runIngestWorker({
  config,
  source: { kind: 'file', options: { path, once: true, quietMs: 0 } },
  logger: silentLogger,
  signal: new AbortController().signal,
  onProgress: ({ posts }) => console.log(posts),
})
console.log(JSON.stringify(summary))
