import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergePartials } from '../../../model/count/merge-partials.ts'
import { tallyOf, termsOf, transferListOf } from '../../../model/count/partial-tally.ts'
import { compareCodePoints } from '../../../model/terms/order.ts'
import { countPlainly, partialOf, readPartial } from './tally-model.ts'

const tags = fc.constantFrom(
  '#Tea',
  '#tea',
  '#TEA',
  '#été',
  '#ÉTÉ',
  '#東京',
  '#😀x',
  '#ａ',
  '#a',
  '#b',
  '#c',
  '#＃d',
  '#𠮷',
)
const batches = fc.array(
  fc.array(tags, { maxLength: 4 }).map((each) => each.join(' ')),
  { maxLength: 12 },
)

describe('merging', () => {
  test('the parts of a batch, counted apart and merged, are the batch', () => {
    fc.assert(
      fc.property(fc.array(batches, { maxLength: 6 }), (parts) => {
        const merged = mergePartials(parts.map((part) => partialOf(part)))
        expect(readPartial(merged)).toEqual(countPlainly(parts.flat()))
        expect(merged).toEqual(partialOf(parts.flat()))
      }),
    )
  })

  test('is associative and commutative, and nothing is its neutral element', () => {
    fc.assert(
      fc.property(batches, batches, batches, (...parts) => {
        const [a, b, c] = [partialOf(parts[0]), partialOf(parts[1]), partialOf(parts[2])]
        const whole = mergePartials([a, b, c])
        expect(mergePartials([mergePartials([a, b]), c])).toEqual(whole)
        expect(mergePartials([a, mergePartials([b, c])])).toEqual(whole)
        expect(mergePartials([c, a, b])).toEqual(whole)
        expect(mergePartials([mergePartials([]), a])).toEqual(a)
      }),
    )
  })

  test('the form shown is chosen over the whole, not over the parts', () => {
    const parts = [partialOf(['#Tea', '#Tea', '#TEA', '#TEA', '#TEA']), partialOf(['#Tea', '#Tea', '#tea'])]
    expect(parts.map((part) => tallyOf(part).top[0]!.shown)).toEqual(['TEA', 'Tea'])
    expect(tallyOf(mergePartials(parts)).top).toEqual([{ key: 'tea', shown: 'Tea', count: 8 }])
  })
})

describe('the tally of a unit', () => {
  test('is the greatest terms, ties in code-point order, with the greatest count left out as floor', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 8 }), (texts, termsMax) => {
        const ranked = countPlainly(texts).sort((a, b) => b.count - a.count || compareCodePoints(a.key, b.key))
        const { top, floor, distinct, total, records } = tallyOf(partialOf(texts), termsMax)
        expect(top.map(({ key, count }) => [key, count])).toEqual(
          ranked.slice(0, termsMax).map(({ key, count }) => [key, count]),
        )
        expect(floor).toBe(ranked[termsMax]?.count ?? 0)
        expect(distinct).toBe(ranked.length)
        expect(total).toBe(ranked.reduce((sum, { count }) => sum + count, 0))
        expect(records).toBe(texts.length)
      }),
    )
  })

  test('of equally used spellings the first in code-point order is shown', () => {
    expect([...termsOf(partialOf(['#tea', '#TEA', '#Tea']))]).toEqual([{ key: 'tea', shown: 'TEA', count: 3 }])
    expect([...termsOf(partialOf(['#tea', '#TEA', '#tea']))]).toEqual([{ key: 'tea', shown: 'tea', count: 3 }])
  })

  test('goes to another thread without a copy', () => {
    const partial = partialOf(['#tea #été', '#TEA'])
    const terms = [...termsOf(partial)]
    const received = structuredClone(partial, { transfer: transferListOf(partial) })
    expect([...termsOf(received)]).toEqual(terms)
    expect(partial.keyBytes.length).toBe(0)
  })
})
