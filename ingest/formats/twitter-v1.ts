/**
 * A post ("status") of Twitter's v1.1 interface, as the streaming API and most archives have it.
 *
 * The text is complete in different places: in `extended_tweet.full_text` of the stream, in `full_text` of the REST API (extended mode), and of a
 * retweet only in `retweeted_status`. `display_text_range` only says what part is drawn (without the leading mentions and the link at the end); the
 * record keeps all of it.
 */
import { z } from 'zod'
import type { Post, PostEntities } from '../../model/streams/posts.ts'
import { parseMs, parseTime } from './event-time.ts'
import { badRecord, type ParseContext } from './parsed.ts'
import { decodeText, optionalId, postId, retweetEntities, retweetText } from './twitter-text.ts'

const digits = z.string().nullish()
const entities = z
  .object({
    hashtags: z.array(z.object({ text: z.string() })).nullish(),
    user_mentions: z.array(z.object({ screen_name: z.string() })).nullish(),
    urls: z.array(z.object({ url: z.string().nullish(), expanded_url: z.string().nullish() })).nullish(),
    media: z.array(z.object({ media_url_https: z.string().nullish(), media_url: z.string().nullish() })).nullish(),
  })
  .nullish()

const status = z.object({
  created_at: z.string().nullish(),
  timestamp_ms: z.union([z.string(), z.number()]).nullish(),
  id_str: digits,
  id: z.union([z.number(), z.string()]).nullish(),
  text: z.string().nullish(),
  full_text: z.string().nullish(),
  extended_tweet: z.object({ full_text: z.string().nullish(), entities, extended_entities: entities }).nullish(),
  lang: z.string().nullish(),
  user: z.object({ id_str: digits, screen_name: z.string() }).nullish(),
  in_reply_to_status_id_str: digits,
  quoted_status_id_str: digits,
  entities,
  extended_entities: entities,
})

export const v1Post = status.extend({ retweeted_status: status.nullish() })

type Status = z.infer<typeof status>
type Entities = z.infer<typeof entities>

/** @throws AppError `bad-record` */
export function fromV1(json: z.infer<typeof v1Post>, context: ParseContext): Post {
  const inner = json.retweeted_status
  const handle = inner?.user?.screen_name
  const own = entitiesOf(json)
  const isRetweet = inner && handle !== undefined
  return {
    id: postId('id_str', idOf(json)),
    created_at: timeOf(json),
    text: isRetweet ? retweetText(handle, textOf(inner, 'retweeted_status.text')) : textOf(json, 'text'),
    lang: json.lang ?? null,
    author: { id: optionalId(json.user?.id_str) ?? '', handle: json.user?.screen_name ?? '' },
    source: context.source,
    received_at: context.receivedAt,
    retweet_of: inner ? postId('retweeted_status.id_str', idOf(inner)) : null,
    reply_to: optionalId(json.in_reply_to_status_id_str),
    quote_of: optionalId(json.quoted_status_id_str ?? inner?.quoted_status_id_str),
    entities: isRetweet ? retweetEntities(handle, entitiesOf(inner), own) : own,
  }
}

function idOf({ id_str, id }: Status): string {
  if (id_str) return id_str
  // a number above 2^53 has been rounded by JSON.parse: parseLine gives its digits as text instead
  if (typeof id === 'string') return id
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return String(id)
  throw badRecord('id_str', id_str ?? id, 'an id of digits')
}

function timeOf({ timestamp_ms, created_at }: Status): number {
  if (timestamp_ms !== null && timestamp_ms !== undefined) return parseMs('timestamp_ms', timestamp_ms)
  if (created_at) return parseTime('created_at', created_at)
  throw badRecord('created_at', created_at, 'a time')
}

function textOf(from: Status, field: string): string {
  const text = from.extended_tweet?.full_text ?? from.full_text ?? from.text
  if (text === null || text === undefined) throw badRecord(field, undefined, 'the text of the post')
  return decodeText(text)
}

const NONE: readonly string[] = []

function entitiesOf(from: Status): PostEntities {
  const extended = from.extended_tweet
  const named: Entities = extended?.entities ?? from.entities
  const media: Entities = extended?.extended_entities ?? from.extended_entities
  const mediaUrls = urlsOfMedia(media)
  return {
    hashtags: named?.hashtags?.length ? named.hashtags.map(({ text }) => text) : NONE,
    mentions: named?.user_mentions?.length ? named.user_mentions.map(({ screen_name }) => screen_name) : NONE,
    urls: named?.urls?.length ? named.urls.map(({ url, expanded_url }) => expanded_url ?? url ?? '') : NONE,
    media: mediaUrls.length > 0 ? mediaUrls : urlsOfMedia(named),
  }
}

function urlsOfMedia(from: Entities): readonly string[] {
  if (!from?.media?.length) return NONE
  return from.media.map(({ media_url_https, media_url }) => media_url_https ?? media_url ?? '').filter(Boolean)
}
