/** What `tendance dead-letters` does: look at the records that could not be taken, and try them again with today's code. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Config } from '../app/config.ts'
import { type DeadLetter, readDeadLetter } from '../ingest/dead-letter.ts'
import { checkEventTime } from '../ingest/formats/event-time.ts'
import { parseLine } from '../ingest/formats/index.ts'
import { checkLengths } from '../ingest/formats/lengths.ts'
import { ensureTopic } from '../kafka/admin.ts'
import { createKafka } from '../kafka/client.ts'
import { partitionOf } from '../kafka/partition.ts'
import { createSafeProducer, type OutgoingMessage } from '../kafka/producer.ts'
import { readToEnd } from '../kafka/read-to-end.ts'
import { publishSchema } from '../kafka/schemas-topic.ts'
import { layoutAt } from '../lake/layout.ts'
import { openStore } from '../lake/open-store.ts'
import { postWalkOf } from '../model/count/post-walk.ts'
import { AppError, isAppError, messageOf } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { Message } from '../model/messages.ts'
import { createPostEncoder } from '../model/streams/encode-post.ts'
import { fingerprintHex, fingerprintIn, fingerprintOf, singleObjectHeader } from '../model/streams/fingerprint.ts'
import { streams } from '../model/streams/index.ts'
import { resolutionProblem } from '../model/streams/resolution.ts'
import {
  type AvroSchema,
  deadLetterTopicOf,
  SINGLE_OBJECT_HEADER_BYTES,
  schemasTopicOf,
  topicOf,
} from '../model/streams/stream.ts'
import { openSchemaBook } from '../workers/schema-book.ts'

export interface DeadLetterOptions {
  readonly config: Pick<Config, 'kafka' | 'ingest' | 'lake'>
  readonly logger: Logger
  readonly signal: AbortSignal
}

export interface DeadLetterFilter {
  /** The source's name contains it. */
  readonly source?: string
  /** The reason contains it. */
  readonly reason?: string
  readonly code?: string
  /** Found in [since, until), ms. */
  readonly since?: number
  readonly until?: number
}

export interface ListedDeadLetter extends DeadLetter {
  /** Its offset in the dead-letter topic: its number, for people. */
  readonly offset: number
}

/** The dead letters that pass the filter, oldest first; none when there is no such topic yet. Nothing is changed or committed. */
export async function* listDeadLetters(
  options: DeadLetterOptions,
  filter: DeadLetterFilter = {},
): AsyncGenerator<ListedDeadLetter> {
  const { config, logger, signal } = options
  const connection = createKafka(config, 'tendance-dead-letters', logger)
  const stopped = new AbortController()
  const batches = createHandover<readonly Message[]>(stopped.signal)
  const reading = readToEnd(connection, {
    topic: deadLetterTopicOf(config.kafka.topicPrefix, 'posts'),
    groupId: `${config.kafka.groupPrefix}dead-letters-list-${randomUUID()}`,
    from: 'earliest',
    take: batches.give,
    logger,
    signal: AbortSignal.any([signal, stopped.signal]),
  }).then(batches.end, (error) => (isAppError(error, 'not-found') ? batches.end() : batches.fail(error)))
  try {
    for await (const messages of batches.taken()) {
      for (const { offset, value } of messages) {
        const letter = readDeadLetter(value)
        if (letter && passes(letter, filter)) yield { ...letter, offset }
      }
    }
  } finally {
    stopped.abort()
    await reading
  }
}

function passes(letter: DeadLetter, { source, reason, code, since, until }: DeadLetterFilter): boolean {
  const at = Date.parse(letter.at)
  return (
    (source === undefined || letter.source.includes(source)) &&
    (reason === undefined || letter.reason.includes(reason)) &&
    (code === undefined || letter.code === code) &&
    (since === undefined || at >= since) &&
    (until === undefined || at < until)
  )
}

export interface ReplaySummary {
  /** Dead letters looked at: those behind what the replay before saw. */
  readonly read: number
  /** Of them, those that are right today, and the posts that they gave. */
  readonly passed: number
  readonly posts: number
  /** Of them, notices of a stream: nothing to send. */
  readonly notices: number
  /** Of them, those that are still wrong; by reason. */
  readonly failed: number
  readonly reasons: Readonly<Record<string, number>>
  /** Of them, those of which only the beginning was kept. */
  readonly cut: number
}

/**
 * Parses each dead letter again and sends what passes now. A consumer group remembers how far it went, so the next replay begins
 * behind it; `again` begins with the oldest. A crash in between sends some twice: copies of an id count once.
 * @throws AppError `not-found` when there are no dead letters at all yet
 */
