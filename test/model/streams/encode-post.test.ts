import avro from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAppError } from '../../../model/errors.ts'
import { createPostEncoder } from '../../../model/streams/encode-post.ts'
import { singleObjectHeader } from '../../../model/streams/fingerprint.ts'
import { type Post, posts } from '../../../model/streams/posts.ts'
import { type Generated, generate } from '../../../model/synthetic/generator.ts'

const header = singleObjectHeader(posts.schema)
const type = avro.Type.forSchema(posts.schema as unknown as avro.Schema)

// lengths around those where the length itself takes another byte
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom('a', 'é', 'न', '🎉'), maxLength: 200 }),
  fc.nat(9_000).map((length) => 'é'.repeat(length)),
  fc.constantFrom(21, 22, 31, 32, 63, 64, 2_730, 2_731, 4_096, 8_191, 8_192).map((length) => 'ก'.repeat(length)),
)
const optional = fc.option(text)
const strings = fc.array(text, { maxLength: 4 })
const long = fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 52), max: 2 ** 52 }))
const post: fc.Arbitrary<Post> = fc.record({
  id: text,
  created_at: long,
  text,
  lang: optional,
  author: fc.record({ id: text, handle: text }),
  source: text,
  received_at: long,
  retweet_of: optional,
  reply_to: optional,
  quote_of: optional,
  entities: fc.record({ hashtags: strings, mentions: strings, urls: strings, media: strings }),
})

describe('the encoder of posts', () => {
  it('gives the bytes that avsc gives, behind the header', () => {
    const encoder = createPostEncoder(header)
    fc.assert(
      fc.property(post, (one) => {
        const { value } = encoder.encode(one)
        expect(value.subarray(0, header.length)).toEqual(header)
        expect(value.subarray(header.length).equals(type.toBuffer(one))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('gives half a surrogate pair as U+FFFD, so that every text is UTF-8', () => {
    const { post: one } = generate({ seed: 1, from: 0, to: 1, posts: 1 }).next().value as Generated
    const value = createPostEncoder(header).encode({ ...one, text: 'half \ud83d of one' }).value
    expect(type.fromBuffer(value.subarray(header.length))).toMatchObject({ text: 'half \ufffd of one' })
  })

  it('gives the id as key', () => {
    const encoder = createPostEncoder(header)
    fc.assert(
      fc.property(post, (one) => encoder.encode(one).key.equals(Buffer.from(one.id))),
      { numRuns: 100 },
    )
  })

  it('never writes again over what it has given', () => {
    const encoder = createPostEncoder(header)
    const encoded = [...generate({ seed: 1, from: 0, to: 1e9, posts: 8_000 })].map(({ post: one }) => ({
      one,
      value: encoder.encode(one).value,
    }))
    for (const { one, value } of encoded.filter((_, i) => i % 97 === 0)) {
      expect(value.subarray(header.length).equals(type.toBuffer(one))).toBe(true)
    }
  })

  it('refuses a post that no broker would take', () => {
    const encoder = createPostEncoder(header, 1_000)
    const { post: small } = generate({ seed: 1, from: 0, to: 1, posts: 1 }).next().value as Generated
    expect(encoder.encode(small).value.length).toBeLessThan(1_000)
    for (const length of [1_000, 100_000]) {
      const refusal = catchError(() => encoder.encode({ ...small, text: 'x'.repeat(length) }))
      expect(isAppError(refusal, 'bad-record')).toBe(true)
    }
  })
})

function catchError(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}
