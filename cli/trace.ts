/**
 * `tendance trace`: what became of one record, from its source to the views that count it.
 *
 *   source ─► partition/offset ─► commit ─► file ─► hour (digest) ─► view of each edition
 *
 * What ties them: the record's id is the message's key, so its partition is known; the file's name has the range of offsets and names
 * the commit entry; a view holds the digest of the files that it was made from.
 */
import type { Config } from '../app/config.ts'
import { fetchOffsets } from '../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../kafka/client.ts'
import { findMessages, type MessagePlace } from '../kafka/find-message.ts'
import { partitionOf } from '../kafka/partition.ts'
import { type FoundInHour, type FoundRecord, findRecord } from '../lake/find-record.ts'
import { readGenerations } from '../lake/generations.ts'
import { createLake, type Lake } from '../lake/lake.ts'
import { layoutAt } from '../lake/layout.ts'
import type { LakePlace } from '../lake/listing.ts'
import { openStore } from '../lake/open-store.ts'
import { createTallies, type LakeTallies } from '../lake/tallies.ts'
import { type BoardName, boardsOf, termLengthMaxOf } from '../model/boards.ts'
import type { EditionState } from '../model/editions.ts'
import { AppError, isAppError } from '../model/errors.ts'
import { baseOf, type GenerationEntry } from '../model/generations.ts'
import { silentLogger } from '../model/log.ts'
import { topicOf } from '../model/streams/stream.ts'
import { extractorNamed } from '../model/terms/index.ts'
import { isLongText } from '../model/terms/term-length.ts'
import { type HourId, hourOf } from '../model/time.ts'
import { openViews, type Views } from '../views/views.ts'
import { type ListedDeadLetter, listDeadLetters } from './dead-letters.ts'

const STREAM = 'posts'
/** A group has to be joined, then some hundred thousand messages a second are looked at. */
const KAFKA_RANGE_MAX = 200_000
const DEAD_LETTERS_MAX = 10

export interface TraceQuestion {
  readonly id: string
  /** Hours of the event time to look through. */
  readonly hours: readonly HourId[]
  /** Called with what is being searched, and how far it is. */
  readonly onStep: (text: string, done: number, total: number) => void
}

export interface TracedTerm {
  readonly key: string
  /** Records of the hour that have the term. */
  readonly count: number
}

/** A view of the hour: whether the record is in it. */
export interface TracedView {
  readonly board: BoardName
  readonly edition: number
  readonly state: EditionState
  readonly extractor: string
  /** Made from the files that are there now, so the record is in it; else the hour is computed again. */
  readonly current: boolean
  readonly computedAt: number
  /** Workflow, activity and attempt. */
  readonly by: string
  readonly tallyPath: string
  /** What the extractor finds in the text, with the hour's counts. */
  readonly terms: readonly TracedTerm[]
}

export interface TracedHour extends Pick<FoundInHour, 'digest' | 'sealed' | 'files' | 'bytes' | 'unreadable'> {
  readonly hour: HourId
  readonly records: readonly (FoundRecord & { readonly offset: number | null })[]
  readonly views: readonly TracedView[]
}

export interface Trace {
  readonly id: string
  /** By its id; null: there is no topic that would say. */
  readonly partition: number | null
  /** In Kafka, and not in the lake yet. */
  readonly waiting: readonly MessagePlace[]
  /** Hours that were looked through; `records` is empty where it is not. */
  readonly hours: readonly TracedHour[]
  /** Whose text holds the id. */
  readonly deadLetters: readonly ListedDeadLetter[]
}

