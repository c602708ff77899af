/**
 * Which generation of the log a worker reads: what the lake has written down, held against what Kafka says the topic is now.
 *
 *   no history          ─► the topic that is there is the first generation
 *   the topic is gone   ─► waits, and says so once
 *   another topic       ─► conflict: only a person can say that the log goes on with it (tendance adopt-topic)
 *   more partitions     ─► written down, with where each partition was
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TopicIdentity, TopicIds } from '../kafka/topic-id.ts'
import { archivedTo } from '../lake/archive/commit-log.ts'
import { readGenerations, writeGeneration } from '../lake/generations.ts'
import type { LakePlace } from '../lake/listing.ts'
import { AppError } from '../model/errors.ts'
import { type GenerationEntry, layoutChangesOf } from '../model/generations.ts'
import type { Logger } from '../model/log.ts'
import type { StreamName } from '../model/streams/stream.ts'

export interface GenerationPlace {
  readonly place: LakePlace
  readonly stream: StreamName
  readonly topic: string
  readonly ids: TopicIds
  /** Host and process: who writes. No other has or had the name. */
  readonly writer: string
  readonly clock: () => number
  readonly logger: Logger
}

const ABSENT_POLL_MS = 1_000

/**
 * Resolves when the topic is there and is the log's; undefined when `signal` was aborted before.
 * @throws AppError `conflict` when it is another topic; `unavailable` when Kafka or the lake do not answer
 */
export async function awaitGeneration(
  where: GenerationPlace,
  signal: AbortSignal,
): Promise<GenerationEntry | undefined> {
  let isTold = false
  for (let attempt = 1; !signal.aborted; attempt++) {
    const found = await lookAtGeneration(where, attempt)
    if (found !== 'gone') return found
    if (!isTold) {
      where.logger.warn({ topic: where.topic }, `${goneText(where.topic)}: waiting for it`)
      isTold = true
    }
    await sleep(ABSENT_POLL_MS, undefined, { signal }).catch(() => {})
  }
  return undefined
}

/**
 * The generation that is read now, its history brought up to date; `gone`: there is no such topic now.
 * @throws AppError `conflict` when it is another topic; `unavailable` when Kafka or the lake do not answer
 */
export async function lookAtGeneration(where: GenerationPlace, attempt = 1): Promise<GenerationEntry | 'gone'> {
  for (let round = 1; ; round++) {
    const now = await where.ids.ask()
    const current = (await readGenerations(where.place, where.stream)).at(-1)
    if (now === undefined) return 'gone'
    if (current && current.topicId !== now.id) throw await otherTopic(where, current, now)
    if (current && current.partitions >= now.partitions) return current
    const entry = current ? await morePartitions(where, current, now) : firstEntry(where, now)
    // Of two who write it one wins; whoever it was, the next round reads it.
    const unique = `${where.writer}/generation-${attempt}-${round}`
    if (await writeGeneration(where.place, where.stream, entry, unique)) {
      const { generation, cause, topicId, partitions } = entry
      where.logger.info({ topic: where.topic, generation, cause, topicId, partitions }, 'written down for the log')
    }
  }
}

function firstEntry({ topic, writer, clock }: GenerationPlace, now: TopicIdentity): GenerationEntry {
  return {
    number: 1,
    generation: 1,
    cause: 'first',
    topic,
    topicId: now.id,
    partitions: now.partitions,
    bases: {},
    at: clock(),
    by: writer,
    reason: 'the topic that was there',
  }
}

/**
 * All that is archived was read while the topic had as many partitions as before: a batch is taken only when the brokers say so
 * (kafka/topic-watch.ts). So what is archived by now lies as it did before.
 */
async function morePartitions(
  { place, stream, writer, clock }: GenerationPlace,
  current: GenerationEntry,
  now: TopicIdentity,
): Promise<GenerationEntry> {
  const { generation, topic, topicId, bases } = current
  const begins: Record<string, number> = {}
  for (let partition = 0; partition < current.partitions; partition++) {
    begins[partition] = await archivedTo({ ...place, stream }, partition)
  }
  return {
    number: current.number + 1,
    generation,
    cause: 'partitions',
    topic,
    topicId,
    partitions: now.partitions,
    bases,
    begins,
    at: clock(),
    by: writer,
    reason: `the topic had ${current.partitions} partitions and has ${now.partitions}`,
  }
}

/** By then each producer has asked how many partitions there are: they do every five minutes, or sooner. */
const SETTLED_AFTER_MS = 10 * 60_000

/**
 * Writes down from where on all records lie as the number of partitions of now says, once no producer can be left that knows fewer.
 * @param highs offsets of the log behind the last record of each partition, asked of Kafka now
 */
export async function settleLayout(where: GenerationPlace, highs: ReadonlyMap<number, number>): Promise<void> {
  const { place, stream, writer, clock } = where
  const history = await readGenerations(place, stream)
  const last = history.at(-1)
  const open = layoutChangesOf(history).filter(({ ends }) => ends === null)
  if (!last || open.length === 0 || open.some(({ at }) => clock() - at < SETTLED_AFTER_MS)) return
  const { begins: _begins, lost: _lost, ...now } = last
  const entry: GenerationEntry = {
    ...now,
    number: last.number + 1,
    cause: 'settled',
    // a partition that the topic has no longer ends where its log ends
    ends: { ...last.bases, ...Object.fromEntries(highs) },
    at: clock(),
    by: writer,
    reason: `all producers know of ${last.partitions} partitions`,
  }
  await writeGeneration(place, stream, entry, `${writer}/settled-${entry.number}`)
}

export function goneText(topic: string): string {
  return `Kafka has no topic ${topic} any more, which was archived: it was deleted, or this client may not see it`
}

/** Says what was archived of the old one, and what a person can do. */
async function otherTopic(
  { place, stream, topic }: GenerationPlace,
  current: GenerationEntry,
  now: TopicIdentity,
): Promise<AppError> {
  const archived: Record<string, number> = {}
  for (let partition = 0; partition < current.partitions; partition++) {
    archived[partition] = await archivedTo({ ...place, stream }, partition)
  }
  const upTo = Object.entries(archived).map(([partition, to]) => `${partition}: ${to}`)
  return new AppError(
    'conflict',
    `the topic ${topic} was deleted and made anew: its id is ${now.id}, the log in the lake is of ${current.topicId}, archived up to offset ${upTo.join(', ')} (by partition). 'tendance adopt-topic --dry-run' says what the new one holds; 'tendance adopt-topic --reason "…"' goes on with it from its beginning`,
    { facts: { topic, topicId: now.id, archivedTopicId: current.topicId, archived } },
  )
}
