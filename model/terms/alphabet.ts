/**
 * The alphabet of hashtags@2 in twitter-text's published rule: letters and marks (\p{L}, \p{M}), digits (\p{Nd}), and a few
 * special characters that join but do not make a tag.
 *
 * Frozen at Unicode 17, so that a version never changes meaning when the runtime learns new letters. twitter-text's own
 * lists stop at Unicode 7; docs/hashtags.md says why ours do not.
 */
import { DIGITS, LETTERS_AND_MARKS } from './alphabet-table.ts'

/**
 * Private-use characters that twitter-text counts as letters: code points that Apple gave to letter variants and parts of
 * them, which old tables of ICU listed.
 */
const PRIVATE_LETTERS = [0xf870, 0xf87f, 0xf882, 0xf882, 0xf884, 0xf89f, 0xf8b8, 0xf8b8, 0xf8c1, 0xf8d6]

/**
 * May stand in a tag, but a tag of these and digits alone is none: _ · ־ ׳ ״ ་ ༌ ZWNJ ZWJ 〃 〜 ゛ ゜ ゠ ・ ꙾ ～
 */
const SPECIALS = [
  0x5f, 0xb7, 0x5be, 0x5f3, 0x5f4, 0xf0b, 0xf0c, 0x200c, 0x200d, 0x3003, 0x301c, 0x309b, 0x309c, 0x30a0, 0x30fb, 0xa67e,
  0xff5e,
]

/** A tag has at least one of these. */
export const LETTER = 1
/** A digit or special: may stand in a tag. */
export const JOINER = 2

const letterRanges = (): readonly number[] => [...unpackRanges(LETTERS_AND_MARKS), ...PRIVATE_LETTERS]
const joinerRanges = (): readonly number[] => [...unpackRanges(DIGITS), ...SPECIALS.flatMap((code) => [code, code])]

let table: Uint8Array | undefined

/** LETTER, JOINER or 0 for each code point: 1.1 MB, made at first use, for whoever asks on this thread. */
export function alphabetTable(): Uint8Array {
  if (table) return table
  table = new Uint8Array(0x110000)
  fillRanges(table, joinerRanges(), JOINER)
  fillRanges(table, letterRanges(), LETTER)
  return table
}

/** First and last code points in turn, from base-36 distances. */
function unpackRanges(packed: string): number[] {
  let bound = 0
  return packed.split(' ').map((distance) => {
    bound += Number.parseInt(distance, 36)
    return bound
  })
}

function fillRanges(target: Uint8Array, ranges: readonly number[], flag: number): void {
  for (let i = 0; i < ranges.length; i += 2) target.fill(flag, ranges[i]!, ranges[i + 1]! + 1)
}
