/** Synthetic posts as sources deliver them: one line of JSON in Tendance's own form, or as Twitter's v1.1 and v2 interfaces wrote it. */
import type { Post } from '../streams/posts.ts'

export const JSON_FORMS = ['tendance', 'v1', 'v2'] as const
export type JsonForm = (typeof JSON_FORMS)[number]

/** One line without its line feed. In the Twitter forms the id is the digits behind `synthetic:`, so it is read back as `x:<digits>`. */
export function toJsonLine(post: Post, form: JsonForm = 'tendance'): string {
  switch (form) {
    case 'tendance':
      return tendanceLine(post)
    case 'v1':
      return JSON.stringify(toV1(post))
    case 'v2':
      return JSON.stringify(toV2(post))
    default:
      return form satisfies never
  }
}

function tendanceLine(post: Post): string {
  const { id, created_at, text, lang, author, retweet_of, reply_to, entities } = post
  return JSON.stringify({
    id,
    created_at: new Date(created_at).toISOString(),
    text,
    lang,
    author,
    retweet_of,
    reply_to,
    entities,
  })
}

const digits = (id: string) => id.slice(id.indexOf(':') + 1)
const escapeText = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
const RETWEET = /^RT @([^:]+): /

function toV1(post: Post): object {
  const retweeted = post.retweet_of === null ? null : RETWEET.exec(post.text)
  const { hashtags, mentions, urls } = post.entities
  const head = {
    created_at: v1Time(post.created_at),
    id_str: digits(post.id),
    lang: post.lang,
    timestamp_ms: String(post.created_at),
    in_reply_to_status_id_str: post.reply_to && digits(post.reply_to),
    user: { id_str: digits(post.author.id), screen_name: post.author.handle },
  }
  const entities = (mentioned: readonly string[]) => ({
    hashtags: hashtags.map((text) => ({ text })),
    urls: urls.map((url) => ({ url, expanded_url: url })),
    user_mentions: mentioned.map((screen_name) => ({ screen_name })),
  })
  if (!retweeted || post.retweet_of === null)
    return { ...head, text: escapeText(post.text), entities: entities(mentions) }
  const full = post.text.slice(retweeted[0].length)
  return {
    ...head,
    // the way it was: cut off, and only the retweeted post has all of it
    text: `${escapeText([...post.text].slice(0, 120).join(''))}…`,
    truncated: false,
    entities: { hashtags: [], urls: [], user_mentions: [{ screen_name: retweeted[1] }] },
    retweeted_status: {
      created_at: head.created_at,
      id_str: digits(post.retweet_of),
      text: escapeText([...full].slice(0, 100).join('')),
      truncated: true,
      user: { id_str: '1', screen_name: retweeted[1] },
      extended_tweet: { full_text: escapeText(full), entities: entities(mentions.slice(1)) },
    },
  }
}

function toV2(post: Post): object {
  const retweeted = post.retweet_of === null ? null : RETWEET.exec(post.text)
  const { hashtags, mentions, urls } = post.entities
  const entities = {
    hashtags: hashtags.map((tag) => ({ tag })),
    mentions: mentions.map((username) => ({ username })),
    urls: urls.map((url) => ({ url, expanded_url: url })),
  }
  const references = [
    ...(post.retweet_of ? [{ type: 'retweeted', id: digits(post.retweet_of) }] : []),
    ...(post.reply_to ? [{ type: 'replied_to', id: digits(post.reply_to) }] : []),
  ]
  return {
    data: {
      id: digits(post.id),
      text: escapeText(post.text),
      created_at: new Date(post.created_at).toISOString(),
      lang: post.lang,
      author_id: digits(post.author.id),
      entities,
      ...(references.length ? { referenced_tweets: references } : {}),
    },
    includes: {
      users: [
        { id: digits(post.author.id), username: post.author.handle },
        ...(retweeted ? [{ id: '0', username: retweeted[1] }] : []),
      ],
      ...(retweeted && post.retweet_of
        ? {
            tweets: [
              {
                id: digits(post.retweet_of),
                author_id: '0',
                text: escapeText(post.text.slice(retweeted[0].length)),
                entities: { ...entities, mentions: entities.mentions.slice(1) },
              },
            ],
          }
        : {}),
    },
  }
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Mon Mar 28 23:23:12 +0000 2016` */
function v1Time(ms: number): string {
  const date = new Date(ms)
  const day = String(date.getUTCDate()).padStart(2, '0')
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${date.toISOString().slice(11, 19)} +0000 ${date.getUTCFullYear()}`
}
