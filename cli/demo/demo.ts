/**
 * `tendance demo`: the main job before one's eyes. Services up, a day of synthetic posts (and a file of real ones) through ingest,
 * Kafka, archive, speed and batch; then the three questions, the third by recomputing with another extractor.
 *
 * The first edition is counted with hashtags@1, the naive extractor, so that there is a mistake to correct.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Environment, readEnvironment } from '../../app/environment.ts'
import { createLogger } from '../../app/log.ts'
import { AppError } from '../../model/errors.ts'
import { parseRecompute, workflowIdOf } from '../../model/requests.ts'
import { nextHour } from '../../model/time.ts'
import { Stack } from '../../stack/stack.ts'
import { requireWorkers, startWorkers, stopWorkers, WORKER_NAMES, type WorkersOptions } from '../../stack/workers.ts'
import { connectClient } from '../../temporal/connection.ts'
import { applySchedule } from '../../temporal/schedule.ts'
import { startEdition, startHourly } from '../../temporal/start.ts'
import { answerByHour, answerHour, lastHour } from '../../views/ask.ts'
import { runIngestWorker } from '../../workers/ingest.ts'
import { type Answers, openAnswers } from '../answers.ts'
import { type Cli, print, styleFor } from '../cli.ts'
import { rateReporter } from '../commands/ingest.ts'
import { follow } from '../follow.ts'
import { count, createProgress } from '../progress.ts'
import { type ShowContext, showAnswer } from '../show-answer.ts'
import { type DemoData, demoData, isBefore } from './data.ts'
import { equalsTruth, truthOfPlays } from './truth.ts'
import { watchArchiveAndSpeed } from './watch.ts'

const NAIVE = 'hashtags@1'
const RIGHT = 'hashtags@2'
/** Commits by age: a demo does not want to wait half a minute for the last ones. */
const COMMIT_AGE_MS = 3_000
const MARK = 'made-by-demo'
const TOP = 10

export interface DemoOptions {
  readonly posts: number
  /** A file of real posts, JSON lines, .gz too. */
  readonly file?: string | undefined
  readonly stack: ConstructorParameters<typeof Stack>[0]
  readonly workers: WorkersOptions
}

export async function runDemo(cli: Cli, options: DemoOptions): Promise<void> {
  const startedAt = performance.now()
  const { config } = cli.load()
  const context = { zone: config.cli.tz, now: cli.clock() }
  const data = demoData(options.posts, context)
  const say = sayer(cli)

  say.step('1  The services', 'Temporal, Kafka, HDFS and a MongoDB-protocol store, the real ones, on this machine')
  const environment = demoEnvironment()
  const workers = { ...options.workers, environment }
  const stack = await freshStack(options, workers)

  say.step('2  Posts in', `${count(data.posts)} posts of last Monday and the last hours, and about 1 % copies of them`)
  await startWorkers(workers)
  await using answers = await openAnswers(config, cli.clock)
  await play(cli, options, data, answers, workers)

  say.step('3  Batch', `the hourly workflow seals the hours and counts them, with ${NAIVE}`)
  await using temporal = await connectClient(config.temporal, { patienceMs: 30_000 })
  const { taskQueue } = config.temporal
  await applySchedule(temporal.client, taskQueue)
  await withBar(cli, 'hourly', async (bar) =>
    follow(
      temporal.client,
      await startHourly(temporal.client, { taskQueue, workflowId: 'hourly-demo' }),
      bar,
      cli.signal,
    ),
  )

  const ask = answers.ask('hashtags')
  const show: ShowContext = { zone: context.zone, columns: cli.stdout.columns ?? 100, style: styleFor(cli.stdout) }
  const question = { board: 'hashtags', n: TOP } as const

  say.step('What is trending in the last hour?', 'tendance top')
  print(cli, showAnswer(await answerHour(ask, { ...question, hour: lastHour(cli.clock) }), show))

  say.step('What was trending last Monday between 7 and 8?', 'tendance top --hour "last monday 7h"')
  const before = await answerHour(ask, { ...question, hour: data.seven })
  print(cli, showAnswer(before, show))

  say.step(
    'The hashtag algorithm was wrong. Recompute since last Monday 7:00',
    `tendance recompute --since "last monday 7h" --extractor ${RIGHT} --reason "letters with accents, other scripts, digits"`,
  )
  const reason = 'hashtags@1 cuts tags at accents and other scripts, and takes digits for tags'
  const request = parseRecompute({ since: data.seven, extractors: RIGHT, reason, by: 'the demo' })
  const workflowId = workflowIdOf(request, '')
  const result = await withBar(cli, 'recompute', async (bar) =>
    follow(temporal.client, await startEdition(temporal.client, request, { taskQueue, workflowId }), bar, cli.signal),
  )
  const after = await answerHour(ask, { ...question, hour: data.seven })
  print(cli, showAnswer(after, show))
  print(cli, '')
  print(cli, changeText(before, after))
  print(
    cli,
    `It became visible at once, as edition ${result.edition}; what is before Monday 7:00 is still edition ${result.parent}.`,
  )

  await compareWithTruth(cli, data, ask)
  say.end(startedAt)
  next(cli, config.temporal.uiUrl, stack, workflowId)
}

