/**
 * Readers at full speed through a recompute, its publishing and a rollback, on real Temporal, HDFS and MongoDB, while hourly work
 * goes on in the live edition, an hour closes and late records come: no answer ever mixes editions.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTallies } from '../../lake/tallies.ts'
import { parseRecompute } from '../../model/requests.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { tellRun } from '../../temporal/decide.ts'
import { startEdition } from '../../temporal/start.ts'
import type { Answer } from '../../views/answer.ts'
import { type Ask, answerByHour, answerHour, answerRange } from '../../views/ask.ts'
import { AnswerChecker, type Verdict } from '../activities/answer-checker.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { knownPosts, type Rule } from '../activities/lake-of-posts.ts'
import { uniqueName } from '../services.ts'

const FIRST = '2026-11-16T00' as HourId
const HOURS = hoursBetween(FIRST, nextHour(FIRST, 6))
const [END, SINCE] = [nextHour(FIRST, 6), nextHour(FIRST, 2)]
/** The hour that closes while the new edition waits. */
const MEANWHILE = END
const N = 12
const RULES = { old: 'hashtags@1', new: 'hashtags@2', since: SINCE } as const
const READERS = 3
/** Answers that must have been seen of each state before the next step is taken. */
const ANSWERS_EACH = 40

let bench: BatchFixture
let ask: Ask
let checker: AnswerChecker
let posts = 0

beforeAll(async () => {
  bench = await BatchFixture.start({ worker: true })
  const { store, layout, views } = bench
  ask = { views, fullTallies: createTallies({ store, layout, writer: 'test' }), clock: Date.now }
  for (const hour of HOURS) await append(hour, 500)
  await bench.hourly()
  checker = new AnswerChecker(bench.posts, RULES, N, HOURS)
})
afterAll(() => bench?.[Symbol.asyncDispose]())

/** One post is one commit of one partition: no reader can see half of it. */
async function append(hour: HourId, count: number): Promise<void> {
  posts += 10_000
  await bench.posts.append(knownPosts(hour, count, posts))
}

async function late(hour: HourId): Promise<void> {
  await append(hour, 1)
  checker.note(hour)
}

interface Seen {
  readonly edition: number | null
  readonly liveVersion: number
  readonly rule: Rule
}

const KINDS = ['hour', 'range', 'by hour'] as const

/** Asks one question after the other, of each kind in turn, and holds every answer against the truth. */
class Reader {
  readonly seen: Seen[] = []
  readonly wrong: string[] = []
  #stopped = false
  readonly #ended: Promise<void>

  constructor(offset: number) {
    this.#ended = this.#run(offset)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#ended
  }

  async #run(offset: number): Promise<void> {
    for (let turn = offset; !this.#stopped; turn += 1) {
      const kind = KINDS[turn % KINDS.length]!
      const answers = await this.#ask(kind, HOURS[turn % HOURS.length]!)
      this.#take(kind, answers, kind === 'range' ? checker.checkRange(answers[0]!) : checker.checkByHour(answers))
      await breathe()
    }
  }

  async #ask(kind: (typeof KINDS)[number], hour: HourId): Promise<readonly Answer[]> {
    const question = { board: 'hashtags', n: N, from: FIRST } as const
    if (kind === 'hour') return [await answerHour(ask, { ...question, hour })]
    if (kind === 'range') return [await answerRange(ask, { ...question, to: END })]
    return answerByHour(ask, { ...question, to: nextHour(MEANWHILE) })
  }

  #take(kind: string, answers: readonly Answer[], verdict: Verdict): void {
    const [{ edition, liveVersion }] = answers.map(({ provenance }) => provenance) as [Answer['provenance']]
    if (answers.some(({ provenance }) => provenance.edition !== edition || provenance.liveVersion !== liveVersion)) {
      this.wrong.push(`${kind}: one answer names several editions`)
    }
    if ('wrong' in verdict) this.wrong.push(`${kind} of edition ${edition}: ${verdict.wrong}`)
    else this.seen.push({ edition, liveVersion, rule: verdict.rule })
  }
}

/** Resolves when the readers together have seen so many more answers of that edition. */
async function whenSeen(readers: readonly Reader[], edition: number): Promise<void> {
  const count = () => readers.flatMap(({ seen }) => seen).filter((one) => one.edition === edition).length
  const from = count()
  await expect.poll(() => count() - from, { timeout: 60_000, interval: 50 }).toBeGreaterThan(ANSWERS_EACH)
}

