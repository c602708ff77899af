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
import { letterClass, tagClass } from './alphabet.ts'
import type { Extractor } from './extractor.ts'
import { keyOf } from './key.ts'
import { findUrls, type Span } from './urls.ts'

const SIGN = /[#＃]/

/** Compiled at first use: nothing does work at import. */
let compiled: RegExp | undefined

function pattern(): RegExp {
  if (compiled) return compiled
  const tag = tagClass()
  const before = `^|[\\ufe0e\\ufe0f]|[^&${tag}]`
  compiled = new RegExp(`(?:${before})[#＃](?![\\ufe0f\\u20e3])([${tag}]*[${letterClass()}][${tag}]*)`, 'gu')
  return compiled
}

function extract(text: string): readonly string[] {
  if (!SIGN.test(text)) return []
  const tags: (Span & { readonly term: string })[] = []
  // A lone surrogate reads as U+FFFD, which is what UTF-8 makes of it on the way to the lake.
  const wellFormed = text.toWellFormed()
  for (const match of wellFormed.matchAll(pattern())) {
    const end = match.index + match[0].length
    if (isRefusedBy(wellFormed, end)) continue
    const term = match[1]!
    tags.push({ start: end - term.length - 1, end, term })
  }
  return tags.length === 0 ? [] : outsideUrls(tags, findUrls(wellFormed))
}

function isRefusedBy(text: string, end: number): boolean {
  const next = text[end]
  return next === '#' || next === '＃' || (next === ':' && text.startsWith('://', end))
}

/** Of a tag and a link that overlap, the one that starts first is there and the other is not. */
function outsideUrls(tags: readonly (Span & { readonly term: string })[], urls: readonly Span[]): string[] {
  const terms: string[] = []
  let url = 0
  let end = 0
  for (const tag of tags) {
    for (; url < urls.length && urls[url]!.start < tag.start; url++) {
      if (urls[url]!.start >= end) end = urls[url]!.end
    }
    if (tag.start < end) continue
    terms.push(tag.term)
    end = tag.end
  }
  return terms
}

export const hashtags2 = {
  name: 'hashtags@2',
  family: 'hashtags',
  version: 2,
  about: "twitter-text's published rules: every script, marks, what may stand before and after, links",
  extract,
  key: keyOf,
} as const satisfies Extractor
