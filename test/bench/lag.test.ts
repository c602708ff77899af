import { describe, expect, it } from 'vitest'
import { lagFigures } from '../../bench/data/lag.ts'

const samplesOf = (lagAt: (second: number) => number) =>
  Array.from({ length: 60 }, (_, second) => ({ seconds: second, lag: lagAt(second) }))

describe('the growth of a lag', () => {
  it('is that of the line it follows, whatever it began with', () => {
    expect(lagFigures(samplesOf((second) => 500 + 20 * second))).toEqual({ mean: 1_090, max: 1_680, growth: 20 })
  })

  it('is nothing for commits that come evenly', () => {
    const { growth } = lagFigures(samplesOf((second) => 1_000 * (second % 5)))
    expect(Math.abs(growth)).toBeLessThan(10)
  })

  it('is below nothing where readers catch up', () => {
    expect(lagFigures(samplesOf((second) => 9_000 - 100 * second)).growth).toBe(-100)
  })
})
