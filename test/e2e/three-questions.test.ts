/**
 * The three questions that Tendance exists for, asked as a person asks them: each a command of its own, in a process of its own,
 * checked by what it prints. A day and the last hours of posts whose truth is known, first counted by the naive rule, then put
 * right: looked at before, held, compared, published, and taken back.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DemoData, demoData } from '../../cli/demo/data.ts'
import { parseHourText, type WhenContext } from '../../cli/when.ts'
import type { Edition } from '../../model/editions.ts'
import { generate } from '../../model/synthetic/generator.ts'
import { extractorNamed } from '../../model/terms/index.ts'
import { type HourId, hourOf, nextHour } from '../../model/time.ts'
import type { Answer } from '../../views/answer.ts'
import { isolatedConfig } from '../services.ts'
import { Deployment, rowsOf, syntheticArgs, topOfCounts } from './deployment.ts'

const NAIVE = 'hashtags@1'
const RIGHT = 'hashtags@2'
const POSTS = 20_000
const N = 10
const REASON = 'accents were cut, other scripts were missed'
/** Each test is several processes, on a machine that may be busy. */
const SLOW = { timeout: 240_000 }
const PATIENCE = { timeout: 60_000, interval: 200 }

type Rows = ReturnType<typeof topOfCounts>
/** The top of each hour by a rule. */
type Truth = ReadonlyMap<HourId, Rows>

let context: WhenContext
let data: DemoData
let naive: Truth
let right: Truth
let deployment: Deployment

beforeAll(async () => {
  context = { zone: 'UTC', now: Date.now() }
  data = demoData(POSTS, context)
  naive = truthBy(NAIVE)
  right = truthBy(RIGHT)
  deployment = new Deployment(
    isolatedConfig(undefined, {
      TENDANCE_BATCH_EXTRACTORS: NAIVE,
      TENDANCE_CLI_TZ: 'UTC',
      TENDANCE_LAKE_COMMIT_AGE_MS: '1000',
      TENDANCE_SPEED_FLUSH_MS: '200',
      // A day is played in seconds: a partition whose posts come later than the others' must not be taken for idle.
      TENDANCE_SPEED_IDLE_MS: '120000',
    }),
  )
  await deployment.start()
  await using answers = await deployment.answers()
  for (const play of data.plays) await deployment.run(...syntheticArgs(play), '--json')
  await deployment.untilCounted(answers, NAIVE)
}, 300_000)
afterAll(() => deployment?.[Symbol.asyncDispose]())

/** Counted here, by the rule alone, from the posts: each once. */
function truthBy(name: string): Truth {
  const { extract, key } = extractorNamed(name)
  const counts = new Map<HourId, Map<string, number>>()
  for (const play of data.plays) {
    for (const { post, copy } of generate(play)) {
      if (copy) continue
      const hour = hourOf(post.created_at)
      const ofHour = counts.get(hour) ?? new Map<string, number>()
      counts.set(hour, ofHour)
      for (const term of new Set(extract(post.text).map(key))) ofHour.set(term, (ofHour.get(term) ?? 0) + 1)
    }
  }
  return new Map([...counts].map(([hour, ofHour]) => [hour, topOfCounts(ofHour, N)]))
}

async function top(...args: readonly string[]): Promise<Answer> {
  return JSON.parse(await deployment.run('top', ...args, '--json')) as Answer
}

const lastMonday = (time: string) => top('--hour', `last monday ${time}`)

function seen({ from, exact, provenance, ...answer }: Answer) {
  const { origin, editions, extractors } = provenance
  return { hour: from, exact, origin, editions, extractors, rows: rowsOf({ from, exact, provenance, ...answer }) }
}

async function editions(): Promise<readonly Edition[]> {
  const lines = (await deployment.run('editions', '--json')).trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Edition)
}

const states = async () => (await editions()).map(({ number, state }) => `${number} ${state}`)

describe('1. What is trending in the last hour?', SLOW, () => {
  it('is answered by speed, while the posts are hardly a minute old', async () => {
    const answer = await top()
    expect(answer.from >= nextHour(hourOf(context.now), -1)).toBe(true)
    expect(seen(answer)).toMatchObject({
      exact: true,
      origin: 'speed',
      extractors: [NAIVE],
      rows: naive.get(answer.from),
    })
    const printed = await deployment.run('top', '--hour', answer.from)
    expect(printed).toMatch(/speed · .*hashtags@1 · exact · provisional/)
    expect(printed).toContain(`#${answer.rows[0]!.shown}`)
  })
})

describe('2. What was trending last Monday between 7:00 and 8:00?', SLOW, () => {
  it('is answered by batch, of an hour that is complete', async () => {
    const printed = await deployment.run('hourly')
    expect(printed).toMatch(/edition 1: \d+ hours sealed, \d+ computed/)
    const answer = await lastMonday('7h')
    expect(answer.from).toBe(parseHourText('last monday 7h', context))
    expect(seen(answer)).toMatchObject({
      exact: true,
      origin: 'batch',
      extractors: [NAIVE],
      rows: naive.get(data.seven),
    })
    expect(answer.provenance.hours).toMatchObject({ sealed: 1 })
    const table = await deployment.run('top', '--hour', 'last monday 7h')
    expect(table).toMatch(/07:00–08:00 \(UTC\)/)
    expect(table).toMatch(/batch · edition 1 · hashtags@1 · exact · sealed/)
  })
})