/** @throws AppError `unavailable` when a service does not answer */
export async function traceRecord(config: Config, question: TraceQuestion, signal: AbortSignal): Promise<Trace> {
  const { id, hours, onStep } = question
  await using stack = new AsyncDisposableStack()
  const views = stack.use(await openViews({ ...config.mongo, appName: 'tendance trace' }))
  const store = stack.use(openStore(config.lake, { logger: silentLogger }))
  const place = { store, layout: layoutAt(config.lake.root) }
  const lake = createLake(place, 'trace')
  const tallies = createTallies({ ...place, writer: 'trace' })
  const kafka = createKafka(config, 'tendance-trace', silentLogger)
  const topic = topicOf(config.kafka.topicPrefix, STREAM)
  const partitions = await partitionsOf(kafka, topic)
  const partition = partitions === 0 ? null : partitionOf(Buffer.from(id), partitions)
  const entry = (await readGenerations(place, STREAM)).at(-1)
  const reader = { kafka, topic, entry, groupPrefix: config.kafka.groupPrefix, id, signal }

  const traced: TracedHour[] = []
  for (const [i, hour] of hours.entries()) {
    signal.throwIfAborted()
    onStep(`the lake's ${hour}`, i, hours.length + 2)
    traced.push(await traceHour({ place, views, tallies, reader }, hour, partition))
  }
  onStep('Kafka behind the lake', hours.length, hours.length + 2)
  const waiting = partition === null ? [] : await findWaiting(lake, reader, partition)
  onStep('dead letters', hours.length + 1, hours.length + 2)
  const deadLetters = await findDeadLetters(config, id, signal)
  onStep('done', hours.length + 2, hours.length + 2)
  return { id, partition, waiting, hours: traced, deadLetters }
}

interface Reader {
  readonly kafka: KafkaConnection
  readonly topic: string
  /** Of the log, as it is read now; undefined: there is none. */
  readonly entry: GenerationEntry | undefined
  readonly groupPrefix: string
  readonly id: string
  readonly signal: AbortSignal
}

async function partitionsOf(kafka: KafkaConnection, topic: string): Promise<number> {
  try {
    return (await fetchOffsets(kafka, topic)).size
  } catch (error) {
    if (isAppError(error, 'not-found')) return 0
    throw error
  }
}

interface Rooms {
  readonly place: LakePlace
  readonly views: Views
  readonly tallies: LakeTallies
  readonly reader: Reader
}

async function traceHour(rooms: Rooms, hour: HourId, partition: number | null): Promise<TracedHour> {
  const { place, reader } = rooms
  const found = await findRecord(place, STREAM, hour, { id: reader.id, partition: partition ?? undefined })
  const records = []
  for (const record of found.records) records.push({ ...record, offset: await offsetOf(reader, record) })
  return { hour, ...found, records, views: found.records.length === 0 ? [] : await viewsOf(rooms, hour, found) }
}

/**
 * Certain from the lake, or as Kafka says while it still has the message; null: the range of the file is all that is known. An offset of
 * the log.
 */
async function offsetOf(reader: Reader, record: FoundRecord): Promise<number | null> {
  const { from, to, partition } = record
  if (to - from === 1) return from
  if (to - from > KAFKA_RANGE_MAX) return null
  const found = await findInLog(reader, { partition, from, to })
  const ofHour = found.filter(({ timestamp }) => hourOf(timestamp) === record.hour)
  return ofHour.length === 1 ? ofHour[0]!.offset : null
}

/** The record's messages, or without an id all, in a range of offsets of the log; what an earlier topic held is there no more. */
async function findInLog(
  { kafka, entry, id, ...where }: Omit<Reader, 'id'> & { readonly id: string | undefined },
  { partition, from, to }: { readonly partition: number; readonly from: number; readonly to?: number },
): Promise<readonly MessagePlace[]> {
  const base = entry ? baseOf(entry, partition) : 0
  if (to !== undefined && to <= base) return []
  const found = await findMessages(kafka, {
    ...where,
    partition,
    from: Math.max(0, from - base),
    ...(to === undefined ? {} : { to: to - base }),
    ...(id === undefined ? {} : { key: id }),
    logger: silentLogger,
  })
  return found.map((message) => ({ ...message, offset: message.offset + base }))
}

