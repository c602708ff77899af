/**
 * `hashtags@2` over bytes: the same rule as model/terms/hashtags-2.ts, one pass, by a table of code points. Refused, and so
 * decided by the reference: a tag with a `/` or `?` before it in the same run of non-spaces (it may be inside a link), and
 * malformed UTF-8 next to a sign or in a term.
 */
import { alphabetTable, LETTER } from '../terms/alphabet.ts'
import { HASH_SEED, hashStep } from './byte-table.ts'
import type { Kernel } from './kernel.ts'
import { codePointAt, codePointBefore, MALFORMED, utf8Length } from './utf8.ts'

const HASH = 0x23
const AMPERSAND = 0x26
const SLASH = 0x2f
const COLON = 0x3a
const QUESTION_MARK = 0x3f
const TEXT_STYLE = 0xfe0e
const EMOJI_STYLE = 0xfe0f
const KEYCAP = 0x20e3
const FULL_WIDTH_LEAD = 0xef

/** How far to look back for a link before the reference is asked: a link's length has no useful limit, a loop needs one. */
const LOOK_BACK_BYTES_MAX = 256

export function hashtags2Kernel(): Kernel {
  const alphabet = alphabetTable()
  return {
    fullWidth: true,
    count(bytes, start, end, signs, sink) {
      // What stands before `used` belongs to a term and cannot stand before the next sign.
      let used = start
      for (let sign = signs.next(start); sign < end; ) {
        const first = sign + (bytes[sign] === HASH ? 1 : 3)
        if (first > end) return false
        if (sign > start) {
          const code = sign === used ? AMPERSAND : codeBefore(bytes, start, sign)
          if (code === MALFORMED) return false
          if (!mayStandBefore(alphabet, code)) {
            sign = signs.next(first)
            continue
          }
        }

        let at = first
        let seen = 0
        let hash = HASH_SEED
        while (at < end) {
          const byte = bytes[at]!
          if (byte < 0x80) {
            const kind = alphabet[byte]!
            if (kind === 0) break
            seen |= kind
            hash = hashStep(hash, byte)
            at++
          } else {
            const code = codePointAt(bytes, at, end)
            if (code === MALFORMED) return false
            const kind = alphabet[code]!
            if (kind === 0 || (at === first && (code === EMOJI_STYLE || code === KEYCAP))) break
            seen |= kind
            for (const next = at + utf8Length(byte); at < next; at++) hash = hashStep(hash, bytes[at]!)
          }
        }
        if ((seen & LETTER) === 0) {
          sign = signs.next(first)
          continue
        }

        used = at
        if (!isRefusedBy(bytes, at, end)) {
          if (mayBeInUrl(bytes, start, sign)) return false
          sink.add(bytes, first, at, hash)
        }
        sign = signs.next(at)
      }
      return true
    },
  }
}

function codeBefore(bytes: Uint8Array, start: number, sign: number): number {
  const byte = bytes[sign - 1]!
  return byte < 0x80 ? byte : codePointBefore(bytes, start, sign)
}

function mayStandBefore(alphabet: Uint8Array, code: number): boolean {
  if (alphabet[code] === 0) return code !== AMPERSAND
  return code === EMOJI_STYLE || code === TEXT_STYLE
}

/** Whether what follows a term, a sign or `://`, makes it none. */
function isRefusedBy(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false
  const byte = bytes[at]!
  if (byte === HASH) return true
  if (at + 2 >= end) return false
  if (byte === COLON) return bytes[at + 1] === SLASH && bytes[at + 2] === SLASH
  return byte === FULL_WIDTH_LEAD && bytes[at + 1] === 0xbc && bytes[at + 2] === 0x83
}

/**
 * A link has no white space in it, and a `#` in one stands behind a `/` (of the path, or of `http://` before a host with ＃)
 * or the `?` of the query.
 */
function mayBeInUrl(bytes: Uint8Array, start: number, sign: number): boolean {
  const stop = Math.max(start, sign - LOOK_BACK_BYTES_MAX)
  for (let at = sign - 1; at >= stop; at--) {
    const byte = bytes[at]!
    if (byte === SLASH || byte === QUESTION_MARK) return true
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) return false
  }
  return stop > start
}
