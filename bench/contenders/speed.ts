/**
 * `speed.ts WHAT MESSAGES`: takes the whole topic of posts from Kafka, as a group of its own. WHAT is
 *
 *   count   the speed worker: counted, and visible in the views
 *   read    the limit of `count`: the same messages read by the same consumer, nothing else
 *
 * Prints JSON: seconds from the assignment of partitions until all was visible (or read), posts a second, and of `count` what
 * the views hold and within how many ms 99 of 100 flushes made their oldest post visible.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { loadConfig } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import { createKafka } from '../../kafka/client.ts'
import { readPartitions } from '../../kafka/consumer.ts'
import { AppError } from '../../model/errors.ts'
import type { PartitionReader } from '../../model/messages.ts'
import { topicOf } from '../../model/streams/stream.ts'
import type { SpeedProgress } from '../../speed/meter.ts'
import { openViews } from '../../views/views.ts'
import { runSpeedWorker } from '../../workers/speed.ts'

const [what = 'count', messagesText] = process.argv.slice(2)
const messages = Number(messagesText)
const POLL_MS = 20
const { config } = loadConfig()
const logger = createLogger(config, 'bench')
const stopping = new AbortController()
let assignedAt = 0
const onAssigned = () => {
  assignedAt = performance.now()
}

function figures(doneAt: number, more: object): void {
  const seconds = (doneAt - assignedAt) / 1_000
  const rounded = Math.round(seconds * 1_000) / 1_000
  console.log(JSON.stringify({ seconds: rounded, postsPerSecond: Math.round(messages / seconds), ...more }))
}

async function count(): Promise<void> {
  await using views = await openViews({ ...config.mongo, appName: 'tendance bench' })
  let progress: SpeedProgress | undefined
  const onProgress = (now: SpeedProgress) => {
    progress = now
  }
  const worker = runSpeedWorker({ config, logger, signal: stopping.signal, onAssigned, onProgress })
  const key = { stream: 'posts', board: 'hashtags' } as const
  const extractor = config.batch.extractors
  for (;;) {
    const states = await Promise.race([views.speed.states({ ...key, extractor }), worker.then(() => [])])
    if (states.reduce((sum, { offset }) => sum + offset, 0) >= messages) break
    await delay(POLL_MS)
  }
  const visibleAt = performance.now()
  stopping.abort()
  await worker
  const documents = await views.speed.get({ ...key, extractor, hours: await views.speed.hours(key) })
  const sumOf = (value: 'records' | 'copies' | 'total') => documents.reduce((sum, document) => sum + document[value], 0)
  const { visibleMsP99 = 0, late = 0, tallies = 0 } = progress ?? {}
  const held = { records: sumOf('records'), copies: sumOf('copies'), total: sumOf('total') }
  figures(visibleAt, { ...held, late, tallies, visibleMsP99 })
  await views.drop()
}

async function read(): Promise<void> {
  let seen = 0
  const reader: PartitionReader = {
    start: async () => 0,
    async take(batch) {
      seen += batch.messages.length
      if (seen === messages) stopping.abort()
      return undefined
    },
    tick: async () => undefined,
    close: async () => undefined,
  }
  await readPartitions(createKafka(config, 'tendance-bench', logger), {
    groupId: `${config.kafka.groupPrefix}read`,
    topic: topicOf(config.kafka.topicPrefix, 'posts'),
    open: () => reader,
    tickMs: 1_000,
    logger,
    signal: stopping.signal,
    onAssigned,
  })
  figures(performance.now(), { read: seen })
}

if (what === 'count') await count()
else if (what === 'read') await read()
else throw new AppError('bad-input', `there is no '${what}'; there are count, read`)
process.exit()
