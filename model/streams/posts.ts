/**
 * The `posts` stream. The record keeps the full text as the platform gives it and the platform's own entities: recomputing
 * with another extractor must never need the source again.
 *
 * Boundary: the hot path (model/count) walks these fields by hand, in this order. `id`, `created_at` and `text` stand first
 * so that counting reads the head of a record and skips the rest. Fields are only ever added at the end, with a default.
 */
import type { Stream } from './stream.ts'

export interface Post {
  /** Unique over all platforms: `x:714593712366620672`. */
  readonly id: string
  /** Event time, milliseconds since 1970 UTC. */
  readonly created_at: number
  /** The full text; of a retweet, `RT @handle: ` and the full text of what was retweeted. */
  readonly text: string
  readonly lang: string | null
  readonly author: { readonly id: string; readonly handle: string }
  /** Which source brought it: `file`, `socket`, `synthetic`… with the platform's name where one is known. */
  readonly source: string
  /** When ingest took it in, milliseconds since 1970 UTC. */
  readonly received_at: number
  readonly retweet_of: string | null
  readonly reply_to: string | null
  readonly quote_of: string | null
  readonly entities: PostEntities
}

/** What the platform itself says is in the text, without `#` and `@`; urls expanded where it expands them. */
export interface PostEntities {
  readonly hashtags: readonly string[]
  readonly mentions: readonly string[]
  readonly urls: readonly string[]
  readonly media: readonly string[]
}

const timestamp = { type: 'long', logicalType: 'timestamp-millis' }
const strings = { type: 'array', items: 'string' }
const optional = (name: string) => ({ name, type: ['null', 'string'], default: null })

export const posts = {
  name: 'posts',
  firstSchema: '43f5a3921084f2f9',
  walkedByHand: '43f5a3921084f2f9',
  schema: {
    type: 'record',
    name: 'Post',
    namespace: 'tendance',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'created_at', type: timestamp },
      { name: 'text', type: 'string' },
      optional('lang'),
      {
        name: 'author',
        type: {
          type: 'record',
          name: 'Author',
          fields: [
            { name: 'id', type: 'string' },
            { name: 'handle', type: 'string' },
          ],
        },
      },
      { name: 'source', type: 'string' },
      { name: 'received_at', type: timestamp },
      optional('retweet_of'),
      optional('reply_to'),
      optional('quote_of'),
      {
        name: 'entities',
        type: {
          type: 'record',
          name: 'Entities',
          fields: [
            { name: 'hashtags', type: strings },
            { name: 'mentions', type: strings },
            { name: 'urls', type: strings },
            { name: 'media', type: strings },
          ],
        },
      },
    ],
  },
} as const satisfies Stream
