/**
 * `hashtags@2`: twitter-text's published rule for hashtags, completely (version 3.1.0; docs/hashtags.md has it in prose).
 *
 *   tag      = before, sign, not (U+FE0F or U+20E3), term, not (sign or "://")
 *   before   = the start of the text, U+FE0E, U+FE0F, or a character that is neither "&" nor of the tag alphabet
 *   sign     = "#" | "＃"
 *   term     = the longest run of the tag alphabet, with at least one letter or mark
 *
 * and a tag that starts inside a link is none. The rule is applied from left to right and a term, also a refused one, is
 * used up: what is in it cannot stand before the next sign.
 */
import { alphabetTable, LETTER } from './alphabet.ts'
import type { Extractor } from './extractor.ts'
import { keyOf } from './key.ts'
import { findUrls, type Span } from './urls.ts'

const SIGN = /[#＃]/g
const AMPERSAND = 0x26
const TEXT_STYLE = 0xfe0e
const EMOJI_STYLE = 0xfe0f
const KEYCAP = 0x20e3

function extract(text: string): readonly string[] {
  // A lone surrogate reads as U+FFFD, which is what UTF-8 makes of it on the way to the lake.
  const wellFormed = text.toWellFormed()
  const tags = findTags(wellFormed)
  // A sign inside a link stands behind the / of its protocol or path or the ? of its query.
  const urls = tags.length > 0 && /[/?]/.test(wellFormed) ? findUrls(wellFormed) : []
  return outsideUrls(tags, urls).map(({ start, end }) => wellFormed.slice(start + 1, end))
}

/** Tags with their signs, links not considered. */
function findTags(text: string): Span[] {
  const tags: Span[] = []
  const alphabet = alphabetTable()
  let used = 0
  for (let sign = nextSign(text, 0); sign >= 0; ) {
    const end = mayStandBefore(alphabet, text, used, sign) ? termEnd(alphabet, text, sign + 1) : -1
    if (end < 0) {
      sign = nextSign(text, sign + 1)
      continue
    }
    used = end
    if (!isRefusedBy(text, end)) tags.push({ start: sign, end })
    sign = nextSign(text, end)
  }
  return tags
}

function nextSign(text: string, from: number): number {
  SIGN.lastIndex = from
  return SIGN.test(text) ? SIGN.lastIndex - 1 : -1
}

/** Whether a sign may stand where it does: what is before `used` belongs to a term. */
function mayStandBefore(alphabet: Uint8Array, text: string, used: number, sign: number): boolean {
  if (sign === 0) return true
  if (sign === used) return false
  const unit = text.charCodeAt(sign - 1)
  const isSecondHalf = (unit & 0xfc00) === 0xdc00
  const code = isSecondHalf ? text.codePointAt(sign - 2)! : unit
  return alphabet[code] === 0 ? code !== AMPERSAND : code === EMOJI_STYLE || code === TEXT_STYLE
}

/** Position behind the term that starts at `start`, -1 when none does. */
function termEnd(alphabet: Uint8Array, text: string, start: number): number {
  let seen = 0
  let at = start
  while (at < text.length) {
    const code = text.codePointAt(at)!
    const kind = alphabet[code]!
    if (kind === 0 || (at === start && (code === EMOJI_STYLE || code === KEYCAP))) break
    seen |= kind
    at += code > 0xffff ? 2 : 1
  }
  return (seen & LETTER) === 0 ? -1 : at
}

function isRefusedBy(text: string, end: number): boolean {
  const next = text[end]
  return next === '#' || next === '＃' || (next === ':' && text.startsWith('://', end))
}

/** Of a tag and a link that overlap, the one that starts first is there and the other is not. */
function outsideUrls(tags: readonly Span[], urls: readonly Span[]): readonly Span[] {
  if (urls.length === 0) return tags
  const outside: Span[] = []
  let url = 0
  let end = 0
  for (const tag of tags) {
    for (; url < urls.length && urls[url]!.start < tag.start; url++) {
      if (urls[url]!.start >= end) end = urls[url]!.end
    }
    if (tag.start < end) continue
    outside.push(tag)
    end = tag.end
  }
  return outside
}

export const hashtags2 = {
  name: 'hashtags@2',
  family: 'hashtags',
  version: 2,
  about: "twitter-text's published rules: every script, marks, what may stand before and after, links",
  extract,
  key: keyOf,
} as const satisfies Extractor