/** What the workers of the demo get: the mistake to correct, and short waits. */
function demoEnvironment(): Environment {
  return {
    ...readEnvironment(),
    TENDANCE_BATCH_EXTRACTORS: NAIVE,
    TENDANCE_LAKE_COMMIT_AGE_MS: String(COMMIT_AGE_MS),
    TENDANCE_LOG_LEVEL: 'info',
  }
}

/** A stack with no data in it. Data that an earlier demo made is deleted; anybody else's is not touched. */
async function freshStack(options: DemoOptions, workers: WorkersOptions): Promise<Stack> {
  const stack = new Stack(options.stack)
  const mark = join(stack.dataDir, MARK)
  const used = existsSync(stack.dataDir)
  if (used && !existsSync(mark)) {
    throw new AppError(
      'conflict',
      `${stack.dataDir} holds data that no demo made: set TENDANCE_STACK_DATA_DIR to another folder (and TENDANCE_STACK_PORT_OFFSET if it runs), or delete it with 'tendance stack down --wipe'`,
      { facts: { folder: stack.dataDir } },
    )
  }
  if (used) {
    await stopWorkers(workers)
    await stack.down({ wipe: true })
  }
  mkdirSync(stack.dataDir, { recursive: true })
  writeFileSync(mark, "This folder was made by 'tendance demo', and the next demo deletes it.\n")
  await stack.up()
  return stack
}

/** Plays everything through ingest while archive and speed follow. */
async function play(
  cli: Cli,
  options: DemoOptions,
  data: DemoData,
  answers: Answers,
  workers: WorkersOptions,
): Promise<void> {
  const { config } = cli.load()
  using bars = createProgress(cli)
  const ingestBar = bars.bar('ingest')
  const archiveBar = bars.bar('archive')
  const speedBar = bars.bar('speed')
  const stopping = new AbortController()
  const signal = AbortSignal.any([cli.signal, stopping.signal])
  let confirmed = 0
  let complete = false
  const watching = watchArchiveAndSpeed({
    config,
    views: answers.views,
    extractor: NAIVE,
    expected: () => Math.max(confirmed, data.posts),
    archiveBar,
    speedBar,
    check: () => requireWorkers(workers, WORKER_NAMES),
    complete: () => complete,
    signal,
  })
  watching.catch(() => stopping.abort())
  const logger = createLogger({ log: { level: 'error' } }, 'ingest')
  const sources = [
    ...data.plays.map((play) => ({ kind: 'synthetic', options: { ...play, form: 'tendance' } }) as const),
    ...(options.file ? [{ kind: 'file', options: { path: options.file, once: true } } as const] : []),
  ]
  const report = rateReporter(cli, ingestBar, data.posts)
  for (const source of sources) {
    const already = confirmed
    const summary = await runIngestWorker({
      config,
      source,
      again: true,
      logger,
      signal,
      onProgress: (progress) => report({ ...progress, posts: already + progress.posts }),
    })
    confirmed += summary.posts
  }
  complete = true
  await watching
}

