import fc from 'fast-check'
import { expect, it } from 'vitest'
import { missingBetween, runsOf } from '../../model/preview.ts'
import { countHours, HOUR_MS, type HourId, hourOf, hourStart, hoursBetween, nextHour } from '../../model/time.ts'

const hours = fc
  .uniqueArray(fc.integer({ min: 490_000, max: 490_200 }), { maxLength: 40 })
  .map((numbers) => numbers.sort((a, b) => a - b).map((n) => hourOf(n * HOUR_MS)))

it('missing hours are those of the calendar that are not there', () => {
  fc.assert(
    fc.property(hours, (there) => {
      const all = there.length === 0 ? [] : hoursBetween(there[0]!, nextHour(there.at(-1)!))
      expect(missingBetween(there)).toEqual(runsOf(all.filter((hour) => !there.includes(hour))))
    }),
  )
})

it('between 1971 and 9999 they are counted, not listed', () => {
  const [first, last] = ['1971-03-01T05', '9999-12-31T23'] as [HourId, HourId]
  expect(missingBetween([first, last])).toEqual({
    count: (hourStart(last) - hourStart(first)) / HOUR_MS - 1,
    runs: [{ first: '1971-03-01T06', last: '9999-12-31T22' }],
  })
  expect(() => hoursBetween(first, last)).toThrow(/a list of hours has at most/)
})

it('years have four digits: what lies outside is the first hour, or the end of the last, and sorts so', () => {
  const last = '9999-12-31T23' as HourId
  expect(nextHour(last) > last).toBe(true)
  expect(countHours(last, nextHour(last))).toBe(1)
  expect(nextHour(nextHour(last))).toBe(nextHour(last))
  expect(nextHour('0000-01-01T00' as HourId, -1)).toBe('0000-01-01T00')
  expect(nextHour(nextHour(last), -1)).toBe(last)
})
