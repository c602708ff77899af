import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClockReading, skewOf, watchClocks } from '../../model/clocks.ts'
import { silentLogger } from '../../model/log.ts'

const NOW = Date.parse('2026-11-16T07:00:00Z')
const TWO_HOURS = 7_200_000

/** What a service whose clock is right says to a machine that is `ahead` by so much, when the question is `tookMs` on its way. */
function readingOf(service: ClockReading['service'], ahead: number, tookMs = 0, spanMs = 1): ClockReading {
  const at = Math.floor((NOW + tookMs / 2) / spanMs) * spanMs
  return { service, at, spanMs, askedAt: NOW + ahead, answeredAt: NOW + ahead + tookMs }
}

describe('a clock held against another', () => {
  it('is told the skew, never more than there is, whatever the way and the resolution cost', () => {
    const ahead = fc.integer({ min: -100_000, max: 100_000 })
    fc.assert(
      fc.property(ahead, fc.nat(5_000), fc.constantFrom(1, 1_000), (skew, tookMs, spanMs) => {
        const found = skewOf(readingOf('HDFS', skew, tookMs, spanMs))
        expect(Math.abs(found)).toBeLessThanOrEqual(Math.abs(skew))
        expect(Math.abs(found - skew)).toBeLessThanOrEqual(tookMs + spanMs)
      }),
    )
  })

  it('that only tells a time in the past says that it is behind, never that it is ahead', () => {
    const reading = { service: 'Temporal', at: NOW - 60_000, spanMs: Number.POSITIVE_INFINITY } as const
    expect(skewOf({ ...reading, askedAt: NOW, answeredAt: NOW })).toBe(0)
    expect(skewOf({ ...reading, askedAt: NOW - 90_000, answeredAt: NOW - 90_000 })).toBe(-30_000)
  })
})

describe('the clocks of a worker', () => {
  function watchAt(ahead: number) {
    const said: string[] = []
    const say = (_: object, message: string) => said.push(message)
    let machine = NOW + ahead
    const clocks = watchClocks({
      clock: () => machine,
      skewMaxMs: 10_000,
      logger: { ...silentLogger, error: say, info: say },
    })
    return { clocks, said, pass: (ms: number) => (machine += ms) }
  }

  it('ahead by two hours: the earliest is what the services say, and it is said once', () => {
    const { clocks, said } = watchAt(TWO_HOURS)
    expect(clocks.earliest()).toBe(NOW + TWO_HOURS)
    for (let i = 0; i < 3; i++) clocks.observe(readingOf('MongoDB', TWO_HOURS))
    expect(Math.abs(clocks.earliest() - NOW)).toBeLessThanOrEqual(1)
    expect(clocks.latest()).toBe(NOW + TWO_HOURS)
    expect(clocks.off()).toMatchObject([{ service: 'MongoDB' }])
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/^this machine's clock is 7200 s ahead of MongoDB's: nothing is sealed/)
    clocks.observe(readingOf('MongoDB', 0))
    expect(said).toHaveLength(2)
    expect(clocks.off()).toEqual([])
  })

  it('behind by two hours: the latest is what the services say', () => {
    const { clocks } = watchAt(-TWO_HOURS)
    clocks.observe(readingOf('HDFS', -TWO_HOURS, 10, 1_000))
    expect(clocks.earliest()).toBe(NOW - TWO_HOURS)
    expect(Math.abs(clocks.latest() - NOW)).toBeLessThanOrEqual(1_010)
  })

  it('within the bound: nothing is off, and the earliest is still the least', () => {
    const { clocks, said } = watchAt(5_000)
    clocks.observe(readingOf('MongoDB', 5_000))
    expect(clocks.off()).toEqual([])
    expect(said).toEqual([])
    expect(Math.abs(clocks.earliest() - NOW)).toBeLessThanOrEqual(1)
  })

  it('forgets what it heard long ago, as a clock may have been set since', () => {
    const { clocks, pass } = watchAt(TWO_HOURS)
    clocks.observe(readingOf('MongoDB', TWO_HOURS))
    pass(11 * 60_000)
    expect(clocks.off()).toEqual([])
  })
})
