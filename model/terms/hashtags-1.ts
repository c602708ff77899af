/**
 * `hashtags@1`: the extractor that people write first, as the tutorials do. It is wrong on purpose and stays so: an edition
 * that was counted with it must be explainable for ever.
 *
 *   word = a longest run without white space (ECMAScript's `\s`)
 *   tag  = a word that starts with `#` and at least one of A–Z a–z 0–9 _ ; the term is the longest run of these after `#`
 *
 * Known to be wrong, each put right by `hashtags@2`: `#café` gives `caf`, `#東京` nothing; `(#tag)` and `#one,#two` lose a
 * tag, since they do not start their word; `#1` counts; so does `#https://…`, as `https`.
 */
import type { Extractor } from './extractor.ts'
import { keyOf } from './key.ts'

const TAG = /(?<!\S)#([A-Za-z0-9_]+)/g

export const hashtags1 = {
  name: 'hashtags@1',
  family: 'hashtags',
  version: 1,
  about: 'the naive one: words that start with # and ASCII word characters',
  extract(text) {
    return text.includes('#') ? Array.from(text.matchAll(TAG), (match) => match[1]!) : []
  },
  key: keyOf,
} as const satisfies Extractor
