import avro from 'avsc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HourCounter } from '../../../model/count/hour-counter.ts'
import { IdSet } from '../../../model/count/id-set.ts'
import { countPostBody, scanPostsBlock } from '../../../model/count/scan-posts.ts'
import { SpellingTable } from '../../../model/count/spelling-table.ts'
import { isAppError } from '../../../model/errors.ts'
import { type Post, posts } from '../../../model/streams/posts.ts'
import { extractorNamed } from '../../../model/terms/index.ts'
import { nastyTexts } from '../terms/nasty-texts.ts'
import { countPlainly, readPartial } from './tally-model.ts'

const type = avro.Type.forSchema(posts.schema as unknown as avro.Schema, { wrapUnions: 'never' })

const words = fc
  .oneof(fc.string({ maxLength: 8 }), nastyTexts, fc.constant('#'.repeat(200)))
  .map((text) => text.toWellFormed())
const optional = fc.option(words)
const lists = fc.array(words, { maxLength: 3 })
const times = fc.integer({ min: -1e12, max: 4e12 })
const arbitraryPost: fc.Arbitrary<Post> = fc.record({
  id: fc.oneof(
    fc.constantFrom('x:1', 'x:2', ''),
    fc.string().map((id) => id.toWellFormed()),
  ),
  created_at: times,
  text: fc
    .oneof(
      nastyTexts,
      nastyTexts.map((text) => text.repeat(20)),
    )
    .map((text) => text.toWellFormed()),
  lang: optional,
  author: fc.record({ id: words, handle: words }),
  source: words,
  received_at: times,
  retweet_of: optional,
  reply_to: optional,
  quote_of: optional,
  entities: fc.record({ hashtags: lists, mentions: lists, urls: lists, media: lists }),
})

describe('walking a block of posts', () => {
  test('counts what decoding it would, each id once', () => {
    fc.assert(
      fc.property(fc.array(arbitraryPost, { maxLength: 12 }), (batch) => {
        const scan = newScan()
        scanPostsBlock(blockOf(batch), batch.length, scan)
        const firsts = batch.filter((post, index) => batch.findIndex(({ id }) => id === post.id) === index)
        const partial = scan.counter.take()
        expect(readPartial(partial)).toEqual(countPlainly(firsts.map(({ text }) => text)))
        expect(partial.records).toBe(firsts.length)
        expect(partial.copies).toBe(batch.length - firsts.length)
      }),
      { numRuns: 200 },
    )
  })

  test('counts one message the same way, wherever its body lies', () => {
    fc.assert(
      fc.property(fc.array(arbitraryPost, { maxLength: 5 }), (batch) => {
        const { ids, counter } = newScan()
        const counted = batch.map((post) => {
          const body = type.toBuffer(post)
          const message = Buffer.concat([Buffer.from('0123456789'), body])
          return countPostBody(message, 10, message.length, counter, ids)
        })
        const whole = newScan()
        scanPostsBlock(blockOf(batch), batch.length, whole)
        expect(counter.take()).toEqual(whole.counter.take())
        expect(counted.filter(Boolean)).toHaveLength(counter.records)
      }),
      { numRuns: 50 },
    )
  })

  test('the same block twice counts once, and after a reset again', () => {
    const batch = [post('x:1', '#a'), post('x:2', '#a #b')]
    const scan = newScan()
    scanPostsBlock(blockOf(batch), 2, scan)
    const once = readPartial(scan.counter.take())
    scanPostsBlock(blockOf(batch), 2, scan)
    expect(readPartial(scan.counter.take())).toEqual(once)
    expect(scan.counter.copies).toBe(2)
    scan.ids.reset()
    scan.counter.reset()
    scanPostsBlock(blockOf(batch), 2, scan)
    expect(readPartial(scan.counter.take())).toEqual(once)
  })

  test('arrays in blocks that say their size are stepped over', () => {
    const body = type.toBuffer(post('x:1', '#a'))
    // The four arrays are the last four bytes, all empty; write the first as one block of -1 items, its size and the item.
    const sized = Buffer.concat([body.subarray(0, -4), Buffer.from([1, 4, 2, 0x41, 0]), body.subarray(-3)])
    const scan = newScan()
    scanPostsBlock(sized, 1, scan)
    expect(scan.counter.records).toBe(1)
  })
})

describe('a damaged block', () => {
  const block = blockOf([post('x:1', '#a'), post('x:2', '#b'), post('x:3', '#c')])

  test.each([
    ['too few bytes', () => [block.subarray(0, -1), 3]],
    ['too many bytes', () => [Buffer.concat([block, Buffer.of(0)]), 3]],
    ['more records than there are', () => [block, 4]],
    ['fewer records than there are', () => [block, 2]],
    ['an absurd number of records', () => [block, 2 ** 40]],
  ] as [string, () => [Buffer, number]][])('with %s is corrupt, says where, and counts nothing', (_, damaged) => {
    const scan = newScan()
    const error = errorOf(() => scanPostsBlock(...damaged(), scan))
    expect(isAppError(error, 'corrupt')).toBe(true)
    expect(error).toHaveProperty('facts.record')
    expect(error).toHaveProperty('facts.byte')
    expect(scan.counter.records).toBe(0)
  })

  test('is refused or walked to its end, never run past or looped in', () => {
    fc.assert(
      fc.property(fc.nat(block.length - 1), fc.nat(255), (place, byte) => {
        const damaged = Buffer.from(block)
        damaged[place] = byte
        const error = errorOf(() => scanPostsBlock(damaged, 3, newScan()))
        expect(error === undefined || isAppError(error, 'corrupt')).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test('a body with a byte too much is corrupt', () => {
    const body = type.toBuffer(post('x:1', '#a'))
    const { counter } = newScan()
    expect(
      isAppError(
        errorOf(() => countPostBody(Buffer.concat([body, body]), 0, body.length + 1, counter)),
        'corrupt',
      ),
    ).toBe(true)
    expect(
      isAppError(
        errorOf(() => countPostBody(body, 0, body.length - 1, counter)),
        'corrupt',
      ),
    ).toBe(true)
    expect(countPostBody(body, 0, body.length, counter)).toBe(true)
  })
})

function newScan() {
  const extractor = extractorNamed('hashtags@2')
  return { ids: new IdSet(), counter: new HourCounter(extractor, new SpellingTable(extractor.key)) }
}

function blockOf(batch: readonly Post[]): Buffer {
  return Buffer.concat(batch.map((each) => type.toBuffer(each)))
}

function post(id: string, text: string): Post {
  const entities = { hashtags: [], mentions: [], urls: [], media: [] }
  const links = { retweet_of: null, reply_to: null, quote_of: null }
  return {
    id,
    created_at: 0,
    text,
    lang: null,
    author: { id: '1', handle: 'a' },
    source: 'test',
    received_at: 0,
    ...links,
    entities,
  }
}

function errorOf(run: () => void): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}
