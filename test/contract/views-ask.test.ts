/** Answers from the real store: who answers for which hour, and what a reader sees while others write. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../model/errors.ts'
import { type HourId, hoursBetween, slotId } from '../../model/time.ts'
import { type Ask, answerByHour, answerHour, answerRange, lastHour } from '../../views/ask.ts'
import { openViews, type Views } from '../../views/views.ts'
import { fullTalliesOf } from '../model/tallies.ts'
import { services, uniqueName } from '../services.ts'
import { BOARD, batchDocument, HOUR, hourEntry, newEdition, STREAM, speedDocument } from '../views/documents.ts'

const h = (hour: string) => hour as HourId
const NOW = Date.parse('2026-11-16T10:30:00Z')
const QUESTION = { board: BOARD, n: 2 } as const
const names = (answer: { rows: readonly { key: string; count: number }[] }) =>
  answer.rows.map(({ key, count }) => [key, count])
const slotAt = (time: string) => slotId(Date.parse(`2026-11-16T${time}:00Z`))
const act = (edition: number, expectedVersion: number) =>
  ({ stream: STREAM, edition, expectedVersion, by: 'me', at: 1 }) as const

let database: string
let views: Views & AsyncDisposable
let ask: Ask

beforeAll(() => {
  database = uniqueName('ask')
})

beforeEach(async () => {
  views = await openViews({ uri: services().mongodb, database, appName: 'test' })
  await views.drop()
  await views.ensureIndexes()
  await views.editions.create(newEdition({ extractors: { hashtags: 'hashtags@1' } }))
  await views.live.publish(act(1, 0))
  ask = { views, clock: () => NOW }
  return () => views[Symbol.asyncDispose]()
})

afterAll(async () => {
  await using last = await openViews({ uri: services().mongodb, database, appName: 'test' })
  await last.drop()
})

const old = { edition: 1, extractor: 'hashtags@1' }

describe('the answer for an hour', () => {
  it('comes from batch, exact, with movements against the hour before', async () => {
    await views.batch.put(batchDocument({ a: 5, b: 4, c: 3 }, { ...old, hour: h('2026-11-16T06') }))
    await views.batch.put(batchDocument({ c: 9, d: 8, a: 7 }, { ...old, copies: 3 }))
    const answer = await answerHour(ask, { ...QUESTION, n: 3, hour: HOUR })
    expect(answer).toMatchObject({
      exact: true,
      bound: 0,
      unproven: null,
      records: 100,
      copies: 3,
      total: 24,
      distinct: 3,
    })
    expect(answer.rows.map(({ key, shown, movement }) => ({ key, shown, movement }))).toEqual([
      { key: 'c', shown: 'C', movement: { kind: 'ranked', before: 3, moved: 2, countBefore: 3 } },
      { key: 'd', shown: 'D', movement: { kind: 'new' } },
      { key: 'a', shown: 'A', movement: { kind: 'ranked', before: 1, moved: -2, countBefore: 5 } },
    ])
    expect(answer.provenance).toEqual({
      origin: 'batch',
      liveVersion: 1,
      edition: 1,
      editions: [1],
      extractors: ['hashtags@1'],
      hours: { sealed: 1, amended: 0, provisional: 0, missing: 0 },
      provisional: [],
      amended: [],
      quarantined: [],
      gaps: [],
      speed: null,
    })
  })

  it('comes from the slots and partitions of speed until batch has it, and is the same before and after cleanup', async () => {
    const live = { extractor: 'hashtags@1', slot: slotAt('07:05') }
    await views.speed.put([
      speedDocument({ a: 3, b: 1 }, live),
      speedDocument({ a: 2, c: 4 }, { ...live, partition: 1, copies: 1 }),
      speedDocument({ b: 5 }, { ...live, slot: slotAt('07:55') }),
      speedDocument({ other: 99 }, { ...live, extractor: 'hashtags@2' }),
    ])
    const state = {
      stream: STREAM,
      board: BOARD,
      extractor: 'hashtags@1',
      version: 1,
      offset: 9,
      resumeFrom: 3,
      worker: 'w',
    } as const
    const ends = Date.parse('2026-11-16T07:45:00Z')
    await views.speed.putState({ ...state, partition: 0, watermark: ends, finalTo: ends, late: 2, updatedAt: NOW - 5 })
    await views.speed.putState({ ...state, partition: 1, watermark: NOW, finalTo: NOW, late: 1, updatedAt: NOW - 9 })
    const bySpeed = await answerHour(ask, { ...QUESTION, hour: HOUR })
    expect(names(bySpeed)).toEqual([
      ['b', 6],
      ['a', 5],
    ])
    expect(bySpeed).toMatchObject({ exact: true, copies: 1, records: 30 })
    expect(bySpeed.rows[0]?.movement).toEqual({ kind: 'unknown' })
    expect(bySpeed.provenance).toMatchObject({
      origin: 'speed',
      editions: [],
      extractors: ['hashtags@1'],
      provisional: [HOUR],
    })
    expect(bySpeed.provenance.speed).toEqual({
      partitions: 2,
      completeTo: ends,
      secondsBehind: 900,
      writtenAt: NOW - 9,
      late: 3,
    })

    await views.batch.put(batchDocument({ b: 6, a: 5, c: 4 }, old))
    const byBatch = await answerHour(ask, { ...QUESTION, hour: HOUR })
    expect(names(byBatch)).toEqual(names(bySpeed))
    expect(byBatch.provenance).toMatchObject({ origin: 'batch', speed: null, provisional: [] })
    expect(await views.speed.deleteHours({ stream: STREAM, board: BOARD, hours: [HOUR] })).toBe(4)
    expect(await answerHour(ask, { ...QUESTION, hour: HOUR })).toEqual(byBatch)
  })

  it('says what is missing, and why', async () => {
    await views.hours.put([
      hourEntry({ hour: h('2026-11-16T07'), sealedAt: 1 }),
      hourEntry({ hour: h('2026-11-16T08'), sealedAt: 1, records: 7 }),
    ])
    const answer = await answerRange(ask, { ...QUESTION, from: HOUR, to: h('2026-11-16T11') })
    expect(answer.rows).toEqual([])
    expect(answer.provenance).toMatchObject({
      origin: 'none',
      hours: { sealed: 1, missing: 3 },
      gaps: [
        { hour: '2026-11-16T08', why: 'not-computed' },
        { hour: '2026-11-16T09', why: 'unknown' },
        { hour: '2026-11-16T10', why: 'ahead' },
      ],
    })
    expect(lastHour(ask.clock)).toBe('2026-11-16T09')
  })

  it('before anything was published comes from speed in the extractor that counts then', async () => {
    await views.drop()
    await views.speed.put([speedDocument({ a: 1 }, { slot: slotAt('07:05') })])
    expect(names(await answerHour(ask, { ...QUESTION, hour: HOUR }))).toEqual([['a', 1]])
    const naive = { ...ask, extractorBefore: 'hashtags@1' }
    expect((await answerHour(naive, { ...QUESTION, hour: HOUR })).provenance.origin).toBe('none')
  })

  it('of an edition that is not published can be asked for, and is batch alone', async () => {
    await views.editions.create(newEdition({ parent: 1, since: HOUR, extractors: { hashtags: 'hashtags@2' } }))
    await views.batch.put(batchDocument({ a: 1 }, { ...old, hour: h('2026-11-16T06') }))
    await views.batch.put(batchDocument({ a: 1 }, old))
    await views.batch.put(batchDocument({ b: 1 }, { edition: 2 }))
    expect(names(await answerHour(ask, { ...QUESTION, hour: HOUR }))).toEqual([['a', 1]])
    const held = await answerRange(ask, { ...QUESTION, edition: 2, from: h('2026-11-16T06'), to: h('2026-11-16T08') })
    expect(names(held)).toEqual([
      ['a', 1],
      ['b', 1],
    ])
    expect(held.provenance).toMatchObject({ edition: 2, editions: [1, 2], extractors: ['hashtags@1', 'hashtags@2'] })
    await expect(answerHour(ask, { ...QUESTION, edition: 9, hour: HOUR })).rejects.toThrow(/no edition 9/)
  })

  it('refuses what cannot be asked, and says what can', async () => {
    await expect(answerHour(ask, { ...QUESTION, n: 0, hour: HOUR })).rejects.toThrow(/n is 0.*from 1 to 1000/)
    await expect(answerRange(ask, { ...QUESTION, from: HOUR, to: HOUR })).rejects.toThrow(/'from' must be before 'to'/)
  })
})

describe('the answer for a range', () => {
  const hours = hoursBetween(HOUR, h('2026-11-16T10'))
  const truths = hours.map((_, at) => new Map(Object.entries({ [`peak${at}`]: 10, steady: 9, last: 1 })))

  beforeEach(async () => {
    for (const [at, hour] of hours.entries()) {
      const counts = Object.fromEntries(truths[at]!)
      await views.batch.put(batchDocument(counts, { ...old, hour, termsMax: 1, tallyPath: String(at) }))
    }
  })

  it('is proven from the full tallies: a term that is second in each hour is first over all', async () => {
    const full = fullTalliesOf(truths)
    const range = { ...QUESTION, from: HOUR, to: h('2026-11-16T10') }
    const answer = await answerRange({ ...ask, fullTallies: full }, range)
    expect(names(answer)).toEqual([
      ['steady', 27],
      ['peak0', 10],
    ])
    expect(answer).toMatchObject({ exact: true, bound: 0, unproven: null })
    expect(full.asked.rounds).toBeGreaterThan(0)
  })

  it('says its bound when the lake cannot be asked: the twin is what adding up top tens would have said', async () => {
    const answer = await answerRange(ask, { ...QUESTION, from: HOUR, to: h('2026-11-16T10') })
    expect(names(answer)).toEqual([
      ['peak0', 10],
      ['peak1', 10],
    ])
    expect(answer).toMatchObject({ exact: false, bound: 18, unproven: 'the lake was not asked' })
  })

  it('is read again when a full tally vanished, since its hour was computed again meanwhile', async () => {
    const range = { ...QUESTION, from: HOUR, to: h('2026-11-16T10') }
    const full = fullTalliesOf(truths)
    let vanished = 0
    const flaky: typeof full = {
      ...full,
      async lookup(ref, keys) {
        if (vanished++ > 0) return full.lookup(ref, keys)
        throw new AppError('not-found', `no file ${ref.path}`)
      },
      async above(ref, minCount) {
        if (vanished++ > 0) return full.above(ref, minCount)
        throw new AppError('not-found', `no file ${ref.path}`)
      },
    }
    expect(await answerRange({ ...ask, fullTallies: flaky }, range)).toMatchObject({ exact: true, unproven: null })
    const gone = () => Promise.reject(new AppError('not-found', 'no such file'))
    expect(await answerRange({ ...ask, fullTallies: { lookup: gone, above: gone } }, range)).toMatchObject({
      exact: false,
      unproven: 'the full tallies cannot be read: no such file',
    })
  })

  it('adds batch and speed up, each hour from one of them', async () => {
    await views.speed.put([
      speedDocument({ peak0: 100 }, { extractor: 'hashtags@1', slot: slotAt('10:00') }),
      speedDocument({ peak0: 100 }, { extractor: 'hashtags@1', slot: slotAt('07:00') }),
    ])
    const range = { ...QUESTION, from: HOUR, to: h('2026-11-16T11') }
    const answer = await answerRange({ ...ask, fullTallies: fullTalliesOf(truths) }, range)
    expect(names(answer)).toEqual([
      ['peak0', 110],
      ['steady', 27],
    ])
    expect(answer).toMatchObject({ exact: true, records: 310 })
    expect(answer.provenance).toMatchObject({
      origin: 'mixed',
      hours: { sealed: 3, provisional: 1 },
      provisional: ['2026-11-16T10'],
    })
  })

  it('is given hour by hour too', async () => {
    const answers = await answerByHour(ask, { ...QUESTION, n: 1, from: HOUR, to: h('2026-11-16T10') })
    expect(answers.map((answer) => [answer.from, names(answer)])).toEqual([
      ['2026-11-16T07', [['peak0', 10]]],
      ['2026-11-16T08', [['peak1', 10]]],
      ['2026-11-16T09', [['peak2', 10]]],
    ])
    expect(answers.map((answer) => answer.rows[0]?.movement?.kind)).toEqual(['unknown', 'below', 'below'])
    expect(answers.every((answer) => answer.exact)).toBe(true)
  })
})

describe('a reader at full speed, while editions are published and rolled back', () => {
  const hours = hoursBetween(h('2026-11-16T00'), h('2026-11-16T12'))
  const before = hours.slice(0, 4)

  it('sees all of the old or all of the new, never a mixture', async () => {
    // Edition 2 owns 04:00 on; its parent 1 has every hour, so that a mixture would show as a sum in between.
    await views.editions.create(
      newEdition({ parent: 1, since: h('2026-11-16T04'), extractors: { hashtags: 'hashtags@2' } }),
    )
    for (const hour of hours) await views.batch.put(batchDocument({ x: 1 }, { ...old, hour }))
    for (const hour of hours.slice(4)) await views.batch.put(batchDocument({ x: 1_000 }, { edition: 2, hour }))
    const oldCount = hours.length
    const newCount = before.length + 1_000 * (hours.length - before.length)
    const seen = new Map<number, number>()
    let reading = true
    const readers = Array.from({ length: 3 }, async () => {
      while (reading) {
        const answer = await answerRange(ask, { ...QUESTION, from: hours[0]!, to: h('2026-11-16T12') })
        const count = answer.rows[0]!.count
        seen.set(count, (seen.get(count) ?? 0) + 1)
        expect(count).toBe(answer.provenance.edition === 1 ? oldCount : newCount)
      }
    })
    for (let round = 0, version = 1; round < 25; round++, version += 2) {
      await views.live.publish(act(2, version))
      await views.live.rollback({ stream: STREAM, by: 'me', at: 1 })
    }
    reading = false
    await Promise.all(readers)
    expect([...seen.keys()].sort((a, b) => a - b)).toEqual([oldCount, newCount])
    expect([...seen.values()].reduce((sum, times) => sum + times, 0)).toBeGreaterThan(50)
  })

  it('would see mixtures if it asked which edition is live for each hour: the twin', async () => {
    await views.editions.create(newEdition({ parent: 1, extractors: { hashtags: 'hashtags@2' } }))
    for (const hour of hours) {
      await views.batch.put(batchDocument({ x: 1 }, { ...old, hour }))
      await views.batch.put(batchDocument({ x: 1_000 }, { edition: 2, hour }))
    }
    let sum = 0
    for (const [at, hour] of hours.entries()) {
      if (at === 6) await views.live.publish(act(2, 1))
      sum += (await answerHour(ask, { ...QUESTION, hour })).rows[0]!.count
    }
    expect([hours.length, 1_000 * hours.length]).not.toContain(sum)
  })
})

describe('a reader, while batch takes over from speed and cleanup follows', () => {
  it('never finds an hour that nobody answers', async () => {
    const slots = Array.from({ length: 12 }, (_, i) => slotId(Date.parse(`${HOUR}:00:00Z`) + i * 300_000))
    let reading = true
    let answers = 0
    const reader = async () => {
      while (reading) {
        const [row] = (await answerHour(ask, { ...QUESTION, n: 1, hour: HOUR })).rows
        expect(row?.count).toBe(12)
        answers++
      }
    }
    const put = () => views.speed.put(slots.map((slot) => speedDocument({ x: 1 }, { extractor: 'hashtags@1', slot })))
    await put()
    const running = reader()
    // at least so many rounds, and until the reader has looked often enough
    for (let round = 0; round < 15 || answers <= 10; round++) {
      await views.batch.put(batchDocument({ x: 12 }, old))
      await views.speed.deleteHours({ stream: STREAM, board: BOARD, hours: [HOUR] })
      await put()
      await views.batch.delete({ stream: STREAM, board: BOARD, edition: 1, hours: [HOUR] })
    }
    reading = false
    await running
    expect(answers).toBeGreaterThan(10)
  })
})