async function withBar<T>(
  cli: Cli,
  label: string,
  work: (bar: ReturnType<ReturnType<typeof createProgress>['bar']>) => Promise<T>,
): Promise<T> {
  using bars = createProgress(cli)
  return await work(bars.bar(label))
}

type ShownAnswer = Awaited<ReturnType<typeof answerHour>>

function changeText(before: ShownAnswer, after: ShownAnswer): string {
  const names = (answer: ShownAnswer, other: ShownAnswer) =>
    answer.rows.filter(({ key }) => !other.rows.some((row) => row.key === key)).map(({ shown }) => `#${shown}`)
  const entered = names(after, before)
  const left = names(before, after)
  if (entered.length + left.length === 0) return 'The top 10 of that hour have the same terms as before.'
  return `Entered the top 10: ${entered.join('  ') || '–'}\nLeft it:            ${left.join('  ') || '–'}`
}

/** The generator knows what it put in: the right extractor must find exactly that. */
async function compareWithTruth(cli: Cli, data: DemoData, ask: ReturnType<Answers['ask']>): Promise<void> {
  const truth = truthOfPlays(data.plays)
  const from = data.monday[0]!
  const to = nextHour(data.monday.at(-1)!)
  const hours = await answerByHour(ask, { board: 'hashtags', n: TOP, from, to })
  const recomputed = hours.filter((answer) => !isBefore(answer.from, data.seven))
  const right = recomputed.filter((answer) => equalsTruth(answer, truth, TOP))
  print(
    cli,
    `${right.length} of ${recomputed.length} recomputed hours of Monday have exactly the top ${TOP} that the generator put into its posts.`,
  )
  if (right.length !== recomputed.length) {
    const wrong = recomputed.filter((answer) => !right.includes(answer)).map((answer) => answer.from)
    throw new AppError('internal', `the top ${TOP} of ${wrong.join(', ')} is not the generator's: please report it`)
  }
}

function sayer(cli: Cli) {
  const style = styleFor(cli.stdout)
  return {
    step(title: string, about: string) {
      print(cli, `\n${style('bold', title)}\n${style('dim', about)}\n`)
    },
    end(startedAt: number) {
      const seconds = Math.round((performance.now() - startedAt) / 1_000)
      print(cli, `\n${style('green', '✓')} done in ${Math.floor(seconds / 60)} min ${seconds % 60} s`)
    },
  }
}

function next(cli: Cli, uiUrl: string, stack: Stack, workflowId: string): void {
  const style = styleFor(cli.stdout)
  const lines: readonly (readonly [string, string])[] = [
    [`${uiUrl}/namespaces/default/workflows/${workflowId}`, 'the recompute in the Temporal UI'],
    ['npx tendance top --last 24h --by hour -n 4', 'the last day, hour by hour'],
    ['npx tendance top --from "last monday 0h" --to "last tuesday 0h"', 'a range, proven exact'],
    ['npx tendance top --hour "lundi dernier 8h" --tz Europe/Paris', 'in French, in Paris'],
    ['npx tendance editions', 'what is live, and what was'],
    ['npx tendance doctor', 'every setting, every service'],
    ['npx tendance stack down --wipe', 'stop everything and delete the demo’s data'],
  ]
  print(cli, `\nServices and workers stay up (data in ${stack.dataDir}). What to try next:\n`)
  const width = Math.max(...lines.map(([command]) => command.length))
  for (const [command, about] of lines) print(cli, `  ${style('cyan', command.padEnd(width))}  ${style('dim', about)}`)
}
