/**
 * An archive worker as a process of its own, for tests that kill it. Takes its configuration as JSON, prints a line a commit; told so,
 * it kills itself, as kill -9 does, at a step of a commit: `{ "step": "<regular expression>", "death": "before" }`.
 */
import { writeSync } from 'node:fs'
import type { Config } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import { openStore } from '../../lake/open-store.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { Dead, type Death, mortal } from '../lake/broken-store.ts'

const config = JSON.parse(process.argv[2]!) as Config
const fate = process.argv[3] === undefined ? undefined : (JSON.parse(process.argv[3]) as { step: string; death: Death })
const stopping = new AbortController()
process.on('SIGTERM', () => stopping.abort())
const logger = createLogger(config, 'archive')
const print = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`)

const die = (step: string): never => {
  print({ died: step })
  process.kill(process.pid, 'SIGKILL')
  throw new Dead(step)
}
const store = openStore(config.lake, { logger })
const pattern = new RegExp(fate?.step ?? '')
await runArchiveWorker({
  config,
  logger,
  signal: stopping.signal,
  store: fate ? mortal(store, (step) => pattern.test(step), fate.death, die).store : store,
  onAssigned: (partitions) => print({ assigned: partitions }),
  onCommit: ({ partition, from, to }) => print({ partition, from, to }),
})
process.exit()
