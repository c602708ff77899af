/**
 * `npm run campaign`: everything is killed and frozen, again and again, while posts come in from our own ingest and from a foreign
 * transactional producer with two schema versions; the topic is deleted and made anew in the middle. In the end programs that are not
 * ours say what Kafka had and what the lake has, and every hour must be what a plain count gives, live and by batch.
 *
 *   generation 1: kills while posts come in ─► live answers ─► kills while batch works ─► answers, recount
 *   the topic is deleted and made anew, a person adopts it
 *   generation 2: the same, with posts of generation 1 sent once more
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { ensureTopic, withAdmin } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { publishSchema } from '../../kafka/schemas-topic.ts'
import { layoutAt } from '../../lake/layout.ts'
import { silentLogger } from '../../model/log.ts'
import { posts as postsStream } from '../../model/streams/posts.ts'
import type { AvroSchema } from '../../model/streams/stream.ts'
import { schemasTopicOf, topicOf } from '../../model/streams/stream.ts'
import { createSyntheticStream, type Generated } from '../../model/synthetic/generator.ts'
import type { SyntheticOptions } from '../../model/synthetic/plan.ts'
import { createRandom } from '../../model/synthetic/random.ts'
import { HOUR_MS, hourOf } from '../../model/time.ts'
import { answerByHour } from '../../views/ask.ts'
import { rowsOf, topOfCounts } from '../e2e/deployment.ts'
import { isolatedConfig, startOwnStack } from '../services.ts'
import { Fleet, type Kill } from './fleet.ts'
import { type ForeignAccount, runForeignProducer } from './foreign-producer.ts'
import { KnownPosts } from './posts.ts'
import { type InKafka, readKafka, readLakeFiles } from './recount.ts'

const FROM = Date.parse('2026-11-16T00:00:00Z')
const HOURS = 12
const RIGHT = 'hashtags@2'
const WRONG = 'hashtags@1'
const TOP = 10
const LIVE_SHARE = 0.7
const FOREIGN_POSTS = 400_000
const PARTITIONS = 4

const program = new Command('campaign')
  .option('--kills <n>', 'deaths in all', positive, 200)
  .option('--posts <n>', 'posts that our own ingest plays', positive, 100_000)
  .option('--seed <n>', 'the same seed strikes the same targets in the same order', positive, 1)
  .option('--plain', 'one generation of our own ingest alone: no holes, one schema')
  .option('--no-save', 'print only')
  .parse()
const { kills, posts, seed, plain, save } = program.opts()

/** The `posts` schema of a release to come: one more field, with a default. */
const LATER = {
  ...postsStream.schema,
  fields: [...postsStream.schema.fields, { name: 'client', type: 'string', default: 'unknown' }],
} as const satisfies AvroSchema

interface Found {
  readonly generation: number
  readonly inKafka: number
  readonly ids: number
  readonly hours: number
  readonly wrongLive: readonly string[]
  readonly wrongBatch: readonly string[]
}

