import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../model/errors.ts'
import type { FullTallies } from '../../model/full-tallies.ts'
import { mergeTallies } from '../../model/tally-merge.ts'
import { movementOf } from '../../views/movement.ts'
import { proveTop } from '../../views/prove.ts'
import { fullTalliesOf, partOf, sumOf, trueTop, truthsArbitrary } from '../model/tallies.ts'

const TRUTHS = [new Map(Object.entries({ a: 5, z: 4 })), new Map(Object.entries({ b: 5, z: 4 }))]
const merged = () => mergeTallies(TRUTHS.map((truth, at) => partOf(truth, 1, at)))

describe('proving a top n', () => {
  it('gives what sorting all counts gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        truthsArbitrary,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 8 }),
        async (truths, termsMax, n) => {
          const start = mergeTallies(truths.map((truth, at) => partOf(truth, termsMax, at)))
          const { top, unproven } = await proveTop(start, n, fullTalliesOf(truths))
          expect(top.rows.map(({ key, count }) => ({ key, count }))).toEqual(trueTop(sumOf(truths), n))
          expect({ exact: top.exact, unproven }).toEqual({ exact: true, unproven: null })
        },
      ),
    )
  })

  it('asks no full tally when the views prove it', async () => {
    const full = fullTalliesOf(TRUTHS)
    await proveTop(mergeTallies(TRUTHS.map((truth, at) => partOf(truth, 9, at))), 2, full)
    expect(full.asked.rounds).toBe(0)
    await proveTop(merged(), 2, full)
    expect(full.asked.rounds).toBeGreaterThan(0)
  })

  it('answers with a bound and the reason when the lake does not answer', async () => {
    const away = new AppError('unavailable', 'no answer from the NameNode')
    const full: FullTallies = { lookup: () => Promise.reject(away), above: () => Promise.reject(away) }
    const { top, unproven } = await proveTop(merged(), 1, full)
    expect(top).toMatchObject({ exact: false, bound: 4, rows: [{ key: 'a', count: 5 }] })
    expect(unproven).toBe('the full tallies cannot be read: no answer from the NameNode')
  })

  it('does not take a mistake of ours for an absent lake', async () => {
    const full: FullTallies = { lookup: async () => [1, 2, 3], above: async () => [] }
    const knowingRows = mergeTallies([
      partOf(
        new Map([
          ['a', 9],
          ['b', 1],
        ]),
        1,
        0,
      ),
      partOf(
        new Map([
          ['c', 2],
          ['d', 1],
        ]),
        1,
        1,
      ),
    ])
    await expect(proveTop(knowingRows, 1, full)).rejects.toThrow(/answered 3 counts for 1 keys/)
  })

  it('says that live counts are cut off when no full tally is behind them', async () => {
    const live = mergeTallies(TRUTHS.map((truth) => partOf(truth, 1)))
    expect((await proveTop(live, 1, fullTalliesOf(TRUTHS))).unproven).toMatch(/live counts keep only the greatest/)
  })
})

describe('the movement of a term', () => {
  const before = mergeTallies([partOf(new Map(Object.entries({ a: 9, b: 5, c: 4, d: 4 })), 3)])

  it('is up or down from its rank before', () => {
    expect(movementOf(before, 'c', 1)).toEqual({ kind: 'ranked', before: 3, moved: 2, countBefore: 4 })
    expect(movementOf(before, 'a', 2)).toEqual({ kind: 'ranked', before: 1, moved: -1, countBefore: 9 })
  })

  it('is new only when it certainly was not counted before', () => {
    expect(movementOf(before, 'd', 1)).toEqual({ kind: 'below' })
    expect(movementOf(mergeTallies([partOf(new Map([['a', 1]]), 3)]), 'd', 1)).toEqual({ kind: 'new' })
    expect(movementOf(undefined, 'd', 1)).toEqual({ kind: 'unknown' })
  })
})
