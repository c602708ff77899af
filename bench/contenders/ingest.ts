/**
 * `ingest.ts WHAT FILE`: gets the JSON lines of a file into a fresh topic. WHAT is
 *
 *   ingest   the ingest worker: read, validated, encoded, partitioned, confirmed, its position saved
 *   send     the client as its tutorials use it: each line a message as it is, 1,000 in a send, nothing looked at
 *
 * Prints JSON: seconds from the first line to the last confirmation, posts a second, and how many messages Kafka has.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { loadConfig } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import type { Source } from '../../ingest/source.ts'
import { createFileSource } from '../../ingest/sources/file.ts'
import { ensureTopic, fetchOffsets } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { AppError } from '../../model/errors.ts'
import { topicOf } from '../../model/streams/stream.ts'
import { runIngestWorker } from '../../workers/ingest.ts'

const [what = 'ingest', path = ''] = process.argv.slice(2)
const SEND_LINES = 1_000
const { config } = loadConfig()
const logger = createLogger(config, 'bench')
const connection = createKafka(config, 'tendance-bench', logger)
const topic = topicOf(config.kafka.topicPrefix, 'posts')

async function ingest(): Promise<number> {
  const file = await createFileSource({ path, logger })
  let startedAt = 0
  const source: Source = {
    ...file,
    open(from, signal) {
      startedAt = performance.now()
      return file.open(from, signal)
    },
  }
  await runIngestWorker({ config, source, logger, signal: new AbortController().signal })
  return startedAt
}

async function send(): Promise<number> {
  await ensureTopic(connection, topic, config.kafka)
  const producer = connection.kafka.producer({ idempotent: true })
  await producer.connect()
  const startedAt = performance.now()
  let messages: { value: string }[] = []
  for await (const value of createInterface({ input: createReadStream(path) })) {
    messages.push({ value })
    if (messages.length < SEND_LINES) continue
    await producer.send({ topic, acks: -1, messages })
    messages = []
  }
  if (messages.length > 0) await producer.send({ topic, acks: -1, messages })
  await producer.disconnect()
  return startedAt
}

async function run(): Promise<number> {
  if (what === 'ingest') return ingest()
  if (what === 'send') return send()
  throw new AppError('bad-input', `there is no '${what}'; there are ingest, send`)
}

const startedAt = await run()
const seconds = (performance.now() - startedAt) / 1_000
const offsets = await fetchOffsets(connection, topic)
const stored = [...offsets.values()].reduce((sum, { low, high }) => sum + high - low, 0)
console.log(
  JSON.stringify({
    seconds: Math.round(seconds * 1_000) / 1_000,
    postsPerSecond: Math.round(stored / seconds),
    stored,
  }),
)
process.exit()
