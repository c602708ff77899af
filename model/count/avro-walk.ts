/**
 * Steps over Avro binary without decoding it. Each function takes a position and gives the one behind the field, so that a
 * walk is a chain of them and keeps no state. Nearly every length is one byte, some two: these are read first.
 *
 *   long   = zigzag varint, 1 to 10 bytes
 *   string = long length, bytes
 *   union  = long branch, value
 *   array  = { long count > 0, items | long count < 0, long bytes, items } long 0
 *
 * @throws AppError `corrupt` when something leads outside `limit`; the caller adds which record it was.
 */
import { AppError } from '../errors.ts'

/** Position behind a varint. */
export function skipLong(bytes: Uint8Array, at: number, limit: number): number {
  let next = at
  while (next < limit && bytes[next]! >= 0x80) next++
  if (next >= limit || next - at > 9) throw corrupt('a number', at)
  return next + 1
}

/** Position behind a string (or bytes). Its content begins where its length ends: at `skipLong`. */
export function skipString(bytes: Uint8Array, at: number, limit: number): number {
  if (at < limit) {
    const low = bytes[at]!
    // Zigzag: an odd number is negative, which no length is.
    if ((low & 1) === 0) {
      if (low < 0x80) {
        const end = at + 1 + (low >>> 1)
        if (end <= limit) return end
      } else {
        const end = stringEnd(bytes, at, limit)
        if (end <= limit) return end
      }
    }
  }
  throw corrupt('a length', at)
}

/** Position behind a `["null", "string"]`. */
export function skipOptionalString(bytes: Uint8Array, at: number, limit: number): number {
  if (at < limit && bytes[at] === 0) return at + 1
  if (at < limit && bytes[at] === 2) return skipString(bytes, at + 1, limit)
  throw corrupt('a union branch', at)
}

/** Position behind an array of strings. */
export function skipStrings(bytes: Uint8Array, at: number, limit: number): number {
  let next = at
  while (next >= limit || bytes[next] !== 0) {
    const count = readLong(bytes, next, limit)
    next = skipLong(bytes, next, limit)
    // A block that says its size in bytes reads as a string does.
    if (count < 0) next = skipString(bytes, next, limit)
    else for (let item = 0; item < count; item++) next = skipString(bytes, next, limit)
  }
  return next + 1
}

/** A long of at most 53 bits. */
export function readLong(bytes: Uint8Array, at: number, limit: number): number {
  if (at < limit && bytes[at]! < 0x80) return (bytes[at]! >>> 1) ^ -(bytes[at]! & 1)
  let raw = 0
  for (let i = skipLong(bytes, at, limit) - 1; i >= at; i--) raw = raw * 128 + (bytes[i]! & 0x7f)
  return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
}

/** Of a length of several bytes; Infinity when it has more than four, which is more than any block holds. */
function stringEnd(bytes: Uint8Array, at: number, limit: number): number {
  let length = 0
  for (let i = 0; i < 4 && at + i < limit; i++) {
    const byte = bytes[at + i]!
    length |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) return at + i + 1 + (length >>> 1)
  }
  return Number.POSITIVE_INFINITY
}

function corrupt(what: string, byte: number): AppError {
  return new AppError('corrupt', `${what} in an Avro block does not fit, at byte ${byte}`, { facts: { byte } })
}
