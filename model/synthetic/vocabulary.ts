/**
 * The tags of synthetic posts, by rank: rank 0 is used most (Zipf). The first are real-looking ones of all languages, the long tail
 * is made of syllables, so that any number of tags exists without a list.
 *
 * Invariant: two ranks never have the same key: within a language the syllables are a prefix code, and languages share none.
 */
import { type Language, languages } from './languages.ts'

export interface Tag {
  /** As an extractor that follows the rules must key it: NFKC, case-folded. */
  readonly key: string
  /** Spellings of that key, the most used first. */
  readonly spellings: readonly string[]
  /** Index into `languages`. */
  readonly language: number
}

export interface Vocabulary {
  readonly size: number
  tag(rank: number): Tag
}

const head: readonly Tag[] = headTags()

/** Which language the tail's ranks belong to, in turn, and how often it came before in the turn. */
const turn = languageTurn()

export function createVocabulary(size: number): Vocabulary {
  // made when first used: a vocabulary of a million costs only what is drawn
  const made: (Tag | undefined)[] = new Array(Math.min(size, 1 << 16))
  return {
    size,
    tag(rank) {
      const known = made[rank]
      if (known !== undefined) return known
      const tag = head[rank] ?? tailTag(rank - head.length)
      made[rank] = tag
      return tag
    },
  }
}

function headTags(): Tag[] {
  const tags: Tag[] = []
  const longest = Math.max(...languages.map(({ tags: own }) => own.length))
  for (let level = 0; level < longest; level++) {
    for (const [index, language] of languages.entries()) {
      const own = language.tags[level]
      if (own === undefined) continue
      const [shown, key] = typeof own === 'string' ? [own, own.toLowerCase()] : own
      tags.push({ key, spellings: spellingsOf(shown, key, language), language: index })
    }
  }
  return tags
}

function languageTurn(): { readonly language: number; readonly before: number }[] {
  const total = languages.reduce((sum, { weight }) => sum + weight, 0)
  const given = languages.map(() => 0)
  const order: { language: number; before: number }[] = []
  for (let place = 1; place <= total; place++) {
    // the language that is furthest behind its share
    let next = 0
    for (let i = 1; i < languages.length; i++) {
      if (owed(i, place) > owed(next, place)) next = i
    }
    order.push({ language: next, before: given[next]! })
    given[next]!++
  }
  return order

  function owed(index: number, place: number) {
    return (languages[index]!.weight * place) / total - given[index]!
  }
}

function tailTag(index: number): Tag {
  const { language: which, before } = turn[index % turn.length]!
  const language = languages[which]!
  const number = Math.floor(index / turn.length) * language.weight + before
  const key = word(number, language.syllables)
  const shown = language.cased ? capitalize(key) : key
  return { key, spellings: spellingsOf(shown, key, language), language: which }
}

/** The number-th word: all of two syllables first, then of three, and so on; neighbours do not look alike. */
function word(number: number, syllables: readonly string[]): string {
  const base = syllables.length
  let length = 2
  let words = base ** 2
  let rest = number
  while (rest >= words) {
    rest -= words
    words *= base
    length++
  }
  // 7919 is prime and larger than any base, so this is a permutation of [0, words)
  rest = (rest * 7919) % words
  let text = ''
  for (let i = 0; i < length; i++) {
    text += syllables[rest % base]!
    rest = Math.floor(rest / base)
  }
  return text
}

function spellingsOf(shown: string, key: string, language: Language): string[] {
  if (!language.cased) return [shown]
  // upper-casing changes some words (ß, a final ς) in a way that still folds to the key; where it does not, leave it out
  return [...new Set([shown, key.toLowerCase(), shown.toUpperCase()])]
}

function capitalize(word: string): string {
  const [first = ''] = word
  return first.toUpperCase() + word.slice(first.length)
}
