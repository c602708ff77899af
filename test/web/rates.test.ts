import { describe, expect, it } from 'vitest'
import { Rates } from '../../web/pipeline/rates.ts'

describe('a rate', () => {
  it('is what came between two looks, a second; looks close together say what was said before', () => {
    const rates = new Rates()
    expect(rates.of('a', 100, 0)).toBeNull()
    expect(rates.of('a', 150, 1_000)).toBeNull()
    expect(rates.of('a', 200, 10_000)).toBe(10)
    expect(rates.of('a', 999, 10_500)).toBe(10)
    expect(rates.of('a', 200, 20_000)).toBe(0)
  })

  it('is not known when counting began anew, nor of another name', () => {
    const rates = new Rates()
    rates.of('a', 100, 0)
    expect(rates.of('a', 5, 10_000)).toBeNull()
    expect(rates.of('a', 25, 20_000)).toBe(2)
    expect(rates.of('b', 25, 20_000)).toBeNull()
  })
})
