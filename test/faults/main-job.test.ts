/**
 * The main job while everything is killed: each worker, each service and the ingest command, with kill -9 and in turn, in the middle
 * of playing a day; then each hour is what the generator put in, live, by batch and in the lake.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answers } from '../../cli/answers.ts'
import type { SyntheticOptions } from '../../model/synthetic/plan.ts'
import { type HourTruth, truthOf } from '../../model/synthetic/truth.ts'
import { HOUR_MS, type HourId, hourOf, hoursBetween } from '../../model/time.ts'
import type { ProcessName } from '../../stack/names.ts'
import { answerByHour } from '../../views/ask.ts'
import { Deployment, rowsOf, syntheticArgs, topOfCounts } from '../e2e/deployment.ts'
import { isolatedConfig, type OwnStack, startOwnStack } from '../services.ts'

const FROM = Date.parse('2026-11-16T00:00:00Z')
const DAY: SyntheticOptions = { seed: 11, from: FROM, to: FROM + 12 * HOUR_MS, posts: 60_000 }
/** Slow enough that all of the killing happens while posts come in. */
const RATE = 1_500
const N = 10
const RIGHT = 'hashtags@2'
const SERVICES: readonly ProcessName[] = ['kafka-1', 'hdfs-datanode-1', 'hdfs-namenode', 'mongodb']

const hours = hoursBetween(hourOf(DAY.from), hourOf(DAY.to))
let truth: ReadonlyMap<HourId, HourTruth>
let own: OwnStack
let deployment: Deployment
let answers: Answers

beforeAll(async () => {
  truth = truthOf(DAY)
  own = await startOwnStack()
  deployment = new Deployment(
    isolatedConfig(own.addresses, {
      TENDANCE_BATCH_EXTRACTORS: RIGHT,
      TENDANCE_LAKE_COMMIT_AGE_MS: '1000',
      TENDANCE_SPEED_FLUSH_MS: '200',
      // A day is played in seconds: a partition whose posts come later than the others' must not be taken for idle.
      TENDANCE_SPEED_IDLE_MS: '120000',
    }),
  )
  await deployment.start()
  answers = await deployment.answers()
}, 300_000)

afterAll(async () => {
  await answers?.[Symbol.asyncDispose]()
  await deployment?.[Symbol.asyncDispose]()
  await own?.[Symbol.asyncDispose]()
}, 120_000)

async function expectTruth(origin: 'batch' | 'speed'): Promise<void> {
  const all = await answerByHour(answers.ask('hashtags'), {
    board: 'hashtags',
    n: N,
    from: hours[0]!,
    to: hourOf(DAY.to),
  })
  const shown = all.map((answer) => ({
    hour: answer.from,
    origin: answer.provenance.origin,
    exact: answer.exact,
    records: answer.records,
    rows: rowsOf(answer),
  }))
  expect(shown).toEqual(
    hours.map((hour) => {
      const { posts, counts } = truth.get(hour)!
      return { hour, origin, exact: true, records: posts, rows: topOfCounts(counts, N) }
    }),
  )
}

describe('the main job while everything is killed', () => {
  it('takes every post in although ingest, workers and services are killed in turn', async () => {
    const ingest = (): ReturnType<Deployment['spawn']> => deployment.spawn(...syntheticArgs(DAY), '--rate', `${RATE}`)
    let ingesting = ingest()
    const killIngest = async () => {
      ingesting.child.kill('SIGKILL')
      await ingesting.ran
      ingesting = ingest()
    }
    const killWorker = (name: 'archive' | 'speed' | 'batch') => async () => {
      await deployment.kill(name)
      await deployment.revive()
    }
    const killService = (name: ProcessName) => async () => {
      await own.stack.service(name).kill()
      await own.stack.service(name).start()
      await deployment.revive()
    }
    const deaths = [
      killWorker('archive'),
      killWorker('speed'),
      killIngest,
      ...SERVICES.map(killService),
      killWorker('archive'),
      killWorker('speed'),
      killIngest,
    ]
    for (const kill of deaths) {
      await delay(1_500)
      await kill()
    }
    const { code, stderr } = await ingesting.ran
    expect(code, stderr).toBe(0)
    await deployment.untilCounted(answers, RIGHT)
    await expectTruth('speed')
  }, 420_000)

  it('counts by batch the same, with the batch worker and Temporal killed in between', async () => {
    const running = deployment.spawn('hourly')
    await delay(1_500)
    await deployment.kill('batch')
    await own.stack.service('temporal').kill()
    await own.stack.service('temporal').start()
    await deployment.revive()
    // the command may have lost its connection: doing it again finds the run, or has nothing left to do
    await running.ran
    await deployment.run('hourly')
    await expectTruth('batch')
  }, 300_000)
})
