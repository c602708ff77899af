import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR_MS, hourOf, hourStart } from '../../../model/time.ts'
import { addDays, dayOf, hourAt, hoursOfDay, isDay, localOf } from '../../../web/page/format/zoned.ts'

const ZONES = ['UTC', 'Europe/Paris', 'America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati', 'Pacific/Marquesas']
const zone = fc.constantFrom(...ZONES)
const hour = fc.integer({ min: 420_000, max: 520_000 }).map((n) => hourOf(n * HOUR_MS))

describe('the days of a zone', () => {
  it('hold every hour once', () => {
    fc.assert(
      fc.property(hour, zone, (one, zone) => {
        const day = dayOf(hourStart(one), zone)
        const around = [-1, 0, 1].flatMap((days) => hoursOfDay(addDays(day, days), zone))
        expect(around.filter((other) => other === one)).toEqual([one])
        expect(new Set(around).size).toBe(around.length)
      }),
      { numRuns: 100 },
    )
  })

  it('have 23 or 25 hours when clocks change', () => {
    expect(hoursOfDay('2026-03-29', 'Europe/Paris')).toHaveLength(23)
    expect(hoursOfDay('2026-10-25', 'Europe/Paris')).toHaveLength(25)
    expect(hoursOfDay('2026-10-26', 'Europe/Paris')).toHaveLength(24)
  })

  it('are days that there are', () => {
    expect(['2026-02-28', '2024-02-29'].every(isDay)).toBe(true)
    expect(['2026-02-29', '2026-13-01', '26-01-01', ''].some(isDay)).toBe(false)
  })
})

describe('a moment as people write it', () => {
  it('names the hour that it was made from, but for the one that comes twice', () => {
    fc.assert(
      fc.property(hour, zone, (one, zone) => {
        const again = hourAt(localOf(one, zone), zone)!
        expect(localOf(again, zone)).toBe(localOf(one, zone))
        const twice = hourStart(one) - hourStart(again)
        expect([0, HOUR_MS, -HOUR_MS]).toContain(twice)
      }),
      { numRuns: 100 },
    )
  })

  it('falls into the hour that it lies in', () => {
    expect(hourAt('2026-11-20T07:45', 'UTC')).toBe('2026-11-20T07')
    expect(hourAt('2026-11-20T07:45', 'Asia/Kolkata')).toBe('2026-11-20T02')
    expect(hourAt('2026-11-20T07:15', 'Asia/Kolkata')).toBe('2026-11-20T01')
    expect(hourAt('2026-11-31T07:15', 'UTC')).toBeUndefined()
    expect(hourAt('now', 'UTC')).toBeUndefined()
  })
})
