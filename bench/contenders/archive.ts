/**
 * `archive.ts MESSAGES`: takes the whole topic of posts from Kafka to HDFS with the archive worker, as a group and into a lake of
 * its own, then seals its hours.
 *
 * Prints JSON: seconds from the assignment of partitions to the last commit and on to the last seal, posts a second, and what
 * the lake holds by two accounts: the log of commits, read again from HDFS, and the seals.
 */
import { loadConfig } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import { readLog } from '../../lake/archive/commit-log.ts'
import { createLake } from '../../lake/lake.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { timed } from './with-batch-worker.ts'

const STREAM = 'posts'
const messages = Number(process.argv[2])
const { config } = loadConfig()
const logger = createLogger(config, 'bench')
const layout = layoutAt(config.lake.root)

/** Resolves to the seconds from the assignment to the last commit. */
async function archive(): Promise<number> {
  const stopping = new AbortController()
  let assignedAt = 0
  let committedAt = 0
  let archived = 0
  await runArchiveWorker({
    config,
    logger,
    signal: stopping.signal,
    onAssigned: () => {
      assignedAt ||= performance.now()
    },
    onCommit: ({ from, to }) => {
      archived += to - from
      committedAt = performance.now()
      if (archived >= messages) stopping.abort()
    },
  })
  return (committedAt - assignedAt) / 1_000
}

const committing = await archive()
await using store = openStore(config.lake, { logger })
const lake = createLake({ store, layout }, `bench-${process.pid}`)
const sealing = await timed(async () => {
  const hours = await lake.listHours(STREAM)
  return Promise.all(hours.map((hour) => lake.sealHour(STREAM, hour, Date.now())))
})

let [committed, commits] = [0, 0]
for (let partition = 0; partition < config.kafka.partitions; partition++) {
  for await (const entry of readLog({ store, layout, stream: STREAM }, partition)) {
    committed += entry.records
    commits++
  }
}
const seals = sealing.value
const sumOf = (value: 'records' | 'files' | 'bytes') => seals.reduce((sum, seal) => sum + seal[value], 0)
const seconds = Math.round((committing + sealing.seconds) * 1_000) / 1_000
console.log(
  JSON.stringify({
    seconds,
    postsPerSecond: Math.round(messages / seconds),
    sealSeconds: sealing.seconds,
    committed,
    commits,
    sealed: sumOf('records'),
    files: sumOf('files'),
    megabytes: Math.round(sumOf('bytes') / 1e6),
  }),
)
await store.delete(config.lake.root, { recursive: true })
process.exit()