describe('3. There was a mistake in my hashtag algorithm. Recompute everything since last Monday 7:00', SLOW, () => {
  const asked = ['recompute', '--since', 'last monday 7h', '--extractor', RIGHT, '--reason', REASON] as const

  it('shows what it would do before it does anything', async () => {
    const before = naive.get(data.seven)!
    const after = right.get(data.seven)!
    expect(after, 'the mistake can be seen').not.toEqual(before)
    const printed = await deployment.run(...asked, '--dry-run')
    expect(printed).toContain(`a recompute of posts by ${RIGHT} on top of edition 1 would`)
    expect(printed).toMatch(new RegExp(`compute \\d+ hours, ${data.seven} … `))
    expect(printed).toMatch(/read [\d,]+ records, [\d.]+ MB/)
    expect(printed).toContain('nothing was written')
    const { sample } = JSON.parse(await deployment.run(...asked, '--dry-run', '--json'))
    for (const { hour, boards } of sample) {
      const [{ rows }] = boards
      const ranked = (side: 'before' | 'after') =>
        rows
          .filter((row: Row) => row[side].rank !== null && row[side].rank <= N)
          .sort((a: Row, b: Row) => a[side].rank! - b[side].rank!)
          .map((row: Row) => ({ key: row.key, count: row[side].lower }))
      expect({ hour, before: ranked('before'), after: ranked('after') }).toEqual({
        hour,
        before: naive.get(hour),
        after: right.get(hour),
      })
    }
    expect(await states()).toEqual(['1 live'])
  })

  it('computes everything beside what people read, and waits', async () => {
    const { code, stderr } = await deployment.spawn(...asked, '--hold').ran
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('tendance publish 2') })
    expect(await states()).toEqual(['1 live', '2 held'])
    expect(seen(await lastMonday('7h'))).toMatchObject({ editions: [1], rows: naive.get(data.seven) })
    const [, held] = await editions()
    expect(held).toMatchObject({ parent: 1, since: data.seven, extractors: { hashtags: RIGHT }, reason: REASON })
  })

  it('shows the difference hour by hour, and term by term', async () => {
    const printed = await deployment.run('diff', '1', '2')
    expect(printed).toContain(data.seven.slice(11))
    const hour = await deployment.run('diff', '1', '2', '--hour', 'last monday 7h')
    const entered = right.get(data.seven)!.filter(({ key }) => !naive.get(data.seven)!.some((was) => was.key === key))
    expect(entered.length).toBeGreaterThan(0)
    const lines = (await deployment.run('diff', '1', '2', '--json')).trim().split('\n')
    const hours = lines.slice(0, -1).map((line) => JSON.parse(line).hour as HourId)
    expect(hours.every((one) => one >= data.seven)).toBe(true)
    expect(hour).toContain(entered[0]!.key)
  })

  it('is published by one command, and every reader sees the right answer since then, the old one before', async () => {
    const printed = await deployment.run('publish', '2')
    expect(printed).toContain('edition 2')
    await expect.poll(states, PATIENCE).toEqual(['1 retired', '2 live'])
    expect(seen(await lastMonday('7h'))).toMatchObject({
      exact: true,
      origin: 'batch',
      extractors: [RIGHT],
      rows: right.get(data.seven),
    })
    expect(seen(await lastMonday('6h'))).toMatchObject({
      extractors: [NAIVE],
      rows: naive.get(nextHour(data.seven, -1)),
    })
    for (const answer of await byHour()) {
      const truth = answer.from < data.seven ? naive : right
      expect({ hour: answer.from, rows: rowsOf(answer) }).toEqual({ hour: answer.from, rows: truth.get(answer.from) })
    }
  })

  it('is answered by speed with the right rule too, from the posts of the hour that runs', async () => {
    const last = () => top('--hour', hourOf(context.now))
    await expect
      .poll(async () => seen(await last()), PATIENCE)
      .toMatchObject({ origin: 'speed', extractors: [RIGHT], rows: right.get(hourOf(context.now)) })
  })

  it('is taken back by one command', async () => {
    expect(await deployment.run('rollback')).toContain('edition 1 is live again')
    expect(seen(await lastMonday('7h'))).toMatchObject({ editions: [1], rows: naive.get(data.seven) })
    for (const answer of await byHour()) {
      expect({ hour: answer.from, rows: rowsOf(answer) }).toEqual({ hour: answer.from, rows: naive.get(answer.from) })
    }
  })
})

interface Row {
  readonly key: string
  readonly before: { readonly rank: number | null; readonly lower: number }
  readonly after: { readonly rank: number | null; readonly lower: number }
}

/** The hours of last Monday, each by itself. */
async function byHour(): Promise<readonly Answer[]> {
  const range = ['--from', 'last monday 0h', '--to', nextHour(data.monday.at(-1)!)]
  const printed = await deployment.run('top', ...range, '--by', 'hour', '-n', `${N}`, '--json')
  return printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer)
}
