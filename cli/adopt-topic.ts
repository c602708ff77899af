/**
 * `tendance adopt-topic`: the log goes on with a topic that was made anew under the name of the old one. What is archived stays; the
 * new topic is read from its beginning; what the old one held and nobody archived is written down as lost.
 */
import { fetchOffsets, type PartitionOffsets } from '../kafka/admin.ts'
import { createKafka } from '../kafka/client.ts'
import { openTopicIds, type TopicIdentity } from '../kafka/topic-id.ts'
import { fencePartition, partitionsOfLog } from '../lake/archive/adopt.ts'
import { archivedTo } from '../lake/archive/commit-log.ts'
import { readGenerations, writeGeneration } from '../lake/generations.ts'
import { layoutAt } from '../lake/layout.ts'
import { openStore } from '../lake/open-store.ts'
import { BOARD_NAMES, boards } from '../model/boards.ts'
import { AppError } from '../model/errors.ts'
import { baseOf, type GenerationEntry, type OffsetSpan } from '../model/generations.ts'
import { silentLogger } from '../model/log.ts'
import { type StreamName, topicOf } from '../model/streams/stream.ts'
import { EXTRACTOR_NAMES } from '../model/terms/index.ts'
import { openViews } from '../views/views.ts'
import { type Cli, print } from './cli.ts'
import { count } from './progress.ts'
import { person } from './recompute.ts'
import { printTable } from './table.ts'

const STREAM: StreamName = 'posts'

export interface AdoptOptions {
  readonly reason: string | undefined
  readonly dryRun: boolean
  readonly json: boolean
}

/** Of one partition, offsets of the topics themselves. */
interface AdoptedPartition {
  readonly partition: number
  /** Up to which the old topic is in the lake. */
  readonly archived: number
  /** Up to which it is known to have had records: what `hourly` and live counting saw of it. */
  readonly known: number
  /** What the new topic holds; null: it has no such partition. */
  readonly holds: PartitionOffsets | null
}

interface Adoption {
  readonly topic: string
  readonly from: string
  readonly to: string
  readonly partitionsBefore: number
  readonly partitionsAfter: number
  readonly partitions: readonly AdoptedPartition[]
}

/**
 * @throws AppError `bad-input` without a reason, `conflict` when the topic is the log's own, `not-found` when there is no topic or no
 * log, `unavailable` when Kafka, the lake or MongoDB do not answer
 */
