/**
 * The path of a link as twitter-text sees it.
 *
 *   path  = "/" { part }
 *   part  = { character | pair } end | pair      the longest that there is
 *   pair  = "(" characters ")" | "(" [ characters ] "(" characters ")" [ characters ] ")"
 *   end   = a character that links end with on purpose: of `/a.` only the full stop is left out, of `/a,b` nothing
 *
 * So a path ends behind the last `end` outside parentheses that can be reached, and behind the pairs that stand right after
 * it: /wiki/Primer_(film). (The published rule also has a part `@…/`; its `/` is an `end`, so that it never adds anything.)
 * Read in one pass: as a regular expression it takes a time that grows with the square of a row of pairs.
 */
import { LATIN_ACCENTS } from './hosts.ts'

const LETTERS = `a-z0-9${LATIN_ACCENTS}\\u0400-\\u04ff`
const CHARACTER = new RegExp(`[${LETTERS}!*';:=+,.$/%#\\[\\]\\-\\u2013_~@|&]`, 'i')
const END = new RegExp(`[${LETTERS}=_#/+\\-]`, 'i')

/** Position behind the path whose content starts at `start`, behind its first `/`. */
export function pathEnd(text: string, start: number): number {
  let end = start
  let at = start
  while (at < text.length) {
    if (text[at] === '(') {
      const behind = pairEnd(text, at)
      if (behind < 0) break
      if (end === at) end = behind
      at = behind
    } else if (CHARACTER.test(text[at]!)) {
      at++
      if (END.test(text[at - 1]!)) end = at
    } else {
      break
    }
  }
  return end
}

/** Position behind the pair of parentheses that opens at `open`, one pair inside it at most; -1 when there is none. */
function pairEnd(text: string, open: number): number {
  const first = charactersEnd(text, open + 1)
  if (text[first] === ')') return first > open + 1 ? first + 1 : -1
  if (text[first] !== '(') return -1
  const inner = charactersEnd(text, first + 1)
  if (text[inner] !== ')' || inner === first + 1) return -1
  const last = charactersEnd(text, inner + 1)
  return text[last] === ')' ? last + 1 : -1
}

function charactersEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && CHARACTER.test(text[at]!)) at++
  return at
}
