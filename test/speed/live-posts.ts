/** Posts whose truth is known without any extractor of ours, and how they get into Kafka: for tests on real services. */
import type { Producer } from 'kafkajs'
import { partitionOf } from '../../kafka/partition.ts'
import { createPostEncoder } from '../../model/streams/encode-post.ts'
import { singleObjectHeader } from '../../model/streams/fingerprint.ts'
import { type Post, posts as stream } from '../../model/streams/posts.ts'
import { slotId, slotStartOf } from '../../model/time.ts'

export interface LivePost {
  readonly post: Post
  /** Keys of its tags, each once. */
  readonly keys: readonly string[]
}

export interface LivePostsOptions {
  readonly count: number
  /** Event times: from `from`, over so many ms. */
  readonly from: number
  readonly spanMs: number
  /** Numbers the ids. */
  readonly firstId?: number
  readonly tags?: number
  /** Event times are out of order by up to this, ms. */
  readonly disorderMs?: number
  /** One in so many posts comes twice; 0: none. */
  readonly copyEach?: number
}

const WORDS = ['one', 'more', 'word', 'über', 'naïve', 'слово', '言葉', 'and', 'then', 'nothing', 'https://t.co/x']

/** Spreads 0, 1, 2… over [0, 1) evenly; the same always. */
function spread(i: number, salt: number): number {
  let hash = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}

export function* livePosts(options: LivePostsOptions): Generator<LivePost> {
  const { count, from, spanMs, firstId = 0, tags = 500, disorderMs = 0, copyEach = 0 } = options
  let copied: LivePost | undefined
  for (let i = 0; i < count; i++) {
    const createdAt = Math.max(from, Math.floor(from + (i / count) * spanMs - spread(i, 1) * disorderMs))
    const keys = new Set<string>()
    const words: string[] = []
    for (let w = 0; w < 8; w++) words.push(WORDS[Math.floor(spread(i, 10 + w) * WORDS.length)]!)
    for (let t = 0; t < Math.floor(spread(i, 2) * 4); t++) {
      // few tags are frequent, most are rare
      const key = `tag${Math.floor(spread(i, 30 + t) ** 3 * tags)}`
      keys.add(key)
      words.splice(3 * t, 0, `#${spread(i, 50 + t) < 0.3 ? key.toUpperCase() : key}`)
    }
    const live = { post: postOf(`t:${firstId + i}`, createdAt, words.join(' ')), keys: [...keys] }
    yield live
    if (copyEach > 0 && i % copyEach === 0) copied = live
    // the copy comes a little later
    if (copied && i % copyEach === Math.floor(copyEach / 2)) {
      yield copied
      copied = undefined
    }
  }
}

function postOf(id: string, createdAt: number, text: string): Post {
  return {
    id,
    created_at: createdAt,
    text,
    lang: 'en',
    author: { id: 'x:7', handle: 'somebody' },
    source: 'test',
    received_at: createdAt,
    retweet_of: null,
    reply_to: null,
    quote_of: null,
    entities: { hashtags: [], mentions: [], urls: [], media: [] },
  }
}

export interface SlotTruth {
  readonly ids: Set<string>
  readonly counts: Map<string, number>
  copies: number
}

/** What each slot must hold, by slot id: a plain Map, copies counted once. */
export function truthOf(posts: Iterable<LivePost>, slotMs: number): Map<string, SlotTruth> {
  const truth = new Map<string, SlotTruth>()
  for (const { post, keys } of posts) {
    const slot = slotId(slotStartOf(post.created_at, slotMs))
    const there = truth.get(slot) ?? { ids: new Set(), counts: new Map(), copies: 0 }
    truth.set(slot, there)
    if (there.ids.has(post.id)) {
      there.copies++
      continue
    }
    there.ids.add(post.id)
    for (const key of keys) there.counts.set(key, (there.counts.get(key) ?? 0) + 1)
  }
  return truth
}

const SEND_MAX = 2_000

/** Sends in order; each send names one partition. Resolves when all are acknowledged. */
export async function produce(
  producer: Producer,
  topic: string,
  partitions: number,
  posts: Iterable<LivePost>,
): Promise<number> {
  const encoder = createPostEncoder(singleObjectHeader(stream.schema))
  type Waiting = { key: Buffer; value: Buffer; partition: number; timestamp: string }
  const waiting: Waiting[][] = Array.from({ length: partitions }, () => [])
  let sent = 0
  const send = async (messages: Waiting[]) => {
    if (messages.length > 0) await producer.send({ topic, messages: messages.splice(0), acks: -1 })
  }
  for (const { post } of posts) {
    const { key, value } = encoder.encode(post)
    const partition = partitionOf(key, partitions)
    const messages = waiting[partition]!
    messages.push({ key, value, partition, timestamp: String(post.created_at) })
    sent++
    if (messages.length === SEND_MAX) await send(messages)
  }
  for (const messages of waiting) await send(messages)
  return sent
}
