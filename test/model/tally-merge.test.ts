import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, EMPTY_TALLY, tallyOf } from '../../model/tally.ts'
import { boundsOf, distinctOf, type MergedTally, mergeTallies, shownOf } from '../../model/tally-merge.ts'
import { KEYS, partOf, sumOf, termsOf, truthsArbitrary } from './tallies.ts'

const cutAt = fc.integer({ min: 1, max: 4 })

/** Everything that can be asked of a merged tally, whatever order its terms were met in. */
function observed(merged: MergedTally) {
  const shown = Object.fromEntries(merged.keys.map((key, id) => [key, shownOf(merged, id)]))
  return {
    bounds: Object.fromEntries([...KEYS, 'unheard of'].map((key) => [key, boundsOf(merged, key)])),
    shown,
    distinct: distinctOf(merged),
    floor: merged.floor,
    total: merged.total,
    records: merged.records,
  }
}

/** Merges in a shape drawn at random: any order, any nesting. */
function mergedInAnyShape(parts: readonly MergedTally[], random: () => number): MergedTally {
  const pile = [...parts]
  while (pile.length > 1) {
    const taken = Array.from({ length: 2 + Math.floor(random() * 2) }, () =>
      pile.length > 0 ? pile.splice(Math.floor(random() * pile.length), 1) : [],
    ).flat()
    pile.push(mergeTallies(taken))
  }
  return pile[0] ?? mergeTallies([])
}

describe('a merge of tallies', () => {
  it('bounds the true count of every term, known or never heard of', () => {
    fc.assert(
      fc.property(truthsArbitrary, cutAt, (truths, termsMax) => {
        const merged = mergeTallies(truths.map((truth) => partOf(truth, termsMax)))
        const truth = sumOf(truths)
        for (const key of KEYS) {
          const { lower, upper } = boundsOf(merged, key)
          expect(lower).toBeLessThanOrEqual(truth.get(key) ?? 0)
          expect(upper).toBeGreaterThanOrEqual(truth.get(key) ?? 0)
        }
        expect(distinctOf(merged).lower).toBeLessThanOrEqual(truth.size)
        expect(distinctOf(merged).upper).toBeGreaterThanOrEqual(truth.size)
        expect(merged.total).toBe([...truth.values()].reduce((sum, count) => sum + count, 0))
      }),
    )
  })

  it('is associative and commutative: any order and any nesting says the same', () => {
    fc.assert(
      fc.property(
        truthsArbitrary,
        cutAt,
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        (truths, termsMax, randoms) => {
          const parts = truths.map((truth) => partOf(truth, termsMax))
          const nested = mergedInAnyShape(
            parts.map((part) => mergeTallies([part])),
            () => randoms.next().value ?? 0,
          )
          expect(observed(nested)).toEqual(observed(mergeTallies(parts)))
        },
      ),
    )
  })

  it('has the empty tally as its neutral element', () => {
    fc.assert(
      fc.property(truthsArbitrary, cutAt, (truths, termsMax) => {
        const parts = truths.map((truth) => partOf(truth, termsMax))
        const nothing = { tally: columnsOf(EMPTY_TALLY) }
        expect(observed(mergeTallies([nothing, ...parts, nothing]))).toEqual(observed(mergeTallies(parts)))
      }),
    )
  })

  it('is the tally of all records when nothing was cut off', () => {
    fc.assert(
      fc.property(truthsArbitrary, (truths) => {
        const merged = mergeTallies(truths.map((truth) => partOf(truth, 100)))
        const truth = sumOf(truths)
        for (const key of KEYS) {
          expect(boundsOf(merged, key)).toEqual({ lower: truth.get(key) ?? 0, upper: truth.get(key) ?? 0 })
        }
        expect(distinctOf(merged)).toEqual({ lower: truth.size, upper: truth.size })
      }),
    )
  })

  it('shows the spelling of the part that has the term most often', () => {
    const part = (shown: string, count: number) => ({
      tally: columnsOf(tallyOf([{ key: 'été', shown, count }], 9)),
    })
    expect(shownOf(mergeTallies([part('ÉTÉ', 2), part('Été', 3), part('été', 2)]), 0)).toBe('Été')
    expect(shownOf(mergeTallies([part('été', 2), part('Été', 2)]), 0)).toBe('Été')
  })

  it('loses what a sum of cut tallies loses: the twin shows that floors are what makes the bounds hold', () => {
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
    const merged = mergeTallies(truths.map((truth) => partOf(truth, 1)))
    expect(boundsOf(merged, 'z')).toEqual({ lower: 0, upper: 8 })
    const withoutFloors = mergeTallies(
      truths.map((truth) => ({ tally: { ...columnsOf(tallyOf(termsOf(truth), 9, 1)), floor: 0 } })),
    )
    expect(boundsOf(withoutFloors, 'z').upper).toBeLessThan(sumOf(truths).get('z')!)
  })
})
