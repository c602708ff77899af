/** `2026-11-16T07`, `2026-11-16 07:30`, with or without seconds and zone; without a zone it is the person's. */
import { DateTime } from 'luxon'
import { instantOf } from './wall-clock.ts'

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?$/i

/** Milliseconds; undefined when the text is not of that form, or names no date. */
export function parseIso(text: string, zone: string): number | undefined {
  const match = ISO.exec(text)
  if (!match) return undefined
  const [, date, hour = '00', minute = '00', second = '00', fraction = '0', offset] = match
  const iso = `${date}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`
  const wall = DateTime.fromISO(iso, { zone: 'UTC' })
  if (!wall.isValid) return undefined
  if (offset === undefined) return instantOf(text, wall.toObject(), zone)
  const zoned = DateTime.fromISO(`${iso}${/^z$/i.test(offset) ? 'Z' : offset}`)
  return zoned.isValid ? zoned.toMillis() : undefined
}
