import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkEventTime, parseTime, timeOfSnowflake } from '../../ingest/formats/event-time.ts'
import { parseLine } from '../../ingest/formats/index.ts'
import { checkLengths } from '../../ingest/formats/lengths.ts'
import { isAppError } from '../../model/errors.ts'
import { EVENT_TIME_MIN } from '../../model/event-time.ts'
import type { Post } from '../../model/streams/posts.ts'
import { generate } from '../../model/synthetic/generator.ts'
import { JSON_FORMS, toJsonLine } from '../../model/synthetic/json.ts'
import golden from '../golden/ingest/posts.json' with { type: 'json' }

const context = { source: 'test', receivedAt: 1_800_000_000_000 }

function refusalOf(line: string): string {
  try {
    parseLine(line, context)
  } catch (error) {
    if (isAppError(error, 'bad-record')) return error.message
    throw error
  }
  return 'not refused'
}

describe('the formats of posts', () => {
  it.each(golden.map(({ title, line, posts }) => ({ title, line, posts })))('$title', ({ line, posts }) => {
    const expected = posts.map((post) => ({ ...post, received_at: context.receivedAt }))
    expect(parseLine(line, context)).toEqual({ kind: 'posts', posts: expected })
  })

  it.each(JSON_FORMS)('give back what the generator wrote as %s', (form) => {
    for (const { post } of generate({
      seed: 5,
      from: Date.UTC(2026, 10, 16),
      to: Date.UTC(2026, 10, 17),
      posts: 600,
    })) {
      const parsed = parseLine(toJsonLine(post, form), { source: 'synthetic', receivedAt: post.received_at })
      const expected: Post = JSON.parse(
        form === 'tendance' ? JSON.stringify(post) : JSON.stringify(post).replaceAll('"synthetic:', '"x:'),
      )
      expect(parsed).toEqual({ kind: 'posts', posts: [expected] })
    }
  })

  it.each([
    ['', 'keep-alive'],
    ['\r', 'keep-alive'],
    ['{"limit":{"track":1,"timestamp_ms":"1459207521864"}}', 'limit'],
    ['{"delete":{"status":{"id_str":"1","user_id_str":"2"}}}', 'delete'],
    ['{"scrub_geo":{"user_id_str":"2","up_to_status_id_str":"1"}}', 'scrub_geo'],
    ['{"status_withheld":{"id":1,"user_id":2,"withheld_in_countries":["DE"]}}', 'status_withheld'],
    ['{"user_withheld":{"id":1,"withheld_in_countries":["DE"]}}', 'user_withheld'],
    ['{"disconnect":{"code":4,"stream_name":"","reason":""}}', 'disconnect'],
    ['{"warning":{"code":"FALLING_BEHIND","message":"","percent_full":60}}', 'warning'],
    ['{"errors":[{"title":"operational-disconnect"}]}', 'errors'],
  ])('know the notice %s', (line, notice) => {
    expect(parseLine(line, context)).toEqual({ kind: 'notice', notice })
  })

  it.each([
    ['{"id":"a:1","created_at":"2026-11-16T07:00:00Z"', /^not JSON: /],
    ['[1]', /^the line is \[1\]; expected a JSON object/],
    ['{"hello":"world"}', /^no known format: an object with the keys \["hello"\]/],
    ['{"id":"a:1","text":"t"}', /^created_at is missing/],
    ['{"id":"a:1","text":7,"created_at":1}', /^text is 7; /],
    ['{"id":"a:1","text":"t","created_at":"yesterday"}', /^created_at is "yesterday"; expected a time such as/],
    ['{"id":"a:1","text":"t","created_at":"2026-11-16T07:00:00"}', /^created_at is "2026-11-16T07:00:00"/],
    ['{"id":"a:1","text":"t","created_at":"2026-02-30T07:00:00Z"}', /^created_at is "2026-02-30T07:00:00Z"/],
    ['{"id":"a:1","text":"t","created_at":1.5}', /^created_at is 1.5; expected milliseconds/],
    ['{"id_str":"12a","text":"t","timestamp_ms":"1459207392194"}', /^id_str is "12a"; expected an id of digits/],
    ['{"id_str":"1","timestamp_ms":"1459207392194"}', /^text is missing/],
    ['{"id_str":"1","text":"t","user":{"id_str":"1"},"timestamp_ms":"1"}', /^user.screen_name is missing/],
    ['{"id_str":"1","text":"t","created_at":"Mon Foo 28 23:23:12 +0000 2016"}', /^created_at is "Mon Foo/],
    ['{"data":{"id":"1","text":"t"}}', /^created_at is missing; expected a time, since the id/],
    ['{"data":{"id":"1590000000000000001","text":null}}', /^data.text is null/],
    ['{"data":[{"id":"1590000000000000001","text":"t"},{"id":"1590000000000000002"}]}', /^data.1.text is missing/],
    ['{"author_id":"1","id":"1590000000000000001"}', /^text is missing/],
  ])('refuse %s and name what is wrong', (line, message) => {
    expect(refusalOf(line)).toMatch(message)
  })

  it('never throw anything but bad-record, whatever the line', () => {
    const key = fc.constantFrom(
      'id',
      'id_str',
      'text',
      'data',
      'user',
      'created_at',
      'timestamp_ms',
      'includes',
      'limit',
    )
    const json = fc.oneof(
      fc.json(),
      fc.dictionary(key, fc.jsonValue()).map((object) => JSON.stringify(object)),
      fc.string(),
    )
    fc.assert(
      fc.property(json, (line) => {
        refusalOf(line)
      }),
      { numRuns: 500 },
    )
  })
})

describe('event times', () => {
  it('are read the same from both of Twitter’s spellings', () => {
    expect(parseTime('t', 'Mon Mar 28 23:23:12 +0000 2016')).toBe(parseTime('t', '2016-03-28T23:23:12Z'))
    expect(parseTime('t', '2016-03-29T01:23:12.000+02:00')).toBe(Date.UTC(2016, 2, 28, 23, 23, 12))
  })

  it('are in the ids of X since there are snowflakes', () => {
    expect(timeOfSnowflake('714593712366620672')).toBe(1_459_207_392_194)
    expect(timeOfSnowflake('20')).toBeUndefined()
  })

  it('are refused before the first post ever and too far in the future, not a millisecond earlier', () => {
    const now = Date.UTC(2026, 10, 16)
    const check = (ms: number) => () => checkEventTime(ms, now, 1_000)
    expect(check(EVENT_TIME_MIN)).not.toThrow()
    expect(check(EVENT_TIME_MIN - 1)).toThrow(/^created_at is "2006-03-20T23:59:59.999Z"/)
    expect(check(now + 1_000)).not.toThrow()
    expect(check(now + 1_001)).toThrow(/at most 1000 ms in the future/)
    expect(check(9e15)).toThrow(/in the future/)
  })
})

describe('lengths', () => {
  const post = { id: 'a:1', created_at: '2026-11-16T07:00:00Z', text: 't' }
  const parsed = (more: object) => {
    const result = parseLine(JSON.stringify({ ...post, ...more }), context)
    return result.kind === 'posts' ? result.posts[0]! : expect.unreachable()
  }
  const long = 'x'.repeat(1_000_000)

  it.each([
    ['author.id', { author: { id: long } }],
    ['author.handle', { author: { id: 'a', handle: long } }],
    ['source', { source: long }],
    ['lang', { lang: long }],
    ['retweet_of', { retweet_of: long }],
    ['reply_to', { reply_to: long }],
    ['quote_of', { quote_of: long }],
    ['entities.mentions', { entities: { mentions: [long] } }],
    ['entities.urls', { entities: { urls: ['a', long] } }],
    ['entities.media', { entities: { media: [long] } }],
    ['entities.hashtags', { entities: { hashtags: new Array(10_001).fill('a') } }],
  ])('a %s that no platform has is refused, in few words', (field, more) => {
    expect(() => checkLengths(parsed(more))).toThrow(new RegExp(`^${field} is .{0,90}; expected at most \\d+`, 's'))
  })

  it('leave text and what platforms have as they are', () => {
    const entities = { hashtags: ['x'.repeat(300)], mentions: ['m'.repeat(285)], urls: ['u'.repeat(8_000)] }
    expect(() => checkLengths(parsed({ text: 't'.repeat(500_000), author: { id: 'a' }, entities }))).not.toThrow()
  })
})
