import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countChanges, diffTops, greatestChanges, isSettled, settleRows } from '../../model/diff.ts'
import { columnsOf, compareRank, tallyOf } from '../../model/tally.ts'
import { type MergedTally, mergeTallies } from '../../model/tally-merge.ts'

type Counts = Readonly<Record<string, number>>

const merged = (counts: Counts, termsMax?: number): MergedTally =>
  mergeTallies([{ tally: columnsOf(tallyOf(termsOf(counts), 100, termsMax)) }])

function termsOf(counts: Counts) {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([key, count]) => ({ key, shown: key.toUpperCase(), count }))
}

const topOf = (counts: Counts, n: number) =>
  termsOf(counts)
    .sort(compareRank)
    .slice(0, n)
    .map(({ key }) => key)

/** Few keys and small counts, so that ties and changes of places are many. */
const countsArb = fc.dictionary(fc.constantFrom(...'abcdefghijkl'), fc.nat(9))

describe('two rankings', () => {
  it('are compared term by term: what entered, left, moved, or only counts differently', () => {
    const before = merged({ a: 9, b: 8, c: 7, d: 6, e: 1 })
    const after = merged({ a: 9, c: 8, b: 7, e: 6, d: 2 })
    expect(diffTops(before, after, 4)).toEqual([
      { key: 'a', shown: 'A', change: 'same', before: place(1, 9), after: place(1, 9) },
      { key: 'c', shown: 'C', change: 'up', before: place(3, 7), after: place(2, 8) },
      { key: 'b', shown: 'B', change: 'down', before: place(2, 8), after: place(3, 7) },
      { key: 'e', shown: 'E', change: 'entered', before: place(null, 1), after: place(4, 6) },
      { key: 'd', shown: 'D', change: 'left', before: place(4, 6), after: place(null, 2) },
    ])
    expect(countChanges(diffTops(before, after, 4))).toEqual({ same: 1, up: 1, down: 1, entered: 1, left: 1, count: 0 })
  })

  it('of the same counts are the same', () => {
    fc.assert(
      fc.property(countsArb, fc.integer({ min: 1, max: 15 }), (counts, n) => {
        expect(diffTops(merged(counts), merged(counts), n).every(({ change }) => change === 'same')).toBe(true)
        expect(greatestChanges(merged(counts), merged(counts), n)).toEqual([])
      }),
    )
  })

  it('differ as a plain comparison of the full counts says', () => {
    fc.assert(
      fc.property(countsArb, countsArb, fc.integer({ min: 1, max: 15 }), (was, is, n) => {
        const rows = diffTops(merged(was), merged(is), n)
        const [topBefore, topAfter] = [topOf(was, n), topOf(is, n)]
        expect(rows.map(({ key }) => key)).toEqual([...topAfter, ...topBefore.filter((key) => !topAfter.includes(key))])
        for (const { key, before, after, change } of rows) {
          expect([before.lower, before.upper]).toEqual([was[key] ?? 0, was[key] ?? 0])
          expect([after.lower, after.upper]).toEqual([is[key] ?? 0, is[key] ?? 0])
          const ranks = [topBefore.indexOf(key), topAfter.indexOf(key)] as const
          expect([(before.rank ?? 0) - 1, (after.rank ?? 0) - 1]).toEqual(ranks)
          if (change === 'up') expect(ranks[1]).toBeLessThan(ranks[0])
          if (change === 'count') expect([ranks[0] === ranks[1], was[key] === is[key]]).toEqual([true, false])
        }
      }),
    )
  })

  it('of tallies that are cut off have counts within bounds, which looking them up settles', () => {
    fc.assert(
      fc.property(countsArb, countsArb, fc.integer({ min: 1, max: 5 }), (was, is, n) => {
        const rows = diffTops(merged(was, 5), merged(is, 5), n)
        for (const { key, before, after } of rows) {
          expect(before.lower <= (was[key] ?? 0) && (was[key] ?? 0) <= before.upper).toBe(true)
          expect(after.lower <= (is[key] ?? 0) && (is[key] ?? 0) <= after.upper).toBe(true)
        }
        const all = (counts: Counts) => new Map(rows.map(({ key }) => [key, counts[key] ?? 0]))
        const settled = settleRows(rows, { before: all(was), after: all(is) })
        expect(settled).toEqual(diffTops(merged(was), merged(is), n))
        expect(settled.every((row) => isSettled(row.before) && isSettled(row.after))).toBe(true)
      }),
    )
  })
})

describe('the greatest changes', () => {
  it('are those of a plain subtraction', () => {
    fc.assert(
      fc.property(countsArb, countsArb, fc.integer({ min: 1, max: 15 }), (was, is, n) => {
        const plain = [...new Set([...Object.keys(was), ...Object.keys(is)])]
          .map((key) => ({ key, change: (is[key] ?? 0) - (was[key] ?? 0) }))
          .filter(({ change }) => change !== 0)
          .sort((a, b) =>
            compareRank({ key: a.key, count: Math.abs(a.change) }, { key: b.key, count: Math.abs(b.change) }),
          )
          .slice(0, n)
        const found = greatestChanges(merged(was), merged(is), n)
        expect(found.map(({ key, lower, upper }) => ({ key, lower, upper }))).toEqual(
          plain.map(({ key, change }) => ({ key, lower: change, upper: change })),
        )
      }),
    )
  })

  it('never claim more than is certain when tallies are cut off', () => {
    fc.assert(
      fc.property(countsArb, countsArb, (was, is) => {
        for (const { key, lower, upper } of greatestChanges(merged(was, 3), merged(is, 3), 10)) {
          const change = (is[key] ?? 0) - (was[key] ?? 0)
          expect(lower <= change && change <= upper).toBe(true)
          expect(change).not.toBe(0)
        }
      }),
    )
  })
})

function place(rank: number | null, count: number) {
  return { rank, lower: count, upper: count }
}
