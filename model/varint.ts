/**
 * Avro's `int` and `long`: zigzag, then 7 bits a byte, the lowest first, the high bit set on all but the last byte.
 *
 *   value   0  -1   1  -2   63   64 …
 *   bytes  00  01  02  03   7e   80 01 …
 *
 * Invariant: only integers that a JavaScript number holds exactly (±(2^53 - 1)) are written or accepted.
 */
import { AppError, assert } from './errors.ts'

/** The longest a long of ours can be: 2^53 - 1 in zigzag is 54 bits. */
export const LONG_BYTES_MAX = 8

/** How many bytes `writeLong` takes for the value. */
export function longBytes(value: number): number {
  let rest = Math.floor(magnitude(value) / 0x40)
  let bytes = 1
  while (rest > 0) {
    rest = Math.floor(rest / 0x80)
    bytes++
  }
  return bytes
}

/** Writes the value at `at` and returns the position behind it. `into` must have room (LONG_BYTES_MAX is always enough). */
export function writeLong(into: Uint8Array, at: number, value: number): number {
  let position = at
  const distance = magnitude(value)
  let rest = Math.floor(distance / 0x40)
  // The first byte has the sign and six bits, so that nothing is ever doubled: twice 2^52 + 1 is no longer exact.
  into[position++] = (distance % 0x40) * 2 + (value < 0 ? 1 : 0) + (rest > 0 ? 0x80 : 0)
  while (rest > 0x7fffffff) {
    into[position++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  while (rest >= 0x80) {
    into[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  if (rest > 0) into[position++] = rest
  return position
}

/** The value as a buffer of its own. */
export function encodeLong(value: number): Buffer {
  const bytes = Buffer.alloc(longBytes(value))
  writeLong(bytes, 0, value)
  return bytes
}

/** Reads values one after another; `at` is the next byte. */
export class LongReader {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  /** @throws AppError `corrupt` when the bytes end within the value, or it is beyond what a number holds exactly */
  next(): number {
    const { bytes } = this
    const start = this.at
    const first = bytes[this.at++]
    if (first === undefined) throw corrupt('the bytes end within a varint', start)
    let distance = (first & 0x7f) >> 1
    let byte = first
    let scale = 0x40
    for (let length = 1; length <= LONG_BYTES_MAX; length++) {
      if (byte < 0x80) {
        if (distance > Number.MAX_SAFE_INTEGER) throw corrupt('a varint beyond 53 bits', start)
        return first % 2 === 0 ? distance : -distance - 1
      }
      const next = bytes[this.at++]
      if (next === undefined) throw corrupt('the bytes end within a varint', start)
      byte = next
      distance += (byte & 0x7f) * scale
      scale *= 0x80
    }
    throw corrupt('a varint beyond 53 bits', start)
  }
}

/** What zigzag keeps beside the sign: 0 of 0 and -1, 1 of 1 and -2. */
function magnitude(value: number): number {
  // Asked first: the facts of an assertion would be made for each of millions of values.
  if (!Number.isSafeInteger(value)) assert(false, 'a long is a safe integer', { value })
  return value >= 0 ? value : -value - 1
}

function corrupt(why: string, byte: number): AppError {
  return new AppError('corrupt', `${why} at byte ${byte}`, { facts: { byte } })
}
