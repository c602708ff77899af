import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { missing, resolve } from '../../model/tally-lookups.ts'
import { boundsOf, mergeTallies } from '../../model/tally-merge.ts'
import { topOf } from '../../model/tally-top.ts'
import { answersFrom, KEYS, partOf, sumOf, trueTop, truthsArbitrary } from './tallies.ts'

const cutAt = fc.integer({ min: 1, max: 4 })
const rowsWanted = fc.integer({ min: 1, max: 8 })
const counts = (top: ReturnType<typeof topOf>) => top.rows.map(({ key, count }) => ({ key, count }))

describe('a top n', () => {
  it('that says exact is the one that sorting all counts gives', () => {
    let exact = 0
    fc.assert(
      fc.property(truthsArbitrary, cutAt, rowsWanted, (truths, termsMax, n) => {
        const top = topOf(mergeTallies(truths.map((truth) => partOf(truth, termsMax))), n)
        if (!top.exact) return
        exact++
        expect(counts(top)).toEqual(trueTop(sumOf(truths), n))
        expect(top.bound).toBe(0)
      }),
      { numRuns: 1_000 },
    )
    expect(exact).toBeGreaterThan(50)
  })

  it('that is not proven says by how much it may be wrong, and holds it', () => {
    fc.assert(
      fc.property(truthsArbitrary, cutAt, rowsWanted, (truths, termsMax, n) => {
        const top = topOf(mergeTallies(truths.map((truth) => partOf(truth, termsMax))), n)
        const truth = sumOf(truths)
        const last = top.rows.length < n ? 0 : top.rows[n - 1]!.count
        for (const row of top.rows) {
          expect(truth.get(row.key)).toBeGreaterThanOrEqual(row.count)
          expect(truth.get(row.key)).toBeLessThanOrEqual(row.countMax)
          expect(truth.get(row.key)).toBeLessThanOrEqual(row.count + top.bound)
        }
        for (const [key, count] of truth) {
          if (!top.rows.some((row) => row.key === key)) expect(count).toBeLessThanOrEqual(last + top.bound)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is not called exact when a term that is second everywhere is first over all', () => {
    const truths = [
      new Map([
        ['a', 5],
        ['z', 4],
      ]),
      new Map([
        ['b', 5],
        ['z', 4],
      ]),
    ]
    const merged = mergeTallies(truths.map((truth, at) => partOf(truth, 1, at)))
    expect(topOf(merged, 1)).toMatchObject({ exact: false, bound: 4, rows: [{ key: 'a', count: 5 }] })
    const first = resolve(merged, answersFrom(truths, missing(merged, 1)))
    const proven = resolve(first, answersFrom(truths, missing(first, 1)))
    expect(topOf(proven, 1)).toMatchObject({ exact: true, bound: 0, rows: [{ key: 'z', count: 8, countMax: 8 }] })
  })

  it('is not proven when an unknown term could tie: its key might stand before', () => {
    const truths = [
      new Map([['b', 2]]),
      new Map([
        ['b', 2],
        ['c', 2],
        ['z', 1],
      ]),
    ]
    const one = mergeTallies(truths.map((truth) => partOf(truth, 2)))
    expect(topOf(one, 2)).toMatchObject({ exact: true })
    const tied = mergeTallies([
      partOf(
        new Map([
          ['b', 2],
          ['c', 2],
          ['a', 2],
        ]),
        2,
      ),
    ])
    expect(topOf(tied, 2)).toMatchObject({ exact: false, bound: 0 })
  })

  it('of fewer terms than n is exact only when no term is unknown', () => {
    expect(topOf(mergeTallies([partOf(new Map([['a', 1]]), 5)]), 10)).toMatchObject({ exact: true })
    expect(
      topOf(
        mergeTallies([
          partOf(
            new Map([
              ['a', 2],
              ['b', 1],
            ]),
            1,
          ),
        ]),
        10,
      ),
    ).toMatchObject({ exact: false, bound: 1 })
    expect(topOf(mergeTallies([]), 10)).toMatchObject({ exact: true, rows: [] })
  })
})

describe('looking up what is missing', () => {
  it('proves every top n in at most two rounds, and it is the true one', () => {
    let unprovenBefore = 0
    fc.assert(
      fc.property(truthsArbitrary, cutAt, rowsWanted, (truths, termsMax, n) => {
        let merged = mergeTallies(truths.map((truth, at) => partOf(truth, termsMax, at)))
        if (!topOf(merged, n).exact) unprovenBefore++
        for (let round = 0; round < 2; round++) {
          merged = resolve(merged, answersFrom(truths, missing(merged, n)))
          const truth = sumOf(truths)
          for (const key of KEYS) {
            const { lower, upper } = boundsOf(merged, key)
            expect(lower).toBeLessThanOrEqual(truth.get(key) ?? 0)
            expect(upper).toBeGreaterThanOrEqual(truth.get(key) ?? 0)
          }
        }
        const top = topOf(merged, n)
        expect(top.exact).toBe(true)
        expect(counts(top)).toEqual(trueTop(sumOf(truths), n))
        expect(missing(merged, n)).toEqual([])
      }),
      { numRuns: 1_000 },
    )
    expect(unprovenBefore).toBeGreaterThan(200)
  })

  it('asks nothing when the top n is proven', () => {
    fc.assert(
      fc.property(truthsArbitrary, cutAt, rowsWanted, (truths, termsMax, n) => {
        const merged = mergeTallies(truths.map((truth, at) => partOf(truth, termsMax, at)))
        if (topOf(merged, n).exact) expect(missing(merged, n)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('ends, and never claims too much, when some parts have no full tally', () => {
    fc.assert(
      fc.property(truthsArbitrary, cutAt, rowsWanted, fc.nat({ max: 63 }), (truths, termsMax, n, withFull) => {
        let merged = mergeTallies(
          truths.map((truth, at) => partOf(truth, termsMax, withFull & (1 << at) ? at : undefined)),
        )
        let rounds = 0
        for (let lookups = missing(merged, n); lookups.length > 0; lookups = missing(merged, n)) {
          merged = resolve(merged, answersFrom(truths, lookups))
          expect(++rounds).toBeLessThanOrEqual(4)
        }
        const top = topOf(merged, n)
        if (top.exact) expect(counts(top)).toEqual(trueTop(sumOf(truths), n))
      }),
      { numRuns: 1_000 },
    )
  })

  it('asks only the parts whose floors matter, and only for terms above what matters', () => {
    const large = new Map(Object.entries({ a: 100, b: 90, z: 3 }))
    const small = new Map(Object.entries({ я: 60, z: 1 }))
    const merged = mergeTallies([partOf(large, 1, 0), partOf(small, 1, 1)])
    // Unknown terms have at most 90 + 1, the second row 60: with terms above 58 known they have at most 58 + 1.
    expect(missing(merged, 2)).toEqual([{ part: 0, path: '0', above: 59 }])
  })
})
