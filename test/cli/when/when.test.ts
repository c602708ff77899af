import fc from 'fast-check'
import { DateTime } from 'luxon'
import { describe, expect, it } from 'vitest'
import { checkZone, parseDuration, parseHourText, parseMoment } from '../../../cli/when.ts'

const saturday = Date.parse('2026-11-21T13:20:00Z')
const utc = { zone: 'UTC', now: saturday }

describe('moments as people type them', () => {
  it.each([
    ['last monday 7h', '2026-11-16T07'],
    ['last monday 7:00', '2026-11-16T07'],
    ['Last Monday at 7am', '2026-11-16T07'],
    ['monday 7h', '2026-11-16T07'],
    ['lundi dernier 7h', '2026-11-16T07'],
    ['lundi dernier à 7h', '2026-11-16T07'],
    ['hier 14h', '2026-11-20T14'],
    ['yesterday 14h', '2026-11-20T14'],
    ['yesterday 14h30', '2026-11-20T14'],
    ['il y a 2 heures', '2026-11-21T11'],
    ['2 hours ago', '2026-11-21T11'],
    ['2026-11-16T07', '2026-11-16T07'],
    ['2026-11-16 07:30', '2026-11-16T07'],
    ['2026-11-16T07Z', '2026-11-16T07'],
    ['2026-11-16T07:00+02:00', '2026-11-16T05'],
    ['now', '2026-11-21T13'],
  ])('%s is %s', (text, hour) => {
    expect(parseHourText(text, utc)).toBe(hour)
  })

  it('last monday on a Monday is the one a week ago, on a Sunday the one six days ago', () => {
    expect(parseHourText('last monday 7h', { zone: 'UTC', now: Date.parse('2026-11-16T13:00:00Z') })).toBe(
      '2026-11-09T07',
    )
    expect(parseHourText('last monday 7h', { zone: 'UTC', now: Date.parse('2026-11-22T13:00:00Z') })).toBe(
      '2026-11-16T07',
    )
    expect(parseHourText('lundi dernier 7h', { zone: 'UTC', now: Date.parse('2026-11-22T13:00:00Z') })).toBe(
      '2026-11-16T07',
    )
  })

  it('reads the wall clock of the zone, with the offset of that day and not of today', () => {
    const paris = { zone: 'Europe/Paris', now: Date.parse('2026-10-26T12:00:00Z') } // winter time began on the 25th
    expect(parseHourText('2026-10-24T07', paris)).toBe('2026-10-24T05')
    expect(parseHourText('2026-10-26T07', paris)).toBe('2026-10-26T06')
    expect(parseHourText('saturday 7h', paris)).toBe('2026-10-24T05')
  })

  it.each(['', 'bananas', 'last monday 7 bananas', '2026-13-01T00', 'lundi dernier 7h et quelques'])(
    'refuses %j and says what is right',
    (text) => {
      expect(() => parseMoment(text, utc)).toThrow(/is not a moment .*last monday 7h/)
    },
  )

  it('takes any ISO hour of any zone back to the same hour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 41 }),
        fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Asia/Tokyo'),
        (ms, zone) => {
          const iso = DateTime.fromMillis(ms, { zone }).startOf('minute').toISO({ suppressMilliseconds: true })
          expect(parseMoment(iso!, { zone: 'UTC', now: 2 ** 42 })).toBe(Math.floor(ms / 60_000) * 60_000)
        },
      ),
    )
  })
})

describe('lengths of time', () => {
  it.each([
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['7j', 604_800_000],
    ['2w', 1_209_600_000],
    ['90m', 5_400_000],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms))

  it.each(['0h', 'h', '24', '-1h', '1 fortnight'])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(/24h, 7d/)
  })
})

describe('zones', () => {
  it('refuses one that does not exist', () => {
    expect(checkZone('Europe/Paris')).toBe('Europe/Paris')
    expect(() => checkZone('Europe/Pari')).toThrow(/not a time zone/)
  })
})