describe('readers through recompute, publish and rollback', () => {
  it('see all of the one edition or all of the other, never a mixture', { timeout: 300_000 }, async () => {
    const readers = Array.from({ length: READERS }, (_, i) => new Reader(i))
    try {
      const request = parseRecompute({ since: SINCE, extractors: 'hashtags@2', hold: true, reason: 'brackets' })
      const workflowId = uniqueName('switch')
      const { client } = bench.temporal
      const running = await startEdition(client, request, bench.optionsOf(workflowId))
      await whenSeen(readers, 1)
      await late(HOURS[1]!)
      await late(HOURS[4]!)
      await bench.hourly()
      await expect
        .poll(async () => (await bench.views.editions.get('posts', 2))?.state, { timeout: 30_000 })
        .toBe('held')

      // While it waits: an hour closes, and a late record comes to one that it has computed already.
      await append(MEANWHILE, 500)
      checker.note(MEANWHILE)
      await late(HOURS[3]!)
      await bench.hourly()
      await whenSeen(readers, 1)

      // It must have all of that before anybody sees it.
      checker.demandAllByNewRule()
      await tellRun(client, workflowId, 'publish', { by: 'me' })
      await whenSeen(readers, 2)
      expect(await running.result()).toMatchObject({ edition: 2, state: 'live' })
      await late(HOURS[5]!)
      await bench.hourly()
      await whenSeen(readers, 2)

      await bench.views.live.rollback({ stream: 'posts', by: 'me', at: Date.now() })
      await whenSeen(readers, 1)
      await bench.hourly()
      await whenSeen(readers, 1)
    } finally {
      await Promise.all(readers.map((reader) => reader.stop()))
    }
    for (const { seen, wrong } of readers) {
      expect(wrong.slice(0, 3)).toEqual([])
      for (const [at, one] of seen.entries())
        expect(one.liveVersion).toBeGreaterThanOrEqual(seen[at - 1]?.liveVersion ?? 0)
      expect([...new Set(seen.map(({ liveVersion, edition }) => `${liveVersion}: ${edition}`))]).toEqual([
        '1: 1',
        '2: 2',
        '3: 1',
      ])
      // An hour before `since` is the same by both, so that only some answers of edition 2 tell by which rule they are.
      const rules = (edition: number) => new Set(seen.filter((one) => one.edition === edition).map(({ rule }) => rule))
      expect([rules(1), rules(2).has('hashtags@2')]).toEqual([new Set(['hashtags@1']), true])
    }
  })

  it('the twin: a reader that asks hour by hour, and so under two editions, is caught', async () => {
    const question = { board: 'hashtags', n: N } as const
    const half = await answerByHour(ask, { ...question, from: FIRST, to: HOURS[4]! })
    const { version } = (await bench.views.live.read('posts'))!
    await bench.views.live.publish({ stream: 'posts', edition: 2, expectedVersion: version, by: 'me', at: Date.now() })
    const rest = await answerByHour(ask, { ...question, from: HOURS[4]!, to: END })
    expect(checker.checkByHour([...half, ...rest])).toMatchObject({ wrong: expect.stringContaining(HOURS[4]!) })
    // Each half by itself is right: what is wrong is the mixture.
    expect([checker.checkByHour(half), checker.checkByHour(rest)]).toEqual([
      { rule: 'hashtags@1' },
      { rule: 'hashtags@2' },
    ])
  })

  it('the twin for a range: the sum of both editions is no answer of either', async () => {
    const whole = { board: 'hashtags', n: N, from: FIRST, to: END } as const
    const [one, other] = [
      await answerRange(ask, { ...whole, edition: 1 }),
      await answerRange(ask, { ...whole, edition: 2 }),
    ]
    expect([checker.checkRange(one), checker.checkRange(other)]).toEqual([
      { rule: 'hashtags@1' },
      { rule: 'hashtags@2' },
    ])
    expect(checker.checkRange({ ...one, rows: other.rows })).toHaveProperty('wrong')
    const counts = one.rows.map((row, i) => (i % 2 === 0 ? row : other.rows[i]!))
    expect(checker.checkRange({ ...one, rows: counts })).toHaveProperty('wrong')
  })
})