export async function replayDeadLetters(
  options: DeadLetterOptions & {
    readonly again?: boolean
    /** Another schema of the stream than this release's: tests of upgrades. */
    readonly schema?: AvroSchema
    readonly onProgress?: (read: number, posts: number) => void
  },
): Promise<ReplaySummary> {
  const { config, logger, signal } = options
  const connection = createKafka(config, 'tendance-dead-letters', logger)
  const topic = topicOf(config.kafka.topicPrefix, 'posts')
  const partitions = await ensureTopic(connection, topic, config.kafka)
  await using producer = await createSafeProducer({ connection, topic, signal })
  const stream = { ...streams.posts, ...(options.schema ? { schema: options.schema } : {}) }
  await using store = openStore(config.lake, { logger })
  const place = { store, layout: layoutAt(config.lake.root) }
  const schemas = openSchemaBook({ config, kafka: connection, stream, place, logger, signal })
  /** A message that the archive could not take, as it was; key and time come from its body, read by its own schema. */
  const messageAgain = (value: Buffer): OutgoingMessage => {
    const writer = schemas.writerOf(value)
    if (writer?.schema === undefined || writer.problem !== undefined) {
      throw new AppError('bad-record', writer?.problem ?? 'its schema is not known')
    }
    const { walk, places } = writer.walk ?? postWalkOf(writer.schema, stream.schema)
    try {
      if (walk(value, SINGLE_OBJECT_HEADER_BYTES, value.length) !== value.length) {
        throw new AppError('corrupt', 'bytes follow behind its fields')
      }
    } catch (error) {
      if (!isAppError(error, 'corrupt')) throw error
      throw new AppError('bad-record', `not a record of schema ${writer.fingerprint}: ${error.message}`, {
        cause: error,
      })
    }
    return { key: value.subarray(places.idStart, places.idEnd), value, timestamp: places.createdAt }
  }
  const encoder = createPostEncoder(singleObjectHeader(streams.posts.schema))
  const counts = { read: 0, passed: 0, posts: 0, notices: 0, failed: 0, cut: 0 }
  const reasons = new Map<string, number>()

  const retry = (value: Buffer): OutgoingMessage[] => {
    const letter = readDeadLetter(value)
    if (letter?.cut) {
      counts.cut++
      return []
    }
    try {
      if (!letter) throw new AppError('bad-record', 'no dead letter of ours')
      const { source, encoding, raw, at } = letter
      if (encoding === 'base64' && fingerprintIn(Buffer.from(raw, 'base64')) !== undefined) {
        const message = messageAgain(Buffer.from(raw, 'base64'))
        checkEventTime(message.timestamp, Date.now(), config.ingest.futureMaxMs)
        counts.passed++
        counts.posts++
        return [message]
      }
      if (encoding !== 'utf8') throw new AppError('bad-record', 'not UTF-8')
      const parsed = parseLine(raw, { source: source.split(':', 1)[0]!, receivedAt: Date.parse(at) })
      if (parsed.kind === 'notice') {
        counts.notices++
        return []
      }
      const messages = parsed.posts.map((post) => {
        checkEventTime(post.created_at, Date.now(), config.ingest.futureMaxMs)
        checkLengths(post)
        return { ...encoder.encode(post), timestamp: post.created_at }
      })
      counts.passed++
      counts.posts += messages.length
      return messages
    } catch (error) {
      if (!isAppError(error, 'bad-record')) throw error
      counts.failed++
      reasons.set(error.message, (reasons.get(error.message) ?? 0) + 1)
      return []
    }
  }

  await readToEnd(connection, {
    topic: deadLetterTopicOf(config.kafka.topicPrefix, 'posts'),
    groupId: `${config.kafka.groupPrefix}dead-letters-replay`,
    from: options.again ? 'earliest, then commit' : 'committed',
    take: async (letters) => {
      counts.read += letters.length
      await schemas.learn(letters.flatMap(({ value }) => bytesOf(readDeadLetter(value))))
      const messages = letters.flatMap(({ value }) => retry(value))
      await producer.send(
        messages.map((message) => ({ partition: partitionOf(message.key!, partitions), messages: [message] })),
      )
      options.onProgress?.(counts.read, counts.posts)
    },
    logger,
    signal,
  })
  return { ...counts, reasons: Object.fromEntries([...reasons].sort(([, a], [, b]) => b - a)) }
}

/**
 * Publishes the schema in a file. Resolves to its fingerprint.
 * @throws AppError `bad-input` when it is no schema, or one whose records cannot be read as today's: the message names the field
 */
export async function publishSchemaFile({ config, logger }: DeadLetterOptions, file: string): Promise<string> {
  let schema: AvroSchema
  try {
    schema = JSON.parse(await readFile(file, 'utf8')) as AvroSchema
  } catch (error) {
    throw new AppError('bad-input', `${file} cannot be read as JSON: ${messageOf(error)}`, { cause: error })
  }
  const problem = resolutionProblem(schema, streams.posts.schema)
  if (problem !== undefined) throw new AppError('bad-input', `${file} cannot be read as today's schema: ${problem}`)
  const connection = createKafka(config, 'tendance-dead-letters', logger)
  await publishSchema(connection, schemasTopicOf(config.kafka.topicPrefix, 'posts'), schema, config.kafka)
  return fingerprintHex(fingerprintOf(schema))
}

/** What a letter of the archive holds: a message as it was, which needs its schema; none of another letter. */
function bytesOf(letter: DeadLetter | undefined): { readonly value: Buffer }[] {
  return letter?.encoding === 'base64' && !letter.cut ? [{ value: Buffer.from(letter.raw, 'base64') }] : []
}

/** Hands values from those who give to one who takes: `give` resolves when the value was taken, so nothing piles up. */
function createHandover<T>(stopped: AbortSignal) {
  const offers: { readonly value: T; readonly taken: () => void }[] = []
  let changed = Promise.withResolvers<void>()
  let ended: { readonly error?: unknown } | undefined
  const finish = (how: { readonly error?: unknown }) => {
    ended = how
    changed.resolve()
  }
  stopped.addEventListener('abort', () => {
    for (const { taken } of offers.splice(0)) taken()
  })
  return {
    give: (value: T) =>
      new Promise<void>((resolve) => {
        if (stopped.aborted) return resolve()
        offers.push({ value, taken: resolve })
        changed.resolve()
      }),
    end: () => finish({}),
    fail: (error: unknown) => finish({ error }),
    async *taken(): AsyncGenerator<T> {
      while (true) {
        const offer = offers.shift()
        if (offer) {
          try {
            yield offer.value
          } finally {
            offer.taken()
          }
        } else if (ended) {
          if ('error' in ended) throw ended.error
          return
        } else {
          await changed.promise
          changed = Promise.withResolvers()
        }
      }
    },
  }
}
