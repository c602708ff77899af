import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dropOf, medianOf, VOLUME_RULE } from '../../model/volume.ts'
import { createRandom, poisson } from './random.ts'

const counts = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 4, maxLength: 8 })

describe('a drop against the same hour of other weeks', () => {
  it('is never seen with fewer than four weeks, nor at a third of the median or above', () => {
    fc.assert(
      fc.property(counts, fc.nat(100_000), (others, records) => {
        expect(dropOf(records, others.slice(0, 3))).toBeNull()
        if (records >= medianOf(others) / 3) expect(dropOf(records, others)).toBeNull()
      }),
    )
  })

  it('stays one when there are still fewer records', () => {
    fc.assert(
      fc.property(counts, fc.nat(20_000), fc.nat(20_000), (others, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)]
        if (dropOf(more, others)) expect(dropOf(less, others)).not.toBeNull()
      }),
    )
  })

  it('does not depend on the order of the weeks, and hardly on one of them that is extreme', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 10_000 }), fc.nat(1_000_000), (usual, extreme) => {
        const others = [usual, usual, extreme, usual, usual]
        expect(dropOf(Math.floor(usual / 4), others)?.usual).toBe(usual)
        expect(dropOf(Math.floor(usual / 4), others.toReversed())).toEqual(dropOf(Math.floor(usual / 4), others))
      }),
    )
  })

  it('takes more than chance: where less than 20 are usual nothing alarms, where 20 are 2 do and 3 do not', () => {
    const weeks = (usual: number) => [usual, usual, usual, usual]
    expect(dropOf(0, weeks(19))).toBeNull()
    expect(dropOf(0, weeks(20))).toMatchObject({ records: 0, usual: 20, samples: 4 })
    expect(dropOf(2, weeks(20))).not.toBeNull()
    expect(dropOf(3, weeks(20))).toBeNull()
  })
})

describe('simulated streams', () => {
  const hoursOf = (seed: number, trials: number, rate: number, now: number, samples: number) => {
    const random = createRandom(seed)
    let alarms = 0
    for (let i = 0; i < trials; i++) {
      const others = Array.from({ length: samples }, () => poisson(random, rate))
      if (dropOf(poisson(random, now), others)) alarms += 1
    }
    return alarms
  }

  it('with nothing wrong do not alarm: 160,000 hours of rates from 1 to 10,000', () => {
    for (const rate of [1, 5, 15, 25, 40, 100, 1_000, 10_000]) {
      for (const samples of [VOLUME_RULE.samplesMin, VOLUME_RULE.weeks]) {
        expect(hoursOf(rate, 10_000, rate, rate, samples), `rate ${rate}, ${samples} weeks`).toBe(0)
      }
    }
  })

  it('that lose three quarters of their records alarm, nearly all from 150 an hour on, all from 300', () => {
    expect(hoursOf(150, 2_000, 150, 150 / 4, 4)).toBeGreaterThan(1_900)
    for (const rate of [300, 1_000, 10_000])
      expect(hoursOf(rate, 2_000, rate, rate / 4, 4), `rate ${rate}`).toBeGreaterThan(1_990)
    // The twin: losing half is within what weeks differ by, and no alarm.
    for (const rate of [1_000, 10_000]) expect(hoursOf(rate, 2_000, rate, rate / 2, 4)).toBe(0)
  })

  it('whose weeks differ by half as much again (a log-normal factor) do not alarm in 20,000 hours', () => {
    const random = createRandom(7)
    const week = () => poisson(random, 1_000 * Math.exp(0.25 * gaussian(random)))
    let alarms = 0
    for (let i = 0; i < 20_000; i++) if (dropOf(week(), Array.from({ length: 6 }, week))) alarms += 1
    expect(alarms).toBeLessThanOrEqual(2)
  })
})

/** Box and Muller. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
