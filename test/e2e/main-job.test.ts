/**
 * The main job as people run it, every worker and command a process: posts in, archived, counted live, counted by batch, cleaned
 * up, asked; each hour held against what the generator put into its posts, and against a recount by a program of others.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installFastavro } from '../../bench/baselines/install.ts'
import type { Answers } from '../../cli/answers.ts'
import { createLake } from '../../lake/lake.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { createTallies } from '../../lake/tallies.ts'
import { silentLogger } from '../../model/log.ts'
import type { SyntheticOptions } from '../../model/synthetic/plan.ts'
import { type HourTruth, truthOf } from '../../model/synthetic/truth.ts'
import { HOUR_MS, type HourId, hourOf, hoursBetween } from '../../model/time.ts'
import { runCommand } from '../../stack/install/command.ts'
import { silentReporter } from '../../stack/reporter.ts'
import type { Answer } from '../../views/answer.ts'
import { answerByHour, answerRange } from '../../views/ask.ts'
import { isolatedConfig } from '../services.ts'
import { testSettings } from '../test-settings.ts'
import { Deployment, rowsOf, syntheticArgs, topOfCounts } from './deployment.ts'

const FROM = Date.parse('2026-11-16T00:00:00Z')
const DAY: SyntheticOptions = { seed: 7, from: FROM, to: FROM + 24 * HOUR_MS, posts: 60_000 }
const N = 10
const RIGHT = 'hashtags@2'

const hours = hoursBetween(hourOf(DAY.from), hourOf(DAY.to))
const range = { from: hours[0]!, to: hourOf(DAY.to) }
let truth: ReadonlyMap<HourId, HourTruth>
let deployment: Deployment
let answers: Answers

beforeAll(async () => {
  truth = truthOf(DAY)
  deployment = new Deployment(
    isolatedConfig(undefined, {
      TENDANCE_BATCH_EXTRACTORS: RIGHT,
      TENDANCE_LAKE_COMMIT_AGE_MS: '1000',
      TENDANCE_SPEED_FLUSH_MS: '200',
      // A day is played in seconds: a partition whose posts come later than the others' must not be taken for idle.
      TENDANCE_SPEED_IDLE_MS: '120000',
    }),
  )
  await deployment.start()
  answers = await deployment.answers()
}, 240_000)

afterAll(async () => {
  await answers?.[Symbol.asyncDispose]()
  await deployment?.[Symbol.asyncDispose]()
})

const byHour = (): Promise<Answer[]> => answerByHour(answers.ask('hashtags'), { board: 'hashtags', n: N, ...range })

function expectTruth(all: readonly Answer[], origin: 'batch' | 'speed'): void {
  expect(all.map(({ from }) => from)).toEqual(hours)
  for (const answer of all) {
    const hour = truth.get(answer.from)!
    expect({
      hour: answer.from,
      origin: answer.provenance.origin,
      exact: answer.exact,
      records: answer.records,
      rows: rowsOf(answer),
    }).toEqual({ hour: hour.hour, origin, exact: true, records: hour.posts, rows: topOfCounts(hour.counts, N) })
  }
}

describe('a day of posts', () => {
  it('goes into Kafka, every post and every copy', async () => {
    const summary = JSON.parse(await deployment.run(...syntheticArgs(DAY), '--json'))
    const copies = [...truth.values()].reduce((sum, hour) => sum + hour.copies, 0)
    expect(summary).toMatchObject({ posts: DAY.posts + copies, deadLetters: 0, sending: 0 })
    expect(await deployment.messages()).toBe(DAY.posts + copies)
  })

  it('is counted live: each hour as the generator meant it, before batch has run', async () => {
    await deployment.untilCounted(answers, RIGHT)
    expectTruth(await byHour(), 'speed')
  })

  it('is counted by batch: each hour sealed, the same, copies removed', async () => {
    await deployment.requireWorkers()
    const printed = await deployment.run('hourly')
    expect(printed).toContain('24 hours sealed, 24 computed')
    const all = await byHour()
    expectTruth(all, 'batch')
    expect(all.map(({ copies }) => copies)).toEqual(hours.map((hour) => truth.get(hour)!.copies))
    expect(all.every(({ provenance }) => provenance.hours.sealed === 1)).toBe(true)
  })

  it('leaves no speed view behind that batch covers, and the answers stay', async () => {
    const speed = await answers.views.speed.get({ stream: 'posts', board: 'hashtags', extractor: RIGHT, hours })
    expect(speed).toEqual([])
    expectTruth(await byHour(), 'batch')
  })

  it('has every term of every hour in the full tallies, counted as the generator meant it', async () => {
    await using store = openStore(deployment.config.lake, { logger: silentLogger })
    const tallies = createTallies({ store, layout: layoutAt(deployment.config.lake.root), writer: 'test' })
    const documents = await answers.views.batch.get({ stream: 'posts', board: 'hashtags', edition: 1, hours })
    expect(documents.length).toBe(hours.length)
    for (const { hour, tallyPath } of documents) {
      const terms = await tallies.above({ path: tallyPath }, 1)
      expect(new Map(terms.map(({ key, count }) => [key, count]))).toEqual(truth.get(hour)!.counts)
    }
  })

  it('is proven over the whole range', async () => {
    const sum = new Map<string, number>()
    for (const { counts } of truth.values()) {
      for (const [key, count] of counts) sum.set(key, (sum.get(key) ?? 0) + count)
    }
    const answer = await answerRange(answers.ask('hashtags'), { board: 'hashtags', n: 25, ...range })
    expect({ exact: answer.exact, rows: rowsOf(answer) }).toEqual({ exact: true, rows: topOfCounts(sum, 25) })
  })

  it('is recounted the same by fastavro and Python from the files of the lake', async () => {
    const { cacheDir, environment } = testSettings()
    const python = await installFastavro({ cacheDir, environment, reporter: silentReporter })
    const copy = join(deployment.folder, 'copy')
    await copyRecords(copy)
    const out = join(deployment.folder, 'recount.tsv')
    const script = new URL('../../bench/fastavro_recount.py', import.meta.url).pathname
    await runCommand(python, [script, copy, out, '--top', `${N}`], { environment })
    const expected = hours.flatMap((hour) =>
      topOfCounts(truth.get(hour)!.counts, N).map(({ key, count }, i) => `${hour}\t${i + 1}\t${key}\t${count}`),
    )
    expect(readFileSync(out, 'utf8').trimEnd().split('\n')).toEqual(expected)
  }, 240_000)

  it('is answered by the command line, as JSON and as a table', async () => {
    const hour = hours[7]!
    const json = JSON.parse(await deployment.run('top', '--hour', `${hour}Z`, '--json'))
    expect(rowsOf(json)).toEqual(topOfCounts(truth.get(hour)!.counts, N))
    const table = await deployment.run('top', '--hour', `${hour}Z`, '--tz', 'Europe/Paris')
    expect(table).toContain('Mon 16 Nov 2026, 08:00–09:00 (Europe/Paris)')
    expect(table).toMatch(/batch · edition 1 · hashtags@2 · exact · sealed · [\d,]+ posts/)
    const csv = await deployment.run('top', '--from', '2026-11-16T00Z', '--to', '2026-11-17T00Z', '--csv', '-n', '3')
    expect(csv.trimEnd().split('\n')).toHaveLength(4)
  })

  it('played again counts once: batch removes all copies, speed leaves them to batch as late', async () => {
    await deployment.run(...syntheticArgs(DAY), '--again', '--json')
    await deployment.untilCounted(answers, RIGHT)
    const states = await answers.views.speed.states({ stream: 'posts', board: 'hashtags', extractor: RIGHT })
    expect(states.reduce((sum, { late }) => sum + late, 0)).toBeGreaterThan(DAY.posts / 2)
    // amending waits for the archive by itself
    await deployment.run('hourly')
    const all = await byHour()
    expectTruth(all, 'batch')
    const copies = hours.map((hour) => 2 * truth.get(hour)!.copies + truth.get(hour)!.posts)
    expect(all.map((answer) => answer.copies)).toEqual(copies)
  }, 240_000)
})

describe('a mistake in the algorithm', () => {
  it('is corrected since a moment, and what was before it stays', async () => {
    // the other way round: hashtags@1 makes the mistake visible
    const since = hours[7]!
    await deployment.run('recompute', '--since', `${since}Z`, '--extractor', 'hashtags@1', '--reason', 'a test')
    const all = await byHour()
    expect(all.map(({ provenance }) => provenance.extractors)).toEqual(
      hours.map((hour) => [hour < since ? RIGHT : 'hashtags@1']),
    )
    const changed = all.filter((answer) => {
      const want = topOfCounts(truth.get(answer.from)!.counts, N)
      return JSON.stringify(rowsOf(answer)) !== JSON.stringify(want)
    })
    expect(changed.map(({ from }) => from)).toEqual(hours.slice(7))
    expect(await deployment.run('editions')).toMatch(/2\s+live\s+1\s+2026-11-16T07\s+hashtags@1/)
  }, 240_000)

  it('asked for wrongly is refused at once, with what is right', async () => {
    const { code, stderr } = await deployment.spawn('recompute', '--since', 'bananas').ran
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("'last monday 7h'") })
    const wrong = await deployment.spawn('recompute', '--since', 'now', '--extractor', 'hashtags@9').ran
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('hashtags@1, hashtags@2') })
  })
})

describe('records that cannot be understood', () => {
  it('stop nothing, are listed with their reasons, and are not replayed twice', async () => {
    const file = join(deployment.folder, 'broken.jsonl')
    const good = {
      id: 'late-1',
      created_at: '2026-11-16T05:10:00Z',
      text: 'late, with #spät',
      author: { id: '1', handle: 'anna' },
    }
    writeFileSync(file, `{"no":"post"}\nnot json\n${JSON.stringify(good)}\n`)
    const summary = JSON.parse(await deployment.run('ingest', '--file', file, '--json'))
    expect(summary).toMatchObject({ posts: 1, deadLetters: 2 })
    const listed = (await deployment.run('dead-letters', 'list', '--json')).trimEnd().split('\n')
    expect(listed.map((line) => JSON.parse(line).raw)).toEqual(['{"no":"post"}', 'not json'])
    const replayed = await deployment.spawn('dead-letters', 'replay', '--json').ran
    expect(JSON.parse(replayed.stdout)).toMatchObject({ read: 2, passed: 0, failed: 2 })
    const again = await deployment.spawn('dead-letters', 'replay', '--json').ran
    expect(JSON.parse(again.stdout)).toMatchObject({ read: 0 })
  })

  it('and a late record amends its own hour alone', async () => {
    const printed = await deployment.run('hourly')
    expect(printed).toContain('1 computed')
    expect(printed).toContain('1 amended')
    const [answer] = (await byHour()).slice(5)
    expect(answer!.provenance.hours.amended).toBe(1)
    expect(answer!.records).toBe(truth.get(hours[5]!)!.posts + 1)
  })
})

async function copyRecords(folder: string): Promise<void> {
  const layout = layoutAt(deployment.config.lake.root)
  await using store = openStore(deployment.config.lake, { logger: silentLogger })
  const lake = createLake({ store, layout }, 'test')
  for (const hour of hours) {
    const into = join(folder, hour)
    mkdirSync(into, { recursive: true })
    for (const { path } of (await lake.listHour('posts', hour)).files) {
      writeFileSync(join(into, path.split('/').at(-1)!), await store.read(path))
    }
  }
}