/** The views of the hour, live edition first, then the newest. */
async function viewsOf({ views, tallies }: Rooms, hour: HourId, found: FoundInHour): Promise<readonly TracedView[]> {
  const text = String(found.records[0]!.record['text'])
  const traced: TracedView[] = []
  const editions = await views.editions.list(STREAM)
  for (const { number: edition, state } of editions.toSorted((a, b) => b.number - a.number)) {
    for (const board of boardsOf(STREAM)) {
      const [facts] = await views.batch.facts({ stream: STREAM, board, edition, hours: [hour] })
      if (!facts) continue
      const { extractor, computedAt, by, tallyPath, digest } = facts
      const { extract, key } = extractorNamed(extractor)
      const counted = extract(text).filter((term) => !isLongText(term, termLengthMaxOf(board)))
      const keys = [...new Set(counted.map(key))]
      const counts = await tallies.lookup({ path: tallyPath }, keys)
      const terms = keys.map((one, i) => ({ key: one, count: counts[i]! }))
      traced.push({
        board,
        edition,
        state,
        extractor,
        current: digest === found.digest,
        computedAt,
        by,
        tallyPath,
        terms,
      })
    }
  }
  return traced.sort((a, b) => Number(b.state === 'live') - Number(a.state === 'live'))
}

async function findWaiting(lake: Lake, reader: Reader, partition: number): Promise<readonly MessagePlace[]> {
  return findInLog(reader, { partition, from: await lake.archivedTo(STREAM, partition) })
}

/** The platform's own id is what a line of JSON has: ours has the platform before it. */
async function findDeadLetters(config: Config, id: string, signal: AbortSignal): Promise<readonly ListedDeadLetter[]> {
  const bare = id.slice(id.indexOf(':') + 1)
  const found: ListedDeadLetter[] = []
  for await (const letter of listDeadLetters({ config, logger: silentLogger, signal })) {
    if (letter.raw.includes(bare)) found.push(letter)
    if (found.length === DEAD_LETTERS_MAX) break
  }
  return found
}

/**
 * Which record stands at an offset of the log: as Kafka says while it has it.
 * @throws AppError `not-found` with the commit that holds it, when Kafka has it no longer
 */
export async function recordAt(
  config: Config,
  { partition, offset }: { readonly partition: number; readonly offset: number },
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly hour: HourId }> {
  const kafka = createKafka(config, 'tendance-trace', silentLogger)
  const topic = topicOf(config.kafka.topicPrefix, STREAM)
  await using store = openStore(config.lake, { logger: silentLogger })
  const entry = (await readGenerations({ store, layout: layoutAt(config.lake.root) }, STREAM)).at(-1)
  const reader = { kafka, topic, entry, groupPrefix: config.kafka.groupPrefix, id: undefined, signal }
  const [message] = await findInLog(reader, { partition, from: offset, to: offset + 1 })
  if (message && message.key !== '') return { id: message.key, hour: hourOf(message.timestamp) }
  throw new AppError(
    'not-found',
    `Kafka has no message with a key at ${topic}/${partition}/${offset}: it may be a dead letter ('tendance dead-letters list --source archive'), or deleted; the commit in the lake's ${layoutAt(config.lake.root).commitsDir(STREAM, partition)} with the greatest number up to ${offset} names its files`,
    { facts: { topic, partition, offset } },
  )
}

/** X gives ids that hold their time: milliseconds since 2010-11-04 above 22 bits (its "snowflake"); shorter ones are older or not of X. undefined: not such an id. */
export function hourOfId(id: string): HourId | undefined {
  const digits = /^x:(\d{15,19})$/.exec(id)?.[1]
  if (digits === undefined) return undefined
  return hourOf(Number(BigInt(digits) >> 22n) + SNOWFLAKE_EPOCH)
}

const SNOWFLAKE_EPOCH = 1_288_834_974_657
