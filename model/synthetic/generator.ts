/**
 * Synthetic posts whose truth is known: the generator puts the tags into the text itself, so it knows each post's keys without any extractor.
 *
 * Tags are drawn by Zipf's law from many scripts; each hour has bursts of its own, so that there is something to find. Texts hold what
 * naive extractors get wrong: tags without a space before them, in brackets, after an emoji, with a full-width ＃, repeated
 * in other case; and what looks like a tag and is none: digits only, a # in a link, in a word or in a keycap emoji.
 *
 * Invariant: what `block` gives depends on the options and the block's number alone.
 */

import type { Post } from '../streams/posts.ts'
import { HOUR_MS } from '../time.ts'
import { languages } from './languages.ts'
import { BLOCK_POSTS, planTimes, type SyntheticOptions } from './plan.ts'
import { createRandom, type Random } from './random.ts'
import { createVocabulary, type Tag } from './vocabulary.ts'

export interface Generated {
  readonly post: Post
  /** The keys of its tags, each once. */
  readonly keys: readonly string[]
  /** Whether a post with the same id came before. */
  readonly copy: boolean
}

export interface SyntheticStream {
  readonly blocks: number
  /**
   * The posts of a block in order of event time, each copy somewhat behind its original.
   * @param receivedAt their `received_at`, ms; unless said, a quarter of a second after the event
   */
  block(number: number, receivedAt?: number): Generated[]
}

const TAGS_DEFAULT = 20_000
const COPIES_DEFAULT = 0.01
const TAGGED_SHARE = 0.4
const RETWEET_SHARE = 0.2
const BURST_SHARE = 0.2
const BURSTS_AN_HOUR = 3
const AUTHORS = 5_000

/** All posts with their truth, in order. `fromBlock`: go on at this block. */
export function* generate(options: SyntheticOptions, fromBlock = 0): Generator<Generated> {
  const stream = createSyntheticStream(options)
  for (let number = fromBlock; number < stream.blocks; number++) yield* stream.block(number)
}

export function createSyntheticStream(options: SyntheticOptions): SyntheticStream {
  const times = planTimes(options)
  const { seed, posts, copies = COPIES_DEFAULT, tags = TAGS_DEFAULT } = options
  const vocabulary = createVocabulary(tags)
  const logTags = Math.log(tags)
  const burstsOf = hourlyBursts(seed, Math.min(tags, 2_000), (rank) => vocabulary.tag(rank))

  const drawTag = (random: Random, ms: number): Tag => {
    if (random.unit() < BURST_SHARE) {
      const bursts = burstsOf(Math.floor(ms / HOUR_MS))
      // the first burst of an hour is the strongest
      return bursts[Math.floor(random.unit() ** 2 * bursts.length)]!
    }
    // P(rank < r) = ln r / ln n: Zipf's law with exponent 1, without a table
    return vocabulary.tag(Math.floor(Math.exp(random.unit() * logTags)) - 1)
  }

  return {
    blocks: times.blocks,
    block(number, receivedAt) {
      const random = createRandom(seed, number)
      const end = Math.min(posts, (number + 1) * BLOCK_POSTS)
      const made: Generated[] = []
      const again: { readonly at: number; readonly copy: Generated }[] = []
      let due = 0
      for (let n = number * BLOCK_POSTS; n < end; n++) {
        const ms = times.timeOf(n)
        const earlier = made.length > 0 && random.unit() < RETWEET_SHARE ? made[random.below(made.length)]! : undefined
        const generated =
          earlier && earlier.post.retweet_of === null
            ? retweet(random, postId(seed, n), ms, receivedAt ?? ms + 250, earlier)
            : write(random, postId(seed, n), ms, receivedAt ?? ms + 250, drawTag)
        made.push(generated)
        if (random.unit() < copies) {
          again.push({ at: n + 1 + random.below(200), copy: { ...generated, copy: true } })
          again.sort((a, b) => a.at - b.at)
        }
        while (due < again.length && again[due]!.at <= n) made.push(again[due++]!.copy)
      }
      while (due < again.length) made.push(again[due++]!.copy)
      return made
    },
  }
}

/** The number of a post in its own stream is its id; different seeds never share one. */
function postId(seed: number, number: number): string {
  return `synthetic:${(seed + 1) * 10_000_000_000 + number}`
}

/** The tags that trend in an hour: its own bursts, and what is left of those of the hour before. */
function hourlyBursts(seed: number, ranks: number, tagOf: (rank: number) => Tag): (hour: number) => readonly Tag[] {
  let known = -1
  let bursts: readonly Tag[] = []
  const own = (hour: number) => {
    const random = createRandom(seed + 0x5eed, hour)
    return Array.from({ length: BURSTS_AN_HOUR }, () => tagOf(random.below(ranks)))
  }
  return (hour) => {
    if (hour !== known) {
      known = hour
      bursts = [...own(hour), ...own(hour - 1)]
    }
    return bursts
  }
}

