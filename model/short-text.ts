/** Texts that others wrote, at a length that documents, payloads and messages can carry. */

/** The text, or its beginning with `…`: at most so many UTF-16 units, and no half of a character. */
export function shortText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text
  return `${text
    .slice(0, lengthMax - 1)
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`
}
