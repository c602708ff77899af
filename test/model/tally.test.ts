import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, columnsOfCounts, cutToBytes, EMPTY_TALLY, tallyOf, tallyOfColumns } from '../../model/tally.ts'
import { compareCodePoints } from '../../model/terms/order.ts'
import { termsOf, trueTop, truthArbitrary } from './tallies.ts'

describe('a tally', () => {
  it('keeps the greatest terms by count, then code-point order, and says what the rest is', () => {
    fc.assert(
      fc.property(truthArbitrary, fc.integer({ min: 1, max: 12 }), (truth, termsMax) => {
        const tally = tallyOf(termsOf(truth), 7, termsMax)
        const all = trueTop(truth, 100)
        expect(tally.top.map(({ key, count }) => ({ key, count }))).toEqual(all.slice(0, termsMax))
        expect(tally.floor).toBe(all[termsMax]?.count ?? 0)
        expect(tally.distinct).toBe(truth.size)
        expect(tally.total).toBe(all.reduce((sum, term) => sum + term.count, 0))
        expect(tally.records).toBe(7)
      }),
    )
  })

  it('ranks equal counts by code point, not as JavaScript compares strings', () => {
    const terms = ['😀', 'ﬀ'].map((key) => ({ key, shown: key, count: 1 }))
    expect(tallyOf(terms, 1).top.map((term) => term.key)).toEqual(['ﬀ', '😀'])
    expect('😀' < 'ﬀ').toBe(true)
  })

  it('is the same whether it comes from terms or from a counter whose keys are sorted already', () => {
    fc.assert(
      fc.property(truthArbitrary, fc.integer({ min: 1, max: 5 }), (truth, termsMax) => {
        const terms = termsOf(truth).sort((a, b) => compareCodePoints(a.key, b.key))
        const columns = columnsOfCounts(
          {
            counts: Uint32Array.from(terms, (term) => term.count),
            records: 3,
            key: (i) => terms[i]!.key,
            shown: (i) => terms[i]!.shown,
            order: 'sorted',
          },
          termsMax,
        )
        expect(tallyOfColumns(columns)).toEqual(tallyOf(terms, 3, termsMax))
      }),
    )
  })

  it('keeps its value as columns', () => {
    fc.assert(
      fc.property(truthArbitrary, (truth) => {
        const tally = tallyOf(termsOf(truth), 5, 3)
        expect(tallyOfColumns(columnsOf(tally))).toEqual(tally)
      }),
    )
  })

  it('cut to so many bytes keeps the greatest terms that fit, and its floor bounds every other one', () => {
    fc.assert(
      fc.property(truthArbitrary, fc.integer({ min: 1, max: 12 }), fc.nat(400), (truth, termsMax, bytesMax) => {
        const whole = columnsOf(tallyOf(termsOf(truth), 5, termsMax))
        const cut = cutToBytes(whole, bytesMax)
        expect(whole.keys.slice(0, cut.keys.length)).toEqual(cut.keys)
        expect([cut.shown.length, cut.counts.length]).toEqual([cut.keys.length, cut.keys.length])
        const { distinct, total, records } = whole
        expect(cut).toMatchObject({ distinct, total, records })
        for (const { key, count } of termsOf(truth))
          if (!cut.keys.includes(key)) expect(cut.floor).toBeGreaterThanOrEqual(count)
        const bytes = Buffer.byteLength([...cut.keys, ...cut.shown, ...Array.from(cut.counts)].join('\n'))
        expect(bytes).toBeLessThanOrEqual(bytesMax + 1)
        if (cut.keys.length === whole.keys.length) expect(cut).toBe(whole)
      }),
    )
  })

  it('of nothing is the empty tally', () => {
    expect(tallyOf([], 0)).toEqual(EMPTY_TALLY)
  })
})
