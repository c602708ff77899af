/**
 * Text as a terminal may have it. Ids, handles, reasons and names of sources are written by strangers: an escape sequence in one of
 * them would colour the screen, set the window's title, or hide what follows; a bidirectional override turns `gnp.exe` round.
 */

/**
 * Our own colours, which are kept, or a control character: C0 but for tab and line feed, DEL, C1 (also the one-byte CSI), and what
 * overrides the direction of writing. Joiners and direction marks are parts of ordinary words.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const UNSAFE = /(\x1b\[[\d;]*m)|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** Control characters as `\u001b`: what is JSON stays the same JSON. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (character, colour?: string) => {
    return colour ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
