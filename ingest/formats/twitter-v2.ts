/**
 * Posts of X's v2 interface: `{"data": post or posts, "includes": {"users", "tweets", "media"}}`, or a post alone as some tools store them.
 *
 * A long text is complete only in `note_tweet.text`; a retweet's only in `includes.tweets`. `created_at` and `author_id` come only when they were asked
 * for: without the first the time is taken from the id, which holds it.
 */
import { z } from 'zod'
import type { Post, PostEntities } from '../../model/streams/posts.ts'
import { parseTime, timeOfSnowflake } from './event-time.ts'
import { badRecord, type ParseContext } from './parsed.ts'
import { decodeText, optionalId, postId, retweetEntities, retweetText } from './twitter-text.ts'

const entities = z
  .object({
    hashtags: z.array(z.object({ tag: z.string() })).nullish(),
    mentions: z.array(z.object({ username: z.string() })).nullish(),
    urls: z.array(z.object({ url: z.string().nullish(), expanded_url: z.string().nullish() })).nullish(),
  })
  .nullish()

const tweet = z.object({
  id: z.string(),
  text: z.string(),
  note_tweet: z.object({ text: z.string(), entities }).nullish(),
  created_at: z.string().nullish(),
  author_id: z.string().nullish(),
  username: z.string().nullish(),
  lang: z.string().nullish(),
  entities,
  referenced_tweets: z.array(z.object({ type: z.string(), id: z.string() })).nullish(),
  attachments: z.object({ media_keys: z.array(z.string()).nullish() }).nullish(),
})

const medium = z.object({
  media_key: z.string(),
  url: z.string().nullish(),
  preview_image_url: z.string().nullish(),
})

export const v2Answer = z.object({
  data: z.union([tweet, z.array(tweet)]),
  includes: z
    .object({
      users: z.array(z.object({ id: z.string(), username: z.string() })).nullish(),
      tweets: z.array(tweet).nullish(),
      media: z.array(medium).nullish(),
    })
    .nullish(),
})

type Tweet = z.infer<typeof tweet>
type Includes = z.infer<typeof v2Answer>['includes']

/** @throws AppError `bad-record`: one bad post makes a bad answer, so that a dead letter holds all that is needed to read it again */
export function fromV2({ data, includes }: z.infer<typeof v2Answer>, context: ParseContext): Post[] {
  return (Array.isArray(data) ? data : [data]).map((one) => fromTweet(one, includes, context))
}

function fromTweet(from: Tweet, includes: Includes, context: ParseContext): Post {
  const retweetedId = referenced(from, 'retweeted')
  const inner = retweetedId && includes?.tweets?.find(({ id }) => id === retweetedId)
  const handle = inner ? (handleOf(inner, includes) ?? /^RT @(\w+): /.exec(from.text)?.[1]) : undefined
  const own = entitiesOf(from, includes)
  const isRetweet = inner && handle !== undefined
  const replyTo = referenced(from, 'replied_to')
  const quoteOf = referenced(from, 'quoted') ?? (inner ? referenced(inner, 'quoted') : undefined)
  return {
    id: postId('id', from.id),
    created_at: timeOf(from),
    text: isRetweet ? retweetText(handle, textOf(inner)) : textOf(from),
    lang: from.lang ?? null,
    author: { id: optionalId(from.author_id) ?? '', handle: handleOf(from, includes) ?? '' },
    source: context.source,
    received_at: context.receivedAt,
    retweet_of: optionalId(retweetedId),
    reply_to: optionalId(replyTo),
    quote_of: optionalId(quoteOf),
    entities: isRetweet ? retweetEntities(handle, entitiesOf(inner, includes), own) : own,
  }
}

function referenced(from: Tweet, type: string): string | undefined {
  return from.referenced_tweets?.find((reference) => reference.type === type)?.id
}

function handleOf(from: Tweet, includes: Includes): string | undefined {
  return from.username ?? includes?.users?.find(({ id }) => id === from.author_id)?.username
}

function timeOf(from: Tweet): number {
  if (from.created_at) return parseTime('created_at', from.created_at)
  const ms = /^\d{1,20}$/.test(from.id) ? timeOfSnowflake(from.id) : undefined
  if (ms === undefined) throw badRecord('created_at', from.created_at, 'a time, since the id does not hold one')
  return ms
}

function textOf(from: Tweet): string {
  return decodeText(from.note_tweet?.text ?? from.text)
}

const NONE: readonly string[] = []

function entitiesOf(from: Tweet, includes: Includes): PostEntities {
  const named = from.note_tweet?.entities ?? from.entities
  const keys = from.attachments?.media_keys ?? NONE
  const media = keys.flatMap((key) => {
    const found = includes?.media?.find(({ media_key }) => media_key === key)
    const url = found?.url ?? found?.preview_image_url
    return url ? [url] : []
  })
  return {
    hashtags: named?.hashtags?.map(({ tag }) => tag) ?? NONE,
    mentions: named?.mentions?.map(({ username }) => username) ?? NONE,
    urls: named?.urls?.map(({ url, expanded_url }) => expanded_url ?? url ?? '') ?? NONE,
    media,
  }
}
