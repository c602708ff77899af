/**
 * The registry of formats, and the door: a line of a source becomes posts or a notice, or an AppError `bad-record` that names the
 * field and its value. A format is found by the shape of the JSON, so sources need not say what they send, and may mix.
 */
import type { z } from 'zod'
import { AppError, messageOf } from '../../model/errors.ts'
import type { Post } from '../../model/streams/posts.ts'
import { badRecord, NOTICE_KINDS, type NoticeKind, type ParseContext, type Parsed, show } from './parsed.ts'
import { fromTendance, tendancePost } from './tendance.ts'
import { fromV1, v1Post } from './twitter-v1.ts'
import { fromV2, v2Answer } from './twitter-v2.ts'

type JsonObject = Readonly<Record<string, unknown>>

interface Format {
  readonly name: string
  /** Whether an object looks like this format; the first that says yes reads it. */
  readonly detect: (json: JsonObject) => boolean
  readonly parse: (json: JsonObject, context: ParseContext) => readonly Post[]
}

const formats: readonly Format[] = [
  {
    name: 'twitter-v2',
    detect: (json) => typeof json['data'] === 'object' && json['data'] !== null,
    parse: (json, context) => fromV2(validate(v2Answer, json), context),
  },
  {
    name: 'twitter-v1',
    detect: (json) => 'id_str' in json || 'user' in json || 'timestamp_ms' in json,
    parse: (json, context) => [fromV1(validate(v1Post, json), context)],
  },
  {
    name: 'twitter-v2 alone',
    detect: (json) => 'author_id' in json || 'edit_history_tweet_ids' in json,
    parse: (json, context) => fromV2(validate(v2Answer, { data: json }, 'data.'), context),
  },
  {
    name: 'tendance',
    detect: (json) => 'id' in json && 'text' in json,
    parse: (json, context) => [fromTendance(validate(tendancePost, json), context)],
  },
]

/** Notices are objects of one key (the older ones), or name what they are about. */
const NOTICE_KEYS = NOTICE_KINDS.filter((kind) => kind !== 'keep-alive')

/** @throws AppError `bad-record` */
export function parseLine(line: string, context: ParseContext): Parsed {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (error) {
    const text = line.trim()
    if (text === '') return { kind: 'notice', notice: 'keep-alive' }
    throw new AppError('bad-record', `not JSON: ${messageOf(error)}`, { cause: error })
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw badRecord('the line', json, 'a JSON object')
  const object = json as JsonObject
  const format = formats.find(({ detect }) => detect(object))
  if (!format) {
    const notice = noticeOf(object)
    if (notice) return { kind: 'notice', notice }
    throw new AppError(
      'bad-record',
      `no known format: an object with the keys ${show(Object.keys(object))}; docs/sources.md describes the known ones`,
    )
  }
  const whole = hasRoundedId(object) ? (parseKeepingDigits(line) as JsonObject) : object
  return { kind: 'posts', posts: format.parse(whole, context) }
}

function noticeOf(json: JsonObject): NoticeKind | undefined {
  return NOTICE_KEYS.find((kind) => kind in json)
}

/** Whether JSON.parse has rounded the id, and there is no `id_str` to use instead. */
function hasRoundedId(json: JsonObject): boolean {
  const rounded = (object: unknown) => {
    const { id, id_str } = (object ?? {}) as JsonObject
    return typeof id === 'number' && !Number.isSafeInteger(id) && !id_str
  }
  return rounded(json) || rounded(json['retweeted_status'])
}

/** Numbers that do not fit are given as the text of their digits. Slower than JSON.parse alone, so only when it matters. */
function parseKeepingDigits(line: string): unknown {
  return JSON.parse(line, (_key, value: unknown, context?: { readonly source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
    return context?.source && /^\d+$/.test(context.source) ? context.source : value
  })
}

function validate<T extends z.ZodType>(schema: T, json: unknown, hide = ''): z.infer<T> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = deepest(parsed.error.issues)
  const path = issue.path.join('.')
  throw new AppError(
    'bad-record',
    `${path.startsWith(hide) ? path.slice(hide.length) : path} is ${show(valueAt(json, issue.path))}; ${issue.message}`,
    {
      facts: { field: path },
    },
  )
}

/** Of a union's failure, the branch that got furthest says what is wrong. */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const issue = issues[0]!
  if (issue.code !== 'invalid_union') return issue
  let found: z.core.$ZodIssue = issue
  for (const branch of issue.errors) {
    const inner = branch[0] && deepest(branch)
    if (inner && inner.path.length + issue.path.length > found.path.length) {
      found = { ...inner, path: [...issue.path, ...inner.path] }
    }
  }
  return found
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], json)
}
