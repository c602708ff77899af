import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { selectGreatest } from '../../model/topk.ts'

describe('the greatest k of many counts', () => {
  it('are those that sorting everything gives, with the floor, the number and the sum of the rest', () => {
    const counts = fc.oneof(
      fc.array(fc.nat({ max: 4 }), { maxLength: 60 }),
      fc.array(fc.nat({ max: 100_000 }), { maxLength: 60 }),
    )
    fc.assert(
      fc.property(counts, fc.nat({ max: 70 }), (counts, k) => {
        const all = counts.map((_, i) => i).filter((i) => counts[i]! > 0)
        all.sort((a, b) => counts[b]! - counts[a]! || a - b)
        expect(selectGreatest(counts, k)).toEqual({
          indices: Uint32Array.from(all.slice(0, k)),
          floor: counts[all[k] ?? -1] ?? 0,
          distinct: all.length,
          total: counts.reduce((sum, count) => sum + count, 0),
        })
      }),
    )
  })

  it('are ordered and cut by the given order of keys where counts are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 3 }), { maxLength: 60 }), fc.nat({ max: 70 }), (counts, k) => {
        const all = counts.map((_, i) => i).filter((i) => counts[i]! > 0)
        all.sort((a, b) => counts[b]! - counts[a]! || b - a)
        expect([...selectGreatest(counts, k, (a, b) => b - a).indices]).toEqual(all.slice(0, k))
      }),
    )
  })
})
