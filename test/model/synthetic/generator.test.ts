import { describe, expect, it } from 'vitest'
import type { Post } from '../../../model/streams/posts.ts'
import { createSyntheticStream, generate } from '../../../model/synthetic/generator.ts'
import { languages } from '../../../model/synthetic/languages.ts'
import type { SyntheticOptions } from '../../../model/synthetic/plan.ts'
import { truthOf } from '../../../model/synthetic/truth.ts'
import { createVocabulary } from '../../../model/synthetic/vocabulary.ts'
import { extractorNamed } from '../../../model/terms/index.ts'
import { type HourId, hourOf } from '../../../model/time.ts'

const FROM = Date.UTC(2026, 10, 16)
const DAY: SyntheticOptions = { seed: 7, from: FROM, to: FROM + 86_400_000, posts: 8_500 }

function disagreements(extractorName: string): string[] {
  const extractor = extractorNamed(extractorName)
  const texts: string[] = []
  for (const { post, keys } of generate(DAY)) {
    const found = new Set(extractor.extract(post.text).map((shown) => extractor.key(shown)))
    if (found.size !== keys.length || keys.some((key) => !found.has(key))) texts.push(post.text)
  }
  return texts
}

describe('synthetic posts', () => {
  it('hold the tags that their truth names, by the rules of hashtags@2', () => {
    expect(disagreements('hashtags@2')).toEqual([])
  })

  it('are counted wrong by hashtags@1 often enough that a recompute is visible', () => {
    expect(disagreements('hashtags@1').length).toBeGreaterThan(DAY.posts / 10)
  })

  it('are the same for the same options, and others for another seed', () => {
    const first = createSyntheticStream(DAY).block(3)
    expect(createSyntheticStream(DAY).block(3)).toEqual(first)
    expect(createSyntheticStream({ ...DAY, seed: 8 }).block(3)).not.toEqual(first)
  })

  it('go on from any block as if the ones before had been made', () => {
    const whole = [...generate(DAY)]
    const rest = [...generate(DAY, 5)]
    expect(rest).toEqual(whole.slice(-rest.length))
  })

  it('come in order of event time inside the range, as many as asked for, each copy behind its original', () => {
    const seen = new Map<string, Post>()
    const wrong: Post[] = []
    let previous = DAY.from
    let copies = 0
    for (const { post, copy } of generate(DAY)) {
      const original = seen.get(post.id)
      if (copy) {
        copies++
        if (original !== post) wrong.push(post)
        continue
      }
      if (original || post.created_at < previous || post.created_at >= DAY.to) wrong.push(post)
      previous = post.created_at
      seen.set(post.id, post)
    }
    expect(wrong).toEqual([])
    expect(seen.size).toBe(DAY.posts)
    expect(copies / DAY.posts).toBeCloseTo(0.01, 2)
  })

  it('have ranges of any length, also shorter than a slot and with fewer posts than slots', () => {
    const times = (options: SyntheticOptions) => [...generate(options)].map(({ post }) => post.created_at)
    expect(times({ seed: 1, from: FROM + 1, to: FROM + 2, posts: 3, copies: 0 })).toEqual([
      FROM + 1,
      FROM + 1,
      FROM + 1,
    ])
    expect(times({ seed: 1, from: FROM, to: FROM + 365 * 86_400_000, posts: 5, copies: 0 })).toHaveLength(5)
    expect(times({ ...DAY, posts: 0 })).toEqual([])
  })

  it('refuse a range that is empty, naming the option', () => {
    expect(() => createSyntheticStream({ ...DAY, to: DAY.from })).toThrow(/^to of a synthetic stream is/)
  })

  it('have bursts: what leads one hour is not what leads the next', () => {
    const leaders = [...truthOf({ ...DAY, posts: 48_000 }).values()].map(({ counts }) => leader(counts))
    expect(new Set(leaders).size).toBeGreaterThan(12)
  })
})

describe('the truth of a synthetic stream', () => {
  it('counts each post once by hour and key', () => {
    const posts = new Map<HourId, Map<string, Set<string>>>()
    for (const { post, keys } of generate(DAY)) {
      const hour = hourOf(post.created_at)
      const counts = posts.get(hour) ?? new Map<string, Set<string>>()
      posts.set(hour, counts)
      for (const key of keys) counts.set(key, (counts.get(key) ?? new Set()).add(post.id))
    }
    const truth = truthOf(DAY)
    expect([...truth.keys()]).toEqual([...posts.keys()])
    for (const [hour, counts] of posts) {
      const expected = new Map([...counts].map(([key, ids]) => [key, ids.size]))
      expect(truth.get(hour)?.counts).toEqual(expected)
    }
    expect([...truth.values()].reduce((sum, hour) => sum + hour.posts, 0)).toBe(DAY.posts)
  })
})

describe('the vocabulary', () => {
  const SIZE = 20_000
  const vocabulary = createVocabulary(SIZE)
  const tags = Array.from({ length: SIZE }, (_, rank) => vocabulary.tag(rank))

  it('gives every rank a key of its own', () => {
    expect(new Set(tags.map(({ key }) => key)).size).toBe(SIZE)
  })

  it('knows the key of every spelling: NFKC, then case-folded', () => {
    const { key: keyOf } = extractorNamed('hashtags@2')
    const wrong = tags.filter(({ key, spellings }) => spellings.some((spelling) => keyOf(spelling) !== key))
    expect(wrong).toEqual([])
  })

  it('has tags of every language', () => {
    expect(new Set(tags.map(({ language }) => language)).size).toBe(languages.length)
  })
})

function leader(counts: ReadonlyMap<string, number>): string {
  return [...counts].sort(([, a], [, b]) => b - a)[0]![0]
}
