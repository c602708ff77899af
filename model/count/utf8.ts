/**
 * One code point out of UTF-8 (RFC 3629), forwards or backwards, strictly: over-long forms, surrogates, lone or missing
 * continuation bytes give MALFORMED, never a character. Decoders make U+FFFD of these in ways that differ in number; who
 * meets one here asks a real decoder.
 */

export const MALFORMED = -1

/** The code point at bytes[at], which is not ASCII, in a text that stops at `end`. */
export function codePointAt(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!
  if (lead < 0xc2 || lead > 0xf4) return MALFORMED
  const length = utf8Length(lead)
  if (at + length > end) return MALFORMED
  const second = bytes[at + 1]!
  if ((second & 0xc0) !== 0x80) return MALFORMED
  if (length === 2) return ((lead & 0x1f) << 6) | (second & 0x3f)
  const third = bytes[at + 2]!
  if ((third & 0xc0) !== 0x80) return MALFORMED
  if (length === 3) {
    const code = ((lead & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f)
    return code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? MALFORMED : code
  }
  const fourth = bytes[at + 3]!
  if ((fourth & 0xc0) !== 0x80) return MALFORMED
  const code = ((lead & 0x07) << 18) | ((second & 0x3f) << 12) | ((third & 0x3f) << 6) | (fourth & 0x3f)
  return code < 0x10000 || code > 0x10ffff ? MALFORMED : code
}

/** The code point that ends right before bytes[end], whose last byte is not ASCII, in a text that begins at `start`. */
export function codePointBefore(bytes: Uint8Array, start: number, end: number): number {
  let at = end - 1
  while (at > start && at > end - 4 && (bytes[at]! & 0xc0) === 0x80) at--
  return at + utf8Length(bytes[at]!) === end ? codePointAt(bytes, at, end) : MALFORMED
}

/** Bytes of the sequence that a lead byte begins. */
export function utf8Length(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
}
