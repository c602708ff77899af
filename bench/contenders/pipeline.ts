/**
 * `pipeline.ts SECONDS RATE`: everything together, as people run it: ingest, archive, speed and batch, a process each. A day of
 * synthetic posts is played in SECONDS, as lines of JSON, RATE of them a second, while `hourly` runs one after another.
 *
 * Prints JSON: seconds from the first post to the last one archived, counted live and counted by batch; posts a second confirmed;
 * how far archive and speed were behind, and by how much that grew; and how many of the day's hours have exactly the
 * generator's posts and top 10, live (hours that no batch view covered yet) and by batch.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { loadConfig } from '../../app/config.ts'
import { openAnswers } from '../../cli/answers.ts'
import { equalsTruth, truthOfPlays } from '../../cli/demo/truth.ts'
import { openStore } from '../../lake/open-store.ts'
import { AppError } from '../../model/errors.ts'
import { truthOf } from '../../model/synthetic/truth.ts'
import { HOUR_MS, hourOf } from '../../model/time.ts'
import { connectClient } from '../../temporal/connection.ts'
import { startHourly } from '../../temporal/start.ts'
import type { Answer } from '../../views/answer.ts'
import { answerByHour } from '../../views/ask.ts'
import { type LagSample, lagFigures } from '../data/lag.ts'
import type { Role, WorkerReport } from './pipeline-worker.ts'
import { timed } from './with-batch-worker.ts'

const [seconds = 60, rate = 20_000] = process.argv.slice(2).map(Number)
const PROGRAM = join(import.meta.dirname, 'pipeline-worker.ts')
const FROM = Date.UTC(2026, 10, 16)
const DAY = { seed: 1, from: FROM, to: FROM + 24 * HOUR_MS, posts: seconds * rate } as const
const TOP = 10
const SAMPLE_MS = 500
/** Until then every program compiles what it runs: no lag of a stream that goes on. */
const WARM_UP_SHARE = 0.2
const PATIENCE_MS = 120_000
const POLL_MS = 20
const HOURLY_PAUSE_MS = 5_000

const { config } = loadConfig()

/** A worker's process: what it last said, and its end. */
class WorkerProcess {
  readonly #child: ChildProcess
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  done = 0
  visibleMsP99 = 0

  constructor(role: Role, ...args: readonly string[]) {
    this.#child = fork(PROGRAM, [role, ...args], { execArgv: ['--disable-warning=ExperimentalWarning'] })
    const ready = Promise.withResolvers<void>()
    this.ready = ready.promise
    this.#child.on('message', (report: WorkerReport) => {
      if (report.ready) ready.resolve()
      this.done = report.done ?? this.done
      this.visibleMsP99 = Math.max(this.visibleMsP99, report.visibleMsP99 ?? 0)
    })
    this.ended = once(this.#child, 'exit').then(([code]) => {
      if (code !== 0) throw new AppError('internal', `the ${role} worker ended with ${code}`)
    })
  }

  async stop(): Promise<void> {
    this.#child.send('stop')
    await this.ended
  }
}

const [archive, speed, batch] = [new WorkerProcess('archive'), new WorkerProcess('speed'), new WorkerProcess('batch')]
const background = [archive, speed, batch]
/** Rejects when one of them ends before its time. */
const failing = Promise.all(background.map(({ ended }) => ended))
await Promise.race([Promise.all(background.map(({ ready }) => ready)), failing])
await using temporal = await connectClient(config.temporal, { patienceMs: PATIENCE_MS })
const { taskQueue } = config.temporal

let hourlyRuns = 0
async function hourly(): Promise<void> {
  const workflowId = `hourly-${taskQueue}-${hourlyRuns++}`
  await (await startHourly(temporal.client, { taskQueue, workflowId })).result()
}

const startedAt = performance.now()
const ingest = new WorkerProcess('ingest', JSON.stringify({ ...DAY, form: 'tendance', rate }))
const played = new AbortController()
let first: { readonly at: number; readonly posts: number } | undefined
const lags: { readonly archive: LagSample[]; readonly speed: LagSample[] } = { archive: [], speed: [] }

