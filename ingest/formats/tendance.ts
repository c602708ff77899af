/**
 * Tendance's own form of a post: the fields of the record itself, most of them optional.
 *
 *   {"id":"shop:17","created_at":"2026-11-16T07:00:00Z","text":"Hello #world"}
 *
 * docs/sources.md lists them.
 */
import { z } from 'zod'
import type { Post } from '../../model/streams/posts.ts'
import { parseMs, parseTime } from './event-time.ts'
import type { ParseContext } from './parsed.ts'

const strings = z.array(z.string()).optional()
const optional = z.string().nullish()

export const tendancePost = z.object({
  id: z.string().min(1).max(256),
  created_at: z.union([z.string(), z.number()]),
  text: z.string(),
  lang: optional,
  author: z.object({ id: z.string(), handle: z.string().optional() }).nullish(),
  source: z.string().optional(),
  retweet_of: optional,
  reply_to: optional,
  quote_of: optional,
  entities: z.object({ hashtags: strings, mentions: strings, urls: strings, media: strings }).nullish(),
})

const NONE: readonly string[] = []

export function fromTendance(json: z.infer<typeof tendancePost>, context: ParseContext): Post {
  const { created_at, author, entities } = json
  return {
    id: json.id,
    created_at:
      typeof created_at === 'string' ? parseTime('created_at', created_at) : parseMs('created_at', created_at),
    text: json.text,
    lang: json.lang ?? null,
    author: { id: author?.id ?? '', handle: author?.handle ?? '' },
    source: json.source ?? context.source,
    received_at: context.receivedAt,
    retweet_of: json.retweet_of ?? null,
    reply_to: json.reply_to ?? null,
    quote_of: json.quote_of ?? null,
    entities: {
      hashtags: entities?.hashtags ?? NONE,
      mentions: entities?.mentions ?? NONE,
      urls: entities?.urls ?? NONE,
      media: entities?.media ?? NONE,
    },
  }
}
