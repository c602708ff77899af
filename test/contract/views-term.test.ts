/** One term by hour, from the real store: held against the counts that the hours were made from. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../model/errors.ts'
import type { FullTallies } from '../../model/full-tallies.ts'
import { type HourId, hoursBetween, nextHour, slotId } from '../../model/time.ts'
import { answerHour, answerRange } from '../../views/ask.ts'
import { digestOf, readStamp } from '../../views/stamp.ts'
import { answerTerm } from '../../views/term.ts'
import { openViews, type Views } from '../../views/views.ts'
import { services, uniqueName } from '../services.ts'
import {
  BOARD,
  batchDocument,
  hourEntry,
  newEdition,
  STREAM,
  speedDocument,
  terms as termsOf,
} from '../views/documents.ts'

const FROM = '2026-11-16T00' as HourId
const HOURS = hoursBetween(FROM, nextHour(FROM, 12))
const TERMS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const
/** What an hour's view names; the rest stands only in the full tally. */
const NAMED = 3
const NOW = Date.parse('2026-11-16T14:30:00Z')

/** Any numbers do, as long as they differ from hour to hour; sometimes a term is not there. */
const truth = new Map(
  HOURS.map((hour, at) => [hour, Object.fromEntries(TERMS.map((term, i) => [term, (at * 7 + i * 13 + at * i) % 23]))]),
)
const rankIn = (hour: HourId, term: string) =>
  TERMS.filter((other) => {
    const [own, theirs] = [truth.get(hour)![term]!, truth.get(hour)![other]!]
    return theirs > own || (theirs === own && other < term)
  }).length + 1

let asked = 0
let isAway = false
const fullTallies: FullTallies = {
  async lookup({ path }, keys) {
    if (isAway) throw new AppError('unavailable', 'the lake is away')
    asked++
    return keys.map((key) => truth.get(path as HourId)?.[key] ?? 0)
  },
  above: async ({ path }, minCount) => termsOf(truth.get(path as HourId)!).filter(({ count }) => count >= minCount),
}

let views: Views & AsyncDisposable
const ask = (term: string, range = { from: FROM, to: nextHour(HOURS.at(-1)!) }) =>
  answerTerm({ views, fullTallies, clock: () => NOW }, { board: BOARD, term, ...range })

beforeAll(async () => {
  views = await openViews({ uri: services().mongodb, database: uniqueName('term'), appName: 'test' })
  await views.ensureIndexes()
  await views.editions.create(newEdition({ extractors: { hashtags: 'hashtags@2' } }))
  await views.live.publish({ stream: STREAM, edition: 1, expectedVersion: 0, by: 'me', at: 1 })
  for (const hour of HOURS) {
    await views.batch.put(
      batchDocument(truth.get(hour)!, { hour, digest: `d-${hour}`, tallyPath: hour, termsMax: NAMED }),
    )
  }
})

afterAll(async () => {
  await views?.drop()
  await views?.[Symbol.asyncDispose]()
})

describe('the hours of a term', () => {
  it.each(TERMS)(
    'are counted as they were written, the lake asked where the view does not name it: %s',
    async (term) => {
      isAway = false
      asked = 0
      const answer = await ask(term)
      expect(answer.hours.map(({ count, countMax }) => [count, countMax])).toEqual(
        HOURS.map((hour) => [truth.get(hour)![term], truth.get(hour)![term]]),
      )
      expect(answer).toMatchObject({ exact: true, unproven: null })
      expect(answer.count).toBe(HOURS.reduce((sum, hour) => sum + truth.get(hour)![term]!, 0))
      const named = HOURS.filter((hour) => truth.get(hour)![term]! > 0 && rankIn(hour, term) <= NAMED)
      expect(asked).toBe(HOURS.length - named.length)
      for (const { hour, rank, rankMin, count, from } of answer.hours) {
        const is = rankIn(hour, term)
        expect([hour, rank, from]).toEqual([
          hour,
          named.includes(hour) ? is : null,
          named.includes(hour) ? 'tally' : 'lake',
        ])
        if (rank === null && count > 0) expect(rankMin).toBeLessThanOrEqual(is)
      }
      const counted = HOURS.filter((hour) => truth.get(hour)![term]! > 0)
      const most = Math.max(...counted.map((hour) => truth.get(hour)![term]!))
      expect(answer).toMatchObject({ firstSeen: counted[0], lastSeen: counted.at(-1), peak: { count: most } })
    },
  )

  it('lie between bounds while the lake is away, and the answer says why', async () => {
    isAway = true
    const answers = await Promise.all(TERMS.map((term) => ask(term)))
    for (const { term, hours } of answers) {
      for (const { hour, count, countMax } of hours) {
        const is = truth.get(hour)![term]!
        expect(count).toBeLessThanOrEqual(is)
        expect(countMax).toBeGreaterThanOrEqual(is)
      }
    }
    const open = answers.filter(({ exact }) => !exact)
    expect(open.length).toBeGreaterThan(0)
    for (const { unproven } of open) expect(unproven).toContain('the lake is away')
    isAway = false
  })

  it('are of one term however it is written, and of none that has nothing left', async () => {
    expect((await ask('#A')).key).toBe('a')
    expect((await ask('＃Ａ')).count).toBe((await ask('a')).count)
    await expect(ask('#')).rejects.toMatchObject({ code: 'bad-input' })
    await expect(ask(' ')).rejects.toMatchObject({ code: 'bad-input' })
  })

  it('go on into what is counted live, and into what nobody knows', async () => {
    const slot = slotId(Date.parse('2026-11-16T12:05:00Z'))
    await views.speed.put([speedDocument({ a: 9, b: 1 }, { slot }), speedDocument({ a: 2 }, { slot, partition: 1 })])
    const { hours, provenance } = await ask('a', { from: nextHour(FROM, 11), to: nextHour(FROM, 14) })
    expect(hours.map(({ count, from, standing, rank }) => [count, from, standing, rank])).toEqual([
      [
        truth.get(HOURS[11]!)!['a'],
        expect.any(String),
        'sealed',
        expect.toSatisfy((rank) => rank === null || rank > 0),
      ],
      [11, 'speed', 'provisional', 1],
      [0, 'none', 'missing', null],
    ])
    expect(provenance.gaps).toEqual([{ hour: '2026-11-16T13', why: 'unknown' }])
  })

  it('are of a range that is not empty and not endless', async () => {
    await expect(ask('a', { from: FROM, to: FROM })).rejects.toMatchObject({ code: 'bad-input' })
    await expect(ask('a', { from: FROM, to: nextHour(FROM, 9_000) })).rejects.toThrow(/at most 8784 hours/)
  })
})

