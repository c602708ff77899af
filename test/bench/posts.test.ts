import { describe, expect, it } from 'vitest'
import { createPostVocabulary, POST_BYTES_MAX } from '../../bench/data/posts.ts'
import type { Post } from '../../model/streams/posts.ts'
import { extractorNamed } from '../../model/terms/index.ts'
import { HOUR_MS, hourStart, parseHour } from '../../model/time.ts'
import { postType } from '../lake/posts.ts'

const vocabulary = createPostVocabulary()
const shape = { seed: 7, hourStartMs: hourStart(parseHour('2026-11-16T07')), partition: 2, posts: 4_000 }

function generate(more: Partial<typeof shape> = {}) {
  const writer = vocabulary.writer({ ...shape, ...more })
  const bodies = Array.from({ length: shape.posts }, () => {
    const body = Buffer.alloc(POST_BYTES_MAX)
    return body.subarray(0, writer.write(body, 0))
  })
  return { writer, bodies }
}

describe('the posts of the bench', () => {
  const { writer, bodies } = generate()
  const posts = bodies.map((body) => postType.fromBuffer(body) as Post)
  const once = [...new Map(posts.map((post) => [post.id, post])).values()]

  it('are Avro bodies of the stream, in their hour, and hold the tags that their entities name', () => {
    for (const post of posts) {
      expect(post.created_at - shape.hourStartMs).toBeGreaterThanOrEqual(0)
      expect(post.created_at - shape.hourStartMs).toBeLessThan(HOUR_MS)
    }
    const { extract, key } = extractorNamed('hashtags@2')
    for (const post of posts) expect(extract(post.text).map(key)).toEqual(post.entities.hashtags)
  })

  it('come with the truth: each id once, each tag once a post', () => {
    const truth = new Map([...writer.truth].map(([rank, count]) => [vocabulary.key(rank), count]))
    const { extract, key } = extractorNamed('hashtags@2')
    const counts = new Map<string, number>()
    for (const post of once) {
      for (const tag of new Set(extract(post.text).map(key))) counts.set(tag, (counts.get(tag) ?? 0) + 1)
    }
    expect(counts).toEqual(truth)
    expect(posts.length - once.length).toBe(writer.copies)
    expect(writer.copies).toBeGreaterThan(0)
  })

  it('are the same for the same seed, hour and partition, and others otherwise', () => {
    const bytes = Buffer.concat(bodies)
    expect(Buffer.concat(generate().bodies).equals(bytes)).toBe(true)
    const other = generate({ partition: 3 }).bodies.map((body) => postType.fromBuffer(body) as Post)
    const ids = new Set(posts.map((post) => post.id))
    expect(other.filter((post) => ids.has(post.id))).toEqual([])
    expect(Buffer.concat(generate({ seed: 8 }).bodies).equals(bytes)).toBe(false)
  })

  it('are as long as those of the figures they are compared with', () => {
    const mean = posts.reduce((sum, post) => sum + [...post.text].length, 0) / posts.length
    expect(mean).toBeGreaterThan(115)
    expect(mean).toBeLessThan(131)
  })
})
