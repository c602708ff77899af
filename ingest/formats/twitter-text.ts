/** What both of Twitter's JSON forms share: escaped text, ids that are digits, entities in one list. */
import type { PostEntities } from '../../model/streams/posts.ts'
import { badRecord } from './parsed.ts'

const ESCAPED = /&(?:amp|lt|gt);/g
const CHARACTERS: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' }

/**
 * Twitter escapes exactly three characters in texts. They are decoded once (`&amp;lt;` is the text `&lt;`), so that the record holds
 * what the person wrote, and `&amp;#1` does not look like a tag.
 */
export function decodeText(text: string): string {
  return text.includes('&') ? text.replace(ESCAPED, (escaped) => CHARACTERS[escaped]!) : text
}

/** `x:714593712366620672`; never a number that was rounded. @throws AppError `bad-record` */
export function postId(field: string, digits: string): string {
  if (!/^\d{1,20}$/.test(digits)) throw badRecord(field, digits, 'an id of digits')
  return `x:${digits}`
}

export function optionalId(digits: string | null | undefined): string | null {
  return digits ? `x:${digits}` : null
}

/** The text of a retweet: as Twitter shows it, but never cut off. */
export function retweetText(handle: string, fullText: string): string {
  return `RT @${handle}: ${fullText}`
}

/** The entities of a retweet: the one who is retweeted is mentioned first, then all that the full text has. */
export function retweetEntities(handle: string, inner: PostEntities, outer: PostEntities): PostEntities {
  return {
    hashtags: more(inner.hashtags, outer.hashtags),
    mentions: [handle, ...more(inner.mentions, outer.mentions.slice(outer.mentions[0] === handle ? 1 : 0))],
    urls: more(inner.urls, outer.urls),
    media: more(inner.media, outer.media),
  }
}

/** What is outside belongs to the text that was cut off: it adds to the inner list only what that does not have. */
function more(inner: readonly string[], outer: readonly string[]): readonly string[] {
  const extra = outer.filter((one) => !inner.includes(one))
  return extra.length === 0 ? inner : [...inner, ...extra]
}
