/** What a line of a source turns out to be. */
import { AppError } from '../../model/errors.ts'
import type { Post } from '../../model/streams/posts.ts'

/**
 * What a stream says about itself, between the posts. Counted by kind and left out: a post that was deleted or withheld later stays in the
 * master data set (removing persons' data is another job, with its own rules).
 */
export const NOTICE_KINDS = [
  'keep-alive', // a blank line
  'limit',
  'delete',
  'scrub_geo',
  'status_withheld',
  'user_withheld',
  'disconnect',
  'warning',
  'errors', // of v2: says what could not be delivered
  'friends',
  'event',
  'control',
] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

export type Parsed =
  | { readonly kind: 'posts'; readonly posts: readonly Post[] }
  | { readonly kind: 'notice'; readonly notice: NoticeKind }

/** What the formats need to know beyond the JSON. */
export interface ParseContext {
  /** Stands in the post's `source`. */
  readonly source: string
  /** Stands in `received_at`, ms. */
  readonly receivedAt: number
}

export function badRecord(field: string, value: unknown, expected: string): AppError {
  return new AppError('bad-record', `${field} is ${show(value)}; expected ${expected}`, { facts: { field } })
}

/** A value as a message shows it: short, whatever it is. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