const faults: string[] = []
const say = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)}  ${line}`)
const random = createRandom(seed, 7)
const began = performance.now()
await using own = await startOwnStack()
const config = isolatedConfig(own.addresses, {
  TENDANCE_BATCH_EXTRACTORS: RIGHT,
  TENDANCE_KAFKA_PARTITIONS: `${PARTITIONS}`,
  TENDANCE_LAKE_COMMIT_AGE_MS: '1000',
  TENDANCE_SPEED_FLUSH_MS: '200',
  // Half a day is played in minutes, by two producers at different times of it: no slot of it may close before its end.
  TENDANCE_SPEED_LATENESS_MS: `${(HOURS + 1) * HOUR_MS}`,
  TENDANCE_SPEED_IDLE_MS: '3600000',
  TENDANCE_LOG_LEVEL: 'info',
})
const kafka = createKafka(config, 'campaign', silentLogger)
const topic = topicOf(config.kafka.topicPrefix, 'posts')
const known = new KnownPosts()
await ensureTopic(kafka, topic, config.kafka)
// As a release to come does before its first record.
await publishSchema(kafka, schemasTopicOf(config.kafka.topicPrefix, 'posts'), LATER, config.kafka)
await using fleet = new Fleet(own.stack, config, random)
await fleet.start()
const answers = await fleet.first.answers()
const inKafka: InKafka[] = []
const found: Found[] = []
let again: readonly Generated[] = []
for (const generation of plain ? ([1] as const) : ([1, 2] as const)) {
  if (generation === 2) await remakeTopic(kafka)
  found.push(await playGeneration(generation))
}
const result = await judge()
await answers[Symbol.asyncDispose]()
console.log(JSON.stringify(result, undefined, 1))
if (save) say(`stored in ${saveResult(result)}`)
process.exitCode = result.faults.length === 0 ? 0 : 1
console.log(result.faults.length === 0 ? 'nothing lost, nothing doubled, every hour right' : result.faults.join('\n'))

async function playGeneration(generation: 1 | 2): Promise<Found> {
  const from = FROM + (generation - 1) * HOURS * HOUR_MS
  const span = { from, to: from + HOURS * HOUR_MS }
  const livePart = Math.round((kills / 2) * LIVE_SHARE)
  const play: SyntheticOptions = { seed: seed * 100 + generation, posts: Math.round(posts / 2), ...span }
  for (const generated of postsOf(play)) known.note(generated)
  say(`generation ${generation}: ${livePart} deaths while posts come in`)
  // Slow enough that posts come in for as long as there are deaths, some 5 s each.
  fleet.play(play, Math.max(20, Math.round(play.posts / (livePart * 6))))
  const stopping = new AbortController()
  if (plain) stopping.abort()
  const foreign = runForeignProducer(
    {
      brokers: config.kafka.brokers,
      topic,
      partitions: PARTITIONS,
      seed: seed * 100 + 50 + generation,
      schemas: [postsStream.schema, LATER],
      posts: chained(again, postsOf({ seed: seed * 100 + 50 + generation, posts: FOREIGN_POSTS, ...span })),
      onSent: (generated) => known.note(generated),
    },
    stopping.signal,
  )
  for (let i = 0; i < livePart; i++) {
    await delay(500 + random.below(5_000))
    await strike('live')
  }
  await fleet.settle()
  await fleet.played()
  stopping.abort()
  const account = await foreign
  await fleet.first.untilCounted(answers, RIGHT, 300_000)
  const read = await readKafka(config, topic)
  inKafka.push(...read)
  const truth = known.truthOf(inKafka.map(([, , id]) => id))
  requirePromises(account, play, read)
  const hours = [...truth.keys()].filter((hour) => hour >= hourOf(span.from))
  const wrongLive = await compare('speed', hours, truth, span)
  say(`${read.length} records in Kafka; live: ${hours.length - wrongLive.length} of ${hours.length} hours right`)
  await batchUnderFire(generation, kills / 2 - livePart)
  const wrongBatch = await compare('batch', [...truth.keys()], truth, { from: FROM, to: span.to })
  say(`batch: ${truth.size - wrongBatch.length} of ${truth.size} hours right`)
  again = read.slice(0, 500).map(([, , id]) => known.of(id))
  const ids = new Set(read.map(([, , id]) => id)).size
  return { generation, inKafka: read.length, ids, hours: truth.size, wrongLive, wrongBatch }
}

async function strike(part: 'live' | 'batch'): Promise<void> {
  await fleet.strike(part)
  const { target, death } = fleet.kills.at(-1)!
  say(`${fleet.kills.length}  ${target} ${death}`)
}

/** Batch work that is killed while it runs; then the same again in peace, so that everything is computed by the right rule. */
async function batchUnderFire(generation: number, deaths: number): Promise<void> {
  const since = new Date(FROM).toISOString()
  const recompute = (extractor: string) => [
    'recompute',
    '--since',
    since,
    '--extractor',
    extractor,
    '--reason',
    `campaign, generation ${generation}`,
  ]
  let job = fleet.first.spawn('hourly')
  let jobs = 1
  for (let i = 0; i < deaths; i++) {
    await delay(300 + random.below(3_000))
    if (job.child.exitCode !== null || job.child.signalCode !== null) {
      const commands = [['hourly'], recompute(WRONG), recompute(RIGHT)]
      job = fleet.first.spawn(...commands[jobs++ % commands.length]!)
    }
    await strike('batch')
  }
  await fleet.settle()
  await Promise.race([job.ran, delay(120_000)])
  job.child.kill('SIGKILL')
  await insist('hourly')
  await insist(...recompute(RIGHT))
  await insist('hourly')
}

/** A command of a person who tries again: right after the deaths, services may still be finding one another. */
async function insist(...args: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { code, stdout, stderr } = await fleet.first.spawn(...args).ran
    if (code === 0) return
    say(`tendance ${args[0]} ended with ${code}: ${stderr.trim().split('\n').at(-1)}`)
    if (attempt === 6) throw new Error(`tendance ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`)
    await delay(5_000)
    await fleet.revive()
  }
}

async function remakeTopic(connection: KafkaConnection): Promise<void> {
  await fleet.stopWorkers()
  await withAdmin(connection, `deleting ${topic}`, (admin) => admin.deleteTopics({ topics: [topic] }))
  await delay(2_000)
  await ensureTopic(connection, topic, config.kafka)
  say(await fleet.first.run('adopt-topic', '--reason', 'campaign: the topic was made anew'))
  await fleet.start()
}

/** What was promised must be in Kafka, and what was taken back must not. */
function requirePromises(account: ForeignAccount, play: SyntheticOptions, read: readonly InKafka[]): void {
  const there = new Set(read.map(([, , id]) => id))
  const promised = [...account.committed, ...[...postsOf(play)].map(({ post }) => post.id)]
  const absent = promised.filter((id) => !there.has(id))
  const seen = [...account.aborted].filter((id) => there.has(id))
  say(
    `foreign producer: ${account.transactions} transactions, ${account.committed.size} committed, ${account.aborted.size} aborted`,
  )
  if (absent.length > 0) faults.push(`${absent.length} promised records are not in Kafka, such as ${absent[0]}`)
  if (seen.length > 0) faults.push(`${seen.length} aborted records are seen, such as ${seen[0]}`)
}

async function compare(
  origin: 'batch' | 'speed',
  hours: readonly string[],
  truth: ReturnType<KnownPosts['truthOf']>,
  span: { readonly from: number; readonly to: number },
): Promise<readonly string[]> {
  const all = await answerByHour(answers.ask('hashtags'), {
    board: 'hashtags',
    n: TOP,
    from: hourOf(span.from),
    to: hourOf(span.to),
  })
  const wrong: string[] = []
  for (const hour of hours) {
    const answer = all.find((one) => one.from === hour)
    const expected = truth.get(hour as never)!
    const shown = answer && {
      origin: answer.provenance.origin,
      exact: answer.exact,
      records: answer.records,
      rows: rowsOf(answer),
    }
    const right = { origin, exact: true, records: expected.posts, rows: topOfCounts(expected.counts, TOP) }
    if (JSON.stringify(shown) !== JSON.stringify(right)) {
      wrong.push(
        `${hour} by ${origin}: ${shown?.records ?? 'no'} records of ${expected.posts}, origin ${shown?.origin}, exact ${shown?.exact}`,
      )
    }
  }
  for (const line of wrong) say(`WRONG ${line}`)
  return wrong
}

async function judge() {
  const inLake = await readLakeFiles(config, layoutAt(config.lake.root).recordsDir('posts'))
  const times = new Map<string, number>()
  for (const [, , id] of inLake) times.set(id, (times.get(id) ?? 0) + 1)
  const owed = new Map<string, number>()
  for (const [, , id] of inKafka) owed.set(id, (owed.get(id) ?? 0) + 1)
  const lost = [...owed].reduce((sum, [id, count]) => sum + Math.max(0, count - (times.get(id) ?? 0)), 0)
  const doubled = [...times].reduce((sum, [id, count]) => sum + Math.max(0, count - (owed.get(id) ?? 0)), 0)
  const misplaced = inLake.filter(([hour, , , at]) => hourOf(at).replaceAll(/[-T]/g, '/') !== hour).length
  if (lost > 0) faults.push(`${lost} records that Kafka had are not in the lake`)
  if (doubled > 0) faults.push(`${doubled} records are in the lake more often than in Kafka`)
  if (misplaced > 0) faults.push(`${misplaced} records are in the directory of another hour`)
  const verified = await fleet.first.spawn('verify', '--deep').ran
  if (verified.code !== 0)
    faults.push(`tendance verify ended with ${verified.code}: ${verified.stdout}${verified.stderr}`)
  for (const { wrongLive, wrongBatch } of found) faults.push(...wrongLive, ...wrongBatch)
  return {
    at: new Date().toISOString(),
    minutes: Math.round((performance.now() - began) / 6_000) / 10,
    seed,
    deaths: fleet.kills.length,
    frozen: fleet.kills.filter(({ death }) => death === 'frozen').length,
    byTarget: countBy(fleet.kills),
    inKafka: inKafka.length,
    inLake: inLake.length,
    ids: times.size,
    files: new Set(inLake.map(([hour, file]) => `${hour}/${file}`)).size,
    lost,
    doubled,
    misplaced,
    generations: found,
    faults,
  }
}

function countBy(deaths: readonly Kill[]): Readonly<Record<string, number>> {
  const counted = new Map<string, number>()
  for (const { target, death } of deaths)
    counted.set(`${target} ${death}`, (counted.get(`${target} ${death}`) ?? 0) + 1)
  return Object.fromEntries([...counted].sort())
}

function saveResult(result: { readonly at: string }): string {
  const folder = join(import.meta.dirname, '..', '..', 'bench', 'results', 'campaign')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${result.at.slice(0, 10)}.json`)
  writeFileSync(path, `${JSON.stringify(result, undefined, 1)}\n`)
  return path
}

function* postsOf(options: SyntheticOptions): Generator<Generated> {
  const stream = createSyntheticStream(options)
  for (let number = 0; number < stream.blocks; number++) yield* stream.block(number)
}

function* chained(first: readonly Generated[], then: Iterable<Generated>): Generator<Generated> {
  yield* first
  yield* then
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 on')
  return value
}
