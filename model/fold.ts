/**
 * Full Unicode case folding (CaseFolding.txt, statuses C and F): `Straße` and `STRASSE` become one, as do ς and σ.
 *
 * Folding is a map of single code points. Lower-casing the upper case of each gives it, but for the exceptions below; a
 * test holds all 1,585 entries of Unicode 17. Lower-casing a whole string would not do: there a Σ at the end of a word
 * becomes ς, and the same word would have two keys.
 *
 * Invariant: Unicode promises that the folding of an assigned character never changes, so keys do not either.
 */

const UPPER_CHEROKEE_SMALL = 0xab70 - 0x13a0

/** `text` with every code point folded. Idempotent. Lone surrogates stay as they are. */
export function foldCase(text: string): string {
  if (isLowerAscii(text)) return text
  let folded = ''
  for (const character of text) folded += foldCharacter(character)
  return folded
}

function foldCharacter(character: string): string {
  const code = character.codePointAt(0)!
  if (code < 0x80) return character.toLowerCase()
  // Cherokee folds to its capitals: they were there first, the small letters came with Unicode 8.
  if (code >= 0x13a0 && code <= 0x13f5) return character
  if (code >= 0x13f8 && code <= 0x13fd) return String.fromCharCode(code - 8)
  if (code >= 0xab70 && code <= 0xabbf) return String.fromCharCode(code - UPPER_CHEROKEE_SMALL)
  // ı is not i: only Turkic folding (status T) makes them one, and it would part I from i.
  if (code === 0x131) return character
  // ẞ is its own upper case, yet folds as ß does.
  if (code === 0x1e9e) return 'ss'
  let folded = ''
  for (const upper of character.toUpperCase()) folded += upper.toLowerCase()
  return folded
}

function isLowerAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80 || (code >= 0x41 && code <= 0x5a)) return false
  }
  return true
}
