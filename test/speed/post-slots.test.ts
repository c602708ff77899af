import { describe, expect, it } from 'vitest'
import type { Message } from '../../model/messages.ts'
import { createPostEncoder } from '../../model/streams/encode-post.ts'
import { singleObjectHeader } from '../../model/streams/fingerprint.ts'
import { posts as stream } from '../../model/streams/posts.ts'
import { extractorNamed } from '../../model/terms/index.ts'
import type { SlotCounter } from '../../speed/partition-counter.ts'
import { postSlots } from '../../speed/post-slots.ts'
import { livePosts, truthOf } from './live-posts.ts'

const encoder = createPostEncoder(singleObjectHeader(stream.schema))
const extractor = extractorNamed('hashtags@2')
const SPAN = { from: Date.parse('2026-11-16T07:00Z'), spanMs: 60_000 }

function messagesOf(posts: ReturnType<typeof livePosts>): Message[] {
  return Array.from(posts, ({ post }, offset) => ({ offset, timestamp: post.created_at, ...encoder.encode(post) }))
}

function countsOf(slot: SlotCounter): Map<string, number> {
  const { keys, counts } = slot.tally()
  return new Map(keys.map((key, i) => [key, counts[i]!]))
}

describe('a slot of posts', () => {
  it('counts what a plain count counts, straight from messages', () => {
    const posts = { count: 3_000, copyEach: 10, ...SPAN }
    const slot = postSlots({ extractor, onIdsFull: () => {} })()
    for (const message of messagesOf(livePosts(posts))) expect(slot.add(message)).toBe(true)
    const truth = truthOf(livePosts(posts), 300_000).get('2026-11-16T07:00')!
    expect(countsOf(slot)).toEqual(truth.counts)
    expect(slot.records).toBe(truth.ids.size)
    expect(slot.copies).toBe(truth.copies)
    expect(slot.copies).toBeGreaterThan(0)
  })

  it('shares spellings with other slots, not counts, also when their table is renewed', () => {
    const open = postSlots({ extractor, spellingsMax: 100, onIdsFull: () => {} })
    const messages = messagesOf(livePosts({ count: 400, ...SPAN }))
    const alone = postSlots({ extractor, onIdsFull: () => {} })()
    for (const message of messages) alone.add(message)
    for (let i = 0; i < 3; i++) {
      const slot = open()
      for (const message of messages) slot.add(message)
      expect(slot.tally()).toEqual(alone.tally())
    }
  })

  it('says once when it keeps no more ids, and counts on', () => {
    const full: number[] = []
    const slot = postSlots({ extractor, idsMax: 10, onIdsFull: (ids) => full.push(ids) })()
    const messages = messagesOf(livePosts({ count: 20, ...SPAN }))
    for (const message of [...messages, ...messages]) slot.add(message)
    expect(full).toEqual([10])
    expect(slot.records).toBe(40)
  })

  it('refuses what is no post and counts nothing of it', () => {
    const slot = postSlots({ extractor, onIdsFull: () => {} })()
    const [good] = messagesOf(livePosts({ count: 1, ...SPAN }))
    const values = [
      Buffer.alloc(0),
      good!.value.subarray(1),
      good!.value.subarray(0, good!.value.length - 1),
      Buffer.concat([good!.value, Buffer.of(0)]),
    ]
    for (const value of values) expect(slot.add({ ...good!, value })).toBe(false)
    expect(slot.records).toBe(0)
    expect(slot.tally().keys).toEqual([])
    expect(slot.add(good!)).toBe(true)
  })
})
