import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cutUnits,
  describeUnit,
  firstHourOf,
  isStale,
  lastHourOf,
  planUnits,
  type StaleHour,
  type Stretch,
  splitStretch,
} from '../../model/plan.ts'
import { type HourId, hourStart, nextHour } from '../../model/time.ts'

const FIRST = '2026-11-16T07' as HourId
const limits = { unitBytesMax: 100, unitHoursMax: 5, fanOutBytes: 80, gapHoursMax: 3 }

/** Ascending hours with gaps, sizes and partitions. */
const staleHours = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 8 }),
      bytes: fc.integer({ min: 1, max: 120 }),
      partitions: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let at = 0
    return steps.map(({ gap, bytes, partitions }): StaleHour => {
      at += gap
      return { hour: nextHour(FIRST, at), bytes, partitions: [...partitions].sort((a, b) => a - b) }
    })
  })

const rangeOf = (unit: ReturnType<typeof planUnits>[number]) =>
  unit.kind === 'stretch' ? [unit.from, unit.until] : [unit.hour, nextHour(unit.hour)]

describe('planUnits', () => {
  it('puts every stale hour in exactly one unit, in time order, without overlap', () => {
    fc.assert(
      fc.property(staleHours, (hours) => {
        const units = planUnits(hours, limits)
        const ranges = units.map(rangeOf)
        for (const [index, range] of ranges.entries()) {
          const behind = ranges[index + 1]
          if (behind) expect(range[1]! <= behind[0]!).toBe(true)
        }
        for (const { hour } of hours) {
          expect(ranges.filter(([from, until]) => hour >= from! && hour < until!)).toHaveLength(1)
        }
        expect(units.reduce((sum, unit) => sum + unit.bytes, 0)).toBe(hours.reduce((sum, { bytes }) => sum + bytes, 0))
      }),
    )
  })

  it('goes past a limit only with a single hour that is past it alone', () => {
    fc.assert(
      fc.property(staleHours, (hours) => {
        for (const unit of planUnits(hours, limits)) {
          if (unit.kind === 'fan-out') continue
          expect(unit.hours).toBeLessThanOrEqual(limits.unitHoursMax)
          if (unit.hours > 1) expect(unit.bytes).toBeLessThanOrEqual(limits.unitBytesMax)
        }
      }),
    )
  })

  it('fans out a large hour of several partitions, and only such', () => {
    const hour = (bytes: number, partitions: number[]): StaleHour => ({ hour: FIRST, bytes, partitions })
    expect(planUnits([hour(80, [0, 1])], limits)).toEqual([
      { kind: 'fan-out', hour: FIRST, partitions: [0, 1], bytes: 80 },
    ])
    expect(planUnits([hour(79, [0, 1])], limits)[0]?.kind).toBe('stretch')
    expect(planUnits([hour(80, [3])], limits)[0]?.kind).toBe('stretch')
  })

  it('does not reach over a long run of hours that are up to date', () => {
    const hours = [FIRST, nextHour(FIRST, 4), nextHour(FIRST, 9)].map((hour) => ({ hour, bytes: 1, partitions: [0] }))
    expect(planUnits(hours, limits)).toMatchObject([{ hours: 2 }, { hours: 1 }])
  })
})

describe('cutUnits', () => {
  const activitiesOf = (units: ReturnType<typeof planUnits>) =>
    units.reduce((sum, unit) => sum + (unit.kind === 'stretch' ? 1 : unit.partitions.length + 1), 0)

  it('keeps the first units within the bound, always one, and says where the others begin', () => {
    fc.assert(
      fc.property(staleHours, fc.integer({ min: 1, max: 20 }), (hours, most) => {
        const units = planUnits(hours, limits)
        const { kept, leftOut } = cutUnits(units, most)
        expect(kept).toEqual(units.slice(0, kept.length))
        expect(kept.length).toBeGreaterThanOrEqual(Math.min(1, units.length))
        if (kept.length > 1) expect(activitiesOf([...kept])).toBeLessThanOrEqual(most)
        const next = units[kept.length]
        expect(leftOut).toEqual(next)
        if (next) expect([firstHourOf(next), nextHour(lastHourOf(next))]).toEqual(rangeOf(next))
        if (next) expect(activitiesOf([...kept, next])).toBeGreaterThan(most)
      }),
    )
  })
})

describe('splitStretch', () => {
  it('gives two parts that are the whole, and ends at single hours', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (length) => {
        const whole: Stretch = {
          kind: 'stretch',
          from: FIRST,
          until: nextHour(FIRST, length),
          hours: length,
          bytes: 1_000,
        }
        const parts = splitStretch(whole)
        expect(parts?.length).toBe(length === 1 ? undefined : 2)
        if (!parts) return
        expect(parts[0].from).toBe(whole.from)
        expect(parts[0].until).toBe(parts[1].from)
        expect(parts[1].until).toBe(whole.until)
        for (const part of parts) expect(hourStart(part.until)).toBeGreaterThan(hourStart(part.from))
      }),
    )
  })
})

describe('isStale', () => {
  const view = { digest: 'a', extractor: 'hashtags@1' }
  const lake = (digest: string, wholeDigest = digest) => ({ digest, wholeDigest })
  it('holds what was made from the same files by the same rule for fresh', () => {
    expect(isStale(view, lake('a'), 'hashtags@1')).toBe(false)
  })
  it('holds what was made when nothing was quarantined yet for fresh, and what was made without for stale once it is back', () => {
    expect(isStale(view, lake('without', 'a'), 'hashtags@1')).toBe(false)
    expect(isStale({ ...view, digest: 'without' }, lake('without', 'a'), 'hashtags@1')).toBe(false)
    expect(isStale({ ...view, digest: 'without' }, lake('a'), 'hashtags@1')).toBe(true)
    expect(isStale(view, lake('without', 'a'), 'hashtags@2')).toBe(true)
  })
  it('finds a missing view, other files, and another rule stale', () => {
    expect(isStale(undefined, lake('a'), 'hashtags@1')).toBe(true)
    expect(isStale(view, lake('b'), 'hashtags@1')).toBe(true)
    expect(isStale(view, lake('a'), 'hashtags@2')).toBe(true)
  })
})

it('describes a unit for people', () => {
  const stretch = { kind: 'stretch', from: FIRST, until: nextHour(FIRST, 3), hours: 2, bytes: 3_140_000 } as const
  expect(describeUnit(stretch)).toBe('2026-11-16T07 … 2026-11-16T09 (2 hours, 3.1 MB)')
})
