/**
 * How long the fields of a post can be. The text has no bound but that of a message; the others are names and addresses, and what
 * keeps them (sets of ids, documents, answers, terminals) must not be at the mercy of a source that sends a megabyte as a handle.
 */
import type { Post } from '../../model/streams/posts.ts'
import { badRecord } from './parsed.ts'

/** In UTF-16 units, as JavaScript counts. An id of Bluesky has about 70, the longest name of Mastodon with its server about 300. */
const NAME_LENGTH_MAX = 512
const LANG_LENGTH_MAX = 64
/** Browsers and servers take links of 2,000 to 8,000. */
const ADDRESS_LENGTH_MAX = 8_192
/** Of hashtags, mentions, links and media, each. */
const ENTITIES_MAX = 10_000

/** @throws AppError `bad-record` naming the field */
export function checkLengths(post: Post): void {
  const { author, entities } = post
  check('id', post.id, NAME_LENGTH_MAX)
  check('author.id', author.id, NAME_LENGTH_MAX)
  check('author.handle', author.handle, NAME_LENGTH_MAX)
  check('source', post.source, NAME_LENGTH_MAX)
  check('lang', post.lang, LANG_LENGTH_MAX)
  check('retweet_of', post.retweet_of, NAME_LENGTH_MAX)
  check('reply_to', post.reply_to, NAME_LENGTH_MAX)
  check('quote_of', post.quote_of, NAME_LENGTH_MAX)
  // The platform's own hashtags are not counted, and may be as long as the text has them.
  checkAll('entities.mentions', entities.mentions, NAME_LENGTH_MAX)
  checkAll('entities.urls', entities.urls, ADDRESS_LENGTH_MAX)
  checkAll('entities.media', entities.media, ADDRESS_LENGTH_MAX)
  if (entities.hashtags.length > ENTITIES_MAX) throw tooMany('entities.hashtags', entities.hashtags)
}

function check(field: string, text: string | null, lengthMax: number): void {
  if (text === null || text.length <= lengthMax) return
  throw badRecord(field, text, `at most ${lengthMax} characters (it has ${text.length})`)
}

function checkAll(field: string, texts: readonly string[], lengthMax: number): void {
  if (texts.length > ENTITIES_MAX) throw tooMany(field, texts)
  for (const text of texts) check(field, text, lengthMax)
}

function tooMany(field: string, texts: readonly string[]) {
  return badRecord(field, texts.slice(0, 3), `at most ${ENTITIES_MAX} of them (there are ${texts.length})`)
}
