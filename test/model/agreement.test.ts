import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agreementOf, agrees } from '../../model/agreement.ts'
import { columnsOf, type TermCount, tallyOf } from '../../model/tally.ts'
import { mergeTallies } from '../../model/tally-merge.ts'

const terms = (counts: Readonly<Record<string, number>>): TermCount[] =>
  Object.entries(counts).map(([key, count]) => ({ key, shown: key, count }))
const batchOf = (counts: Readonly<Record<string, number>>, records: number) =>
  columnsOf(tallyOf(terms(counts), records))
const speedOf = (slots: readonly Readonly<Record<string, number>>[], records: number, termsMax?: number) =>
  mergeTallies(slots.map((slot, i) => ({ tally: columnsOf(tallyOf(terms(slot), i === 0 ? records : 0, termsMax)) })))

const anyCounts = fc.dictionary(
  fc.constantFrom(...Array.from({ length: 30 }, (_, i) => `t${i}`)),
  fc.integer({ min: 1, max: 50 }),
  { maxKeys: 30 },
)

describe('live counting against batch', () => {
  it('agrees when the slots of the hour add up to it, however they are cut off', () => {
    fc.assert(
      fc.property(
        fc.array(anyCounts, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 30 }),
        (slots, termsMax) => {
          const whole: Record<string, number> = {}
          for (const slot of slots) for (const [key, n] of Object.entries(slot)) whole[key] = (whole[key] ?? 0) + n
          const exact = agreementOf(batchOf(whole, 77), speedOf(slots, 77))
          expect(exact).toEqual({
            batchRecords: 77,
            speedRecords: 77,
            topDiffers: 0,
            countOff: 0,
            countOffTerm: null,
            shareOff: 0,
          })
          expect(agrees(exact)).toBe(true)
          // Cut off, a count lies between bounds: what they hold is no difference.
          expect(agreementOf(batchOf(whole, 77), speedOf(slots, 77, termsMax)).countOff).toBe(0)
        },
      ),
    )
  })

  it('says how many records, which terms, and by how much, when speed lacks some', () => {
    const agreement = agreementOf(batchOf({ a: 50, b: 40, c: 3 }, 100), speedOf([{ a: 30, b: 39 }], 79))
    expect(agreement).toEqual({
      batchRecords: 100,
      speedRecords: 79,
      topDiffers: 1,
      countOff: 20,
      countOffTerm: 'a',
      shareOff: 1,
    })
    expect(agrees(agreement)).toBe(false)
  })

  it('sees a term that speed counted and batch has not', () => {
    expect(agreementOf(batchOf({ a: 5 }, 9), speedOf([{ a: 5, ghost: 7 }], 9))).toMatchObject({
      topDiffers: 0,
      countOff: 7,
      countOffTerm: 'ghost',
      shareOff: 1,
    })
  })
})