describe('the stamp of a question', () => {
  const stamp = (hours: readonly HourId[], edition?: number) => readStamp(views, { board: BOARD, hours, edition })
  const digest = async (hours: readonly HourId[], edition?: number) => digestOf((await stamp(hours, edition))!.lines)
  const range = (hours: readonly HourId[]) => ({ from: hours[0]!, to: nextHour(hours.at(-1)!) })

  it('names what the answer is then made from', async () => {
    const some = HOURS.slice(2, 5)
    expect((await ask('a', range(some))).digest).toBe(await digest(some))
    const { digest: ofRange } = await answerRange(
      { views, fullTallies, clock: () => NOW },
      { board: BOARD, n: 1, ...range(some) },
    )
    expect(ofRange).toBe(await digest(some))
    // an hour's movements compare with the hour before
    const { digest: ofHour } = await answerHour({ views, clock: () => NOW }, { board: BOARD, n: 1, hour: some[1]! })
    expect(ofHour).toBe(await digest(some.slice(0, 2)))
    isAway = true
    expect((await ask('h', range(some))).digest).toBeNull()
    isAway = false
  })

  it('is the same while its hours are, and another when one of them is computed again', async () => {
    const some = HOURS.slice(2, 5)
    const first = await digest(some)
    expect(await digest(some)).toBe(first)
    expect(await digest(HOURS.slice(2, 6))).not.toBe(first)
    await views.batch.put(
      batchDocument(truth.get(HOURS[3]!)!, { hour: HOURS[3]!, digest: 'again', computedAt: 2, tallyPath: HOURS[3]! }),
    )
    expect(await digest(some)).not.toBe(first)
    expect(await digest(some, 1)).toBe(await digest(some))
    expect((await ask('a', range(some))).digest).toBe(await digest(some))
  })

  it('is not there while an hour can change by itself; an hour that is known to be empty cannot', async () => {
    const empty = '2026-11-15T23' as HourId
    expect(await stamp([empty, FROM])).toBeNull()
    expect((await ask('a', range([empty, FROM]))).digest).toBeNull()
    await views.hours.put([hourEntry({ hour: empty, sealedAt: 5, records: 0 })])
    expect((await ask('a', range([empty, FROM]))).digest).toBe(await digest([empty, FROM]))
    await views.hours.put([hourEntry({ hour: empty, sealedAt: 5, records: 3, updatedAt: 9 })])
    expect(await stamp([empty, FROM])).toBeNull()
  })

  it('tells which version is live only where that was asked', async () => {
    const { version } = (await views.live.read(STREAM))!
    const before = await stamp(HOURS)
    expect(before).toMatchObject({ edition: 1, liveVersion: version })
    await views.live.publish({ stream: STREAM, edition: 1, expectedVersion: version, by: 'me', at: 2 })
    expect(await stamp(HOURS)).toEqual({ ...before, liveVersion: version + 1 })
    expect(await stamp(HOURS, 1)).toEqual({ ...before, liveVersion: null })
  })
})
