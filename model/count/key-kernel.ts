/**
 * The key of a spelling from its UTF-8 bytes, as `keyOf` (model/terms/key.ts) makes it of the string, for most spellings there
 * are: capital ASCII becomes small, and what stands for itself stays. The others are refused, and decided by `keyOf`.
 *
 * A text of code points that are their own keys is its own key when no normalization joins or moves them (UAX #15, quick check
 * "yes"): none of them ever joins what is before it, and no two that have a combining class stand together. The scripts here
 * were chosen for that; a test holds that no composition of Unicode has one of their code points in second place.
 */
import { keyOf } from '../terms/key.ts'
import { grown, HASH_SEED, hashStep } from './byte-table.ts'
import { codePointAt, MALFORMED, utf8Length } from './utf8.ts'

const SCRIPTS = ['Latin', 'Greek', 'Cyrillic', 'Hebrew', 'Arabic', 'Han', 'Hiragana', 'Katakana']
/** Marks of Thai and Devanagari never join, but for one; of Hangul only whole syllables are here, as single letters do. */
const CANDIDATE = new RegExp(
  [
    `^(?!\\p{M})[\\p{Nd}${SCRIPTS.map((script) => `\\p{Script_Extensions=${script}}`).join('')}]$`,
    '^[\\p{Script=Thai}[\\p{Script=Devanagari}--\\u093c]\\uac00-\\ud7a3]$',
  ].join('|'),
  'v',
)

const UNKNOWN = 0
/** What it does is not known here. */
export const REFUSED = 1
/** Stands for itself wherever it stands. */
const STANDS = 2
/** Has a combining class: stands for itself behind what has none. */
const COMBINES = 3
/** By code point, filled as they are met: one a thread. */
const kinds = new Uint8Array(0x110000)

/** What a code point that is not ASCII is in a key. */
export function kindInKey(code: number): number {
  if (kinds[code] === UNKNOWN) kinds[code] = findKind(String.fromCodePoint(code))
  return kinds[code]!
}

function findKind(character: string): number {
  if (!CANDIDATE.test(character) || keyOf(character) !== character) return REFUSED
  return hasCombiningClass(character) ? COMBINES : STANDS
}

/**
 * Only marks have one, and are put in the order of their classes: with the lowest behind it (U+0334: 1) or a high one before it
 * (U+0315: 232), a mark that has one moves.
 */
function hasCombiningClass(character: string): boolean {
  if (!/\p{M}/u.test(character)) return false
  return [`${character}\u0334`, `\u0315${character}`].some((text) => text.normalize('NFD') !== text)
}

export class KeyKernel {
  /** The key that was made last is bytes[0, length), and `hashBytes` of it is `hash`. */
  bytes = new Uint8Array(256)
  length = 0
  hash = 0

  /** Makes the key of the spelling source[start, end). False: refused. */
  make(source: Uint8Array, start: number, end: number): boolean {
    if (end - start > this.bytes.length) this.bytes = grown(this.bytes, 2 * (end - start))
    const { bytes } = this
    let hash = HASH_SEED
    let to = 0
    let combines = false
    for (let at = start; at < end; ) {
      const byte = source[at]!
      if (byte < 0x80) {
        const small = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
        bytes[to++] = small
        hash = hashStep(hash, small)
        combines = false
        at++
        continue
      }
      const code = codePointAt(source, at, end)
      const kind = code === MALFORMED ? REFUSED : kindInKey(code)
      if (kind === REFUSED || (combines && kind === COMBINES)) return false
      combines = kind === COMBINES
      for (const next = at + utf8Length(byte); at < next; at++) {
        bytes[to++] = source[at]!
        hash = hashStep(hash, source[at]!)
      }
    }
    this.length = to
    this.hash = hash
    return true
  }
}
