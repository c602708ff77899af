/**
 * How long a term may be, in Unicode code points of the spelling as it was written. Extractors know nothing of it, since their
 * versions never change meaning: the board that counts their terms leaves out those that are longer, and says how many.
 *
 * Without a bound, what people write decides how much memory and how large a document a tally takes: thirty posts, each with a
 * hashtag of 700 KB, made a tally of 21 MB, and MongoDB takes documents of at most 16 MB.
 */

/** Unless the board says otherwise. */
export const TERM_LENGTH_MAX = 128

/**
 * Whether the UTF-8 in bytes[start, end) has more than `lengthMax` code points. Looks at a few hundred bytes at most, however
 * long the slice is; a byte that is malformed counts as the decoder's replacement character would, or less.
 */
export function isLongTerm(bytes: Uint8Array, start: number, end: number, lengthMax: number): boolean {
  if (end - start <= lengthMax) return false
  let length = 0
  for (let at = start; at < end; at++) {
    if ((bytes[at]! & 0xc0) !== 0x80 && ++length > lengthMax) return true
  }
  return false
}

/** The same of a term that is a string. */
export function isLongText(term: string, lengthMax: number): boolean {
  // A code point takes one or two units.
  if (term.length <= lengthMax) return false
  return term.length > 2 * lengthMax || Array.from(term).length > lengthMax
}