async function sample(): Promise<void> {
  while (!played.signal.aborted) {
    const now = performance.now()
    if (ingest.done > 0) first ??= { at: now, posts: ingest.done }
    const passed = first === undefined ? 0 : (now - first.at) / 1_000
    if (passed > WARM_UP_SHARE * seconds) {
      // speed may have counted what ingest has not told yet
      lags.archive.push({ seconds: passed, lag: Math.max(0, ingest.done - archive.done) })
      lags.speed.push({ seconds: passed, lag: Math.max(0, ingest.done - speed.done) })
    }
    await delay(SAMPLE_MS)
  }
}

async function hourlyMeanwhile(): Promise<void> {
  while (!played.signal.aborted) {
    await delay(HOURLY_PAUSE_MS, undefined, { signal: played.signal }).catch(() => {})
    if (!played.signal.aborted) await hourly()
  }
}

const meanwhile = Promise.all([sample(), hourlyMeanwhile()])
await Promise.race([ingest.ended, failing, meanwhile])
const confirmedAt = performance.now()
played.abort()
const hourlyInBetween = hourlyRuns
const [messages, visibleMsP99] = [ingest.done, speed.visibleMsP99]

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    if (performance.now() - confirmedAt > PATIENCE_MS) {
      throw new AppError('internal', `${what} has not caught up with ${messages} posts in ${PATIENCE_MS} ms`)
    }
    await Promise.race([delay(POLL_MS), failing])
  }
}

await using answers = await openAnswers(config, Date.now)
const askHours = () =>
  answerByHour(answers.ask('hashtags'), { board: 'hashtags', n: TOP, from: hourOf(DAY.from), to: hourOf(DAY.to) })
const originIs = (origin: string) => (answer: Answer) => answer.provenance.origin === origin

const counting = { stream: 'posts', board: 'hashtags', extractor: config.batch.extractors } as const
await until('live counting', async () => {
  const states = await answers.views.speed.states(counting)
  return states.reduce((sum, { offset }) => sum + offset, 0) === messages
})
const visibleAt = performance.now()
// the last hours have no batch view yet: their answers are live
const live = (await askHours()).filter(originIs('speed'))
await until('the archive', () => archive.done === messages)
const archivedAt = performance.now()
await meanwhile
const settledAt = performance.now()
const last = await timed(hourly)
const counted = (await askHours()).filter(originIs('batch'))

const truth = truthOfPlays([DAY])
const posts = new Map([...truthOf(DAY)].map(([hour, ofHour]) => [hour, ofHour.posts]))
const isRight = (answer: Answer) => equalsTruth(answer, truth, TOP) && answer.records === posts.get(answer.from)
const round = (value: number) => Math.round(value * 1_000) / 1_000
const sinceFirst = { posts: messages - (first?.posts ?? 0), seconds: (confirmedAt - (first?.at ?? startedAt)) / 1_000 }
const [ofArchive, ofSpeed] = [lagFigures(lags.archive), lagFigures(lags.speed)]
console.log(
  JSON.stringify({
    seconds: round((settledAt - startedAt) / 1_000 + last.seconds),
    messages,
    postsPerSecond: Math.round(sinceFirst.posts / sinceFirst.seconds),
    visibleMsP99,
    speedLagMean: ofSpeed.mean,
    speedLagMax: ofSpeed.max,
    speedLagGrowthPerSecond: ofSpeed.growth,
    archiveLagMean: ofArchive.mean,
    archiveLagMax: ofArchive.max,
    archiveLagGrowthPerSecond: ofArchive.growth,
    secondsToLastVisible: round((visibleAt - confirmedAt) / 1_000),
    secondsToLastArchived: round((archivedAt - confirmedAt) / 1_000),
    hourlyInBetween,
    lastHourlySeconds: last.seconds,
    hoursLive: live.length,
    hoursLiveRight: live.filter(isRight).length,
    hoursByBatch: counted.length,
    hoursByBatchRight: counted.filter(isRight).length,
  }),
)
await Promise.all(background.map((worker) => worker.stop()))
await answers.views.drop()
await using store = openStore(config.lake)
await store.delete(config.lake.root, { recursive: true })
process.exit()
