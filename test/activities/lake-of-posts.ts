/** A lake filled by the real archive from posts whose truth is known, without Kafka: offsets are given here. */
import { partitionOf } from '../../kafka/partition.ts'
import { createArchive } from '../../lake/archive/archive.ts'
import type { FileStore } from '../../lake/file-store.ts'
import type { Layout } from '../../lake/layout.ts'
import { silentLogger } from '../../model/log.ts'
import type { Message } from '../../model/messages.ts'
import { posts as stream } from '../../model/streams/posts.ts'
import { type HourId, hourOf, hourStart } from '../../model/time.ts'
import { messageOf, postOf } from '../lake/posts.ts'
import { livePosts } from '../speed/live-posts.ts'

export interface KnownPost {
  readonly id: string
  readonly at: number
  readonly text: string
  /** Keys that hashtags@1 finds, and those that hashtags@2 does. */
  readonly keys: { readonly 'hashtags@1': readonly string[]; readonly 'hashtags@2': readonly string[] }
}

export type Rule = keyof KnownPost['keys']

/** Posts of one hour; in every fourth a tag stands in brackets, which only hashtags@2 finds. */
export function knownPosts(hour: HourId, count: number, firstId = 0): KnownPost[] {
  const from = hourStart(hour)
  return [...livePosts({ count, from, spanMs: 3_600_000, firstId, tags: 300, copyEach: 50 })].map(
    ({ post, keys }, i) => {
      const wrapped = i % 4 === 0 ? `wrapped${i % 7}` : undefined
      return {
        id: `${hour}:${post.id}`,
        at: post.created_at,
        text: wrapped ? `${post.text} (#${wrapped})` : post.text,
        keys: { 'hashtags@1': keys, 'hashtags@2': wrapped ? [...keys, wrapped] : keys },
      }
    },
  )
}

export interface HourTruth {
  readonly records: number
  readonly copies: number
  /** Count of each key. */
  readonly counts: Readonly<Record<string, number>>
}

export class LakeOfPosts {
  readonly #store: FileStore
  readonly #layout: Layout
  readonly #partitions: number
  readonly #offsets: number[]
  readonly #posts: KnownPost[] = []
  #writers = 0

  constructor(place: { readonly store: FileStore; readonly layout: Layout }, partitions = 4) {
    this.#store = place.store
    this.#layout = place.layout
    this.#partitions = partitions
    this.#offsets = new Array<number>(partitions).fill(0)
  }

  /** As Kafka would tell it. */
  highWatermarks(): ReadonlyMap<number, number> {
    return new Map(this.#offsets.entries())
  }

  hours(): HourId[] {
    return [...new Set(this.#posts.map(({ at }) => hourOf(at)))].sort()
  }

  /** Archives the posts: one commit a partition, made at `at` (wall clock, ms), now unless said. */
  async append(posts: readonly KnownPost[], at?: number): Promise<void> {
    const messages: Message[][] = Array.from({ length: this.#partitions }, () => [])
    // Copies have their original's id, so its bytes: what is archived for an id is what came first.
    for (const post of posts) {
      const partition = partitionOf(Buffer.from(post.id), this.#partitions)
      messages[partition]!.push(messageOf(this.#offsets[partition]!, postOf(post.id, post.at, post.text)))
      this.#offsets[partition]! += 1
    }
    this.#posts.push(...posts)
    this.#writers += 1
    const archive = createArchive({
      store: this.#store,
      layout: this.#layout,
      stream,
      topic: 'test.posts',
      writer: `test-${process.pid}-${this.#writers}`,
      clock: at === undefined ? Date.now : () => at,
      logger: silentLogger,
      commitBytes: 1 << 30,
      commitAgeMs: 1 << 30,
      blockBytes: 16 * 1024,
      reject: async (_message, _partition, reason) => {
        throw new Error(`a known post was rejected: ${reason}`)
      },
    })
    await Promise.all(
      messages.map(async (batch, partition) => {
        if (batch.length === 0) return
        const reader = archive.open(partition)
        await reader.start(undefined, 0)
        await reader.take({
          partition,
          messages: batch,
          to: batch.at(-1)!.offset + 1,
          highWatermark: this.#offsets[partition]!,
        })
        await reader.close('stopped')
      }),
    )
  }

  /** What the rule must count in the hour: a plain Map over ids. */
  truth(hour: HourId, rule: Rule): HourTruth {
    const seen = new Set<string>()
    const counts: Record<string, number> = {}
    let copies = 0
    for (const { id, at, keys } of this.#posts) {
      if (hourOf(at) !== hour) continue
      if (seen.has(id)) {
        copies += 1
        continue
      }
      seen.add(id)
      for (const key of keys[rule]) counts[key] = (counts[key] ?? 0) + 1
    }
    return { records: seen.size, copies, counts }
  }
}