const authors = Array.from({ length: AUTHORS }, (_, i) => ({ id: `synthetic:${i + 1}`, handle: `user_${i + 1}` }))
const EMOJI = ['🎉', '🔥', '❤️', '😂', '🚀', '👩‍👩‍👧', '🇫🇷', '☕']
const ENDS = ['', '', '', '!', ',', '.', '…', ')', '?']
/** They look like tags, and are none. */
const LOOKALIKES = ['#1', '#2026', 'C#', 'a#b', '#️⃣', '# ', '&#39', '#_', '##']
const EMPTY: readonly string[] = []

function write(
  random: Random,
  id: string,
  ms: number,
  receivedAt: number,
  drawTag: (random: Random, ms: number) => Tag,
): Generated {
  const tagged = random.unit() < TAGGED_SHARE
  const first = tagged ? drawTag(random, ms) : undefined
  const language = languages[first ? first.language : weightedLanguage(random)]!
  const phrases = language.phrases
  let text = ''
  let mentions = EMPTY
  let urls = EMPTY
  let replyTo: string | null = null
  if (random.unit() < 0.25) {
    const mentioned = authors[random.below(AUTHORS)]!
    mentions = [mentioned.handle]
    text = `@${mentioned.handle} `
    if (random.unit() < 0.5) replyTo = `synthetic:${random.next()}`
  }
  text += `${phrases[random.below(phrases.length)]!} ${phrases[random.below(phrases.length)]!}`
  let hashtags = EMPTY
  let keys = EMPTY
  if (first) {
    const shown: string[] = []
    const found: string[] = []
    text += putTag(random, first, shown, found)
    if (random.unit() < 0.5) text += ` ${phrases[random.below(phrases.length)]!}`
    while (shown.length < 5 && random.unit() < 0.3) text += putTag(random, drawTag(random, ms), shown, found)
    if (random.unit() < 0.05) text += putTag(random, first, shown, found)
    hashtags = shown
    keys = found
  } else if (random.unit() < 0.5) {
    text += ` ${phrases[random.below(phrases.length)]!}`
  }
  if (random.unit() < 0.08) text += ` ${LOOKALIKES[random.below(LOOKALIKES.length)]!} `
  if (random.unit() < 0.3) {
    const url = `https://example.com/${random.next().toString(36)}${random.unit() < 0.2 ? '/#section' : ''}`
    urls = [url]
    text += ` ${url}`
  }
  const post: Post = {
    id,
    created_at: ms,
    text,
    lang: language.code,
    author: authors[Math.floor(random.unit() ** 3 * AUTHORS)]!,
    source: 'synthetic',
    received_at: receivedAt,
    retweet_of: null,
    reply_to: replyTo,
    quote_of: null,
    entities: { hashtags, mentions, urls, media: EMPTY },
  }
  return { post, keys, copy: false }
}

/** A tag as people write it: mostly behind a space, sometimes not. What follows it always ends it. */
function putTag(random: Random, tag: Tag, shown: string[], found: string[]): string {
  const draw = random.unit()
  const spellings = tag.spellings
  const spelling = draw < 0.8 ? spellings[0]! : spellings[random.below(spellings.length)]!
  shown.push(spelling)
  if (!found.includes(tag.key)) found.push(tag.key)
  const style = random.below(20)
  const end = ENDS[random.below(ENDS.length)]!
  if (style === 0) return ` ${EMOJI[random.below(EMOJI.length)]!}#${spelling}${end}`
  if (style === 1) return ` (#${spelling})`
  if (style === 2) return ` ＃${spelling}${end}`
  if (style === 3) return `,#${spelling} `
  if (style === 4) return ` "#${spelling}"`
  return ` #${spelling}${end}`
}

function retweet(random: Random, id: string, ms: number, receivedAt: number, earlier: Generated): Generated {
  const { post: of, keys } = earlier
  const post: Post = {
    id,
    created_at: ms,
    text: `RT @${of.author.handle}: ${of.text}`,
    lang: of.lang,
    author: authors[random.below(AUTHORS)]!,
    source: 'synthetic',
    received_at: receivedAt,
    retweet_of: of.id,
    reply_to: null,
    quote_of: null,
    entities: { ...of.entities, mentions: [of.author.handle, ...of.entities.mentions] },
  }
  return { post, keys, copy: false }
}

const languageByDraw = Uint8Array.from(languages.flatMap(({ weight }, index) => new Array<number>(weight).fill(index)))

function weightedLanguage(random: Random): number {
  return languageByDraw[random.below(languageByDraw.length)]!
}
