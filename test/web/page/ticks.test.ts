import fc from 'fast-check'
import { expect, it } from 'vitest'
import { niceTicks } from '../../../web/page/charts/ticks.ts'

it('an axis reaches what is greatest, in whole and even steps, not many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), (most) => {
      const ticks = niceTicks(most, 4)
      expect(ticks[0]).toBe(0)
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most)
      expect(ticks.at(-2)).toBeLessThan(most)
      expect(ticks.length).toBeLessThanOrEqual(6)
      const steps = new Set(ticks.slice(1).map((tick, i) => tick - ticks[i]!))
      expect(steps.size).toBe(1)
      expect(Number.isInteger([...steps][0])).toBe(true)
    }),
  )
})
