/**
 * Posts for the bench, written as Avro bodies straight into a buffer (about a microsecond each), with the truth beside them.
 *
 * The shape follows PERFORMANCE figures: mean text of about 123 characters, 200,000 Zipf tags in eight scripts, two posts in
 * five with tags, one post in 200 a copy of an earlier one of its file (same id, same bytes).
 *
 * Invariant: (seed, hour, partition) alone decide the bytes, so files can be made in any order by any number of threads.
 */
import { HOUR_MS } from '../../model/time.ts'
import { randomOf, zipfOf } from './random.ts'
import { tagKey, tagSpellings, words } from './vocabulary.ts'

const TAGS = 200_000
const WORDS = 20_000
/** One post in so many is a copy. */
const COPY_EVERY = 200
/** No body is longer: a caller's buffer must have this much room. */
export const POST_BYTES_MAX = 4_096

export interface PostWriter {
  /** Writes the next post's Avro body at `at`; returns where it ends. */
  write(target: Buffer, at: number): number
  /** Records that have the tag, by rank; copies are not counted. */
  readonly truth: ReadonlyMap<number, number>
  readonly copies: number
}

export interface PostVocabulary {
  writer(options: { seed: number; hourStartMs: number; partition: number; posts: number }): PostWriter
  key(rank: number): string
}

/** Building it costs about half a second; make one a thread. */
export function createPostVocabulary(): PostVocabulary {
  const tags = Array.from({ length: TAGS }, (_, rank) => tagSpellings(rank).map((text) => Buffer.from(text)))
  const texts = words(WORDS).map((word) => Buffer.from(`${word} `))
  const drawTag = zipfOf(TAGS, 1)
  const drawWord = zipfOf(WORDS, 1)
  return {
    key: tagKey,
    writer: ({ seed, hourStartMs, partition, posts }) => {
      const hour = Math.floor(hourStartMs / HOUR_MS)
      const random = randomOf(seed ^ Math.imul(hour, 7_919) ^ Math.imul(partition + 1, 104_729))
      const truth = new Map<number, number>()
      const text = Buffer.alloc(POST_BYTES_MAX)
      const last = Buffer.alloc(POST_BYTES_MAX)
      let lastLength = 0
      let copies = 0
      let sequence = 0

      const drawn: number[] = []
      const drawTags = () => {
        drawn.length = 0
        const dice = random.below(100)
        const count = dice < 60 ? 0 : dice < 82 ? 1 : dice < 94 ? 2 : 3
        for (let i = 0; i < count; i++) {
          const rank = drawTag(random)
          // One tag in four is of this hour's own fashion, so that hours have different winners.
          drawn.push(random.below(4) === 0 ? (rank + hour * 977) % TAGS : rank)
        }
      }

      const writeText = (): number => {
        let at = 0
        const wanted = 11 + random.below(28)
        const tagsAt = wanted - drawn.length
        for (let i = 0; i < wanted; i++) {
          if (i >= tagsAt) {
            text[at++] = 0x23
            at += tags[drawn[i - tagsAt]!]![random.below(8) === 0 ? 1 : 0]!.copy(text, at)
            text[at++] = 0x20
          } else at += texts[drawWord(random)]!.copy(text, at)
        }
        return at - 1
      }

      const write = (target: Buffer, start: number): number => {
        if (lastLength > 0 && random.below(COPY_EVERY) === 0) {
          copies++
          return start + last.copy(target, start, 0, lastLength)
        }
        drawTags()
        const textLength = writeText()
        const number = sequence++
        const createdAt = hourStartMs + Math.floor((number / posts) * (HOUR_MS - 1))
        let at = writeString(target, start, `x:${postId(hour, partition, number)}`)
        at = writeLong(target, at, createdAt)
        at = writeVarint(target, at, textLength * 2)
        at += text.copy(target, at, 0, textLength)
        at = writeTail(target, at, random.next(), createdAt)
        const distinct = new Set(drawn)
        at = writeTags(target, at, drawn, tags)
        // mentions, urls, media: none
        target[at++] = 0
        target[at++] = 0
        target[at++] = 0
        for (const rank of distinct) truth.set(rank, (truth.get(rank) ?? 0) + 1)
        lastLength = target.copy(last, 0, start, at)
        return at
      }

      return {
        write,
        truth,
        get copies() {
          return copies
        },
      }
    },
  }
}

/** 18 digits, as the platform's ids: unique over hours, partitions and posts. */
function postId(hour: number, partition: number, number: number): string {
  return String(hour * 1_000 + partition).padStart(10, '7') + String(number).padStart(8, '0')
}

const LANG = ['en', 'fr', 'ja', 'ru', 'es'].map((code) => Buffer.from([2, 4, ...Buffer.from(code)]))
const NULL_LANG = Buffer.from([0])

/** lang, author, source, received_at, and the three references that most posts do not have. */
function writeTail(target: Buffer, start: number, dice: number, createdAt: number): number {
  let at = start
  at += (dice % 7 === 0 ? NULL_LANG : LANG[dice % LANG.length]!).copy(target, at)
  const author = 1_000_000 + (dice % 3_000_000)
  at = writeString(target, at, `${author}`)
  at = writeString(target, at, `user_${author}`)
  at = writeString(target, at, 'bench')
  at = writeLong(target, at, createdAt + 800)
  target[at++] = 0
  target[at++] = 0
  target[at++] = 0
  return at
}

function writeTags(
  target: Buffer,
  start: number,
  drawn: readonly number[],
  tags: readonly (readonly Buffer[])[],
): number {
  let at = start
  if (drawn.length > 0) {
    at = writeVarint(target, at, drawn.length * 2)
    for (const rank of drawn) {
      const bytes = tags[rank]![0]!
      at = writeVarint(target, at, bytes.length * 2)
      at += bytes.copy(target, at)
    }
  }
  target[at++] = 0
  return at
}

/** ASCII only. */
function writeString(target: Buffer, start: number, value: string): number {
  const at = writeVarint(target, start, value.length * 2)
  return at + target.write(value, at, 'latin1')
}

function writeLong(target: Buffer, start: number, value: number): number {
  return writeVarint(target, start, value * 2)
}

/** A zigzagged number of up to 53 bits. */
function writeVarint(target: Buffer, start: number, zigzag: number): number {
  let at = start
  let rest = zigzag
  while (rest > 127) {
    target[at++] = (rest % 128) + 128
    rest = Math.floor(rest / 128)
  }
  target[at++] = rest
  return at
}