export async function adoptTopic(cli: Cli, { reason, dryRun, json }: AdoptOptions): Promise<void> {
  if (!dryRun && !reason?.trim()) {
    throw new AppError(
      'bad-input',
      '--reason "…" is needed: it stays in the history of the log for as long as the lake',
    )
  }
  const { config } = cli.load()
  await using stack = new AsyncDisposableStack()
  const place = { store: stack.use(openStore(config.lake)), layout: layoutAt(config.lake.root) }
  const views = stack.use(await openViews({ ...config.mongo, appName: 'tendance adopt-topic' }))
  const topic = topicOf(config.kafka.topicPrefix, STREAM)
  const kafka = createKafka(config, 'tendance-adopt-topic', silentLogger)
  const now = await stack.use(openTopicIds(kafka, topic)).ask()
  const current = (await readGenerations(place, STREAM)).at(-1)
  if (!current) {
    throw new AppError(
      'not-found',
      `the lake at ${config.lake.root} has no history of topics: start an archive worker, it writes down the topic that is there`,
    )
  }
  if (!now) {
    throw new AppError(
      'not-found',
      `Kafka has no topic ${topic}: make it first (an ingest worker does), then adopt it`,
      { facts: { topic } },
    )
  }

  let names = 0
  const writer = `adopt-${process.pid}-${cli.clock()}`
  const log = { ...place, stream: STREAM, nextUnique: () => `${writer}/${++names}`, logger: silentLogger }
  const offsets = await fetchOffsets(kafka, topic)
  const seen = await knownHighs()
  const numbers = [...new Set([...(await partitionsOfLog(log)), ...offsets.keys()])].sort((a, b) => a - b)
  const partitions = await Promise.all(
    numbers.map(async (partition): Promise<AdoptedPartition & { readonly knownHigh: number }> => {
      const to = await archivedTo(log, partition)
      const base = baseOf(current, partition)
      const knownHigh = Math.max(to, seen.get(partition) ?? 0)
      const holds = offsets.get(partition) ?? null
      return { partition, archived: to - base, known: knownHigh - base, holds, knownHigh }
    }),
  )
  requireAnother(current, now, partitions)
  const adoption: Adoption = {
    topic,
    from: current.topicId,
    to: now.id,
    partitionsBefore: current.partitions,
    partitionsAfter: now.partitions,
    partitions: partitions.map(({ knownHigh: _, ...partition }) => partition),
  }
  if (dryRun || reason === undefined) {
    if (json) print(cli, JSON.stringify({ ...adoption, adopted: false }))
    else show(cli, adoption)
    return
  }

  const at = cli.clock()
  const bases: Record<string, number> = {}
  const lost: OffsetSpan[] = []
  for (const { partition, knownHigh } of partitions) {
    const request = { topic, topicId: now.id, writer, knownHigh, at }
    const fenced = await fencePartition({ ...log, signal: cli.signal }, partition, request)
    bases[partition] = fenced.base
    if (fenced.lost) lost.push(fenced.lost)
  }
  const entry: GenerationEntry = {
    number: current.number + 1,
    generation: current.generation + 1,
    cause: 'adopted',
    topic,
    topicId: now.id,
    partitions: now.partitions,
    bases,
    ...(now.partitions === current.partitions ? {} : { begins: bases }),
    lost,
    at,
    by: person(),
    reason: reason.trim(),
  }
  if (!(await writeGeneration(place, STREAM, entry, `${writer}/generation`))) {
    throw new AppError(
      'conflict',
      `somebody else adopted a topic at this moment: 'tendance adopt-topic --dry-run' says what is now`,
    )
  }
  if (json) print(cli, JSON.stringify({ ...adoption, adopted: true, generation: entry.generation }))
  else {
    show(cli, adoption)
    print(
      cli,
      `generation ${entry.generation} of the log is ${topic} (${now.id}): start the archive and speed workers again`,
    )
  }

  /** By partition, offsets of the log: how far `hourly` and live counting saw the old topic. */
  async function knownHighs(): Promise<ReadonlyMap<number, number>> {
    const highs = new Map<number, number>()
    const note = (partition: number, high: number) => highs.set(partition, Math.max(high, highs.get(partition) ?? 0))
    for (const { partition, high } of (await views.hours.archive(STREAM))?.partitions ?? []) note(partition, high)
    for (const board of BOARD_NAMES.filter((name) => boards[name].stream === STREAM)) {
      for (const extractor of EXTRACTOR_NAMES) {
        for (const state of await views.speed.states({ stream: STREAM, board, extractor })) {
          const isOfThis = state.topicId === undefined ? current!.generation === 1 : state.topicId === current!.topicId
          if (isOfThis) note(state.partition, state.offset)
        }
      }
    }
    return highs
  }
}

/** The id tells; where ids were not kept yet when the topic was made anew, that it holds less than was archived. */
function requireAnother(current: GenerationEntry, now: TopicIdentity, partitions: readonly AdoptedPartition[]): void {
  if (now.id !== current.topicId) return
  if (partitions.some(({ archived, holds }) => archived > (holds?.high ?? 0))) return
  throw new AppError(
    'conflict',
    `the log is of this topic already (${current.topic}, ${now.id}): there is nothing to adopt`,
    { facts: { topic: current.topic, topicId: now.id } },
  )
}

function show(cli: Cli, { topic, from, to, partitions, partitionsBefore, partitionsAfter }: Adoption): void {
  print(cli, `topic ${topic}: the log is of ${from}, Kafka has ${to}`)
  printTable(
    cli,
    ['partition', 'old topic archived to', 'known lost of it', 'new topic holds'],
    partitions.map(({ partition, archived, known, holds }) => [
      String(partition),
      count(archived),
      count(Math.max(0, known - archived)),
      holds === null ? 'no such partition' : `${count(holds.high - holds.low)} records`,
    ]),
    { right: [0, 1, 2, 3] },
  )
  print(
    cli,
    'what the old topic held beyond the last look of hourly and of live counting is lost too, and nobody knows how much',
  )
  if (partitionsBefore !== partitionsAfter) {
    print(
      cli,
      `the old topic had ${partitionsBefore} partitions, this one has ${partitionsAfter}: hours with records of both are counted over all of them`,
    )
  }
}
