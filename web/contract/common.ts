/**
 * What requests and responses of the HTTP API have in common. The contract (this folder) is shared with the page: zod schemas and
 * the types that they give, no I/O, nothing of Node, so that a browser's bundler can take it.
 *
 * Instants are milliseconds since 1970 UTC. Hours are UTC, whatever the reader's time zone: `2026-11-16T07`.
 */
import { z } from 'zod'
import { BOARD_NAMES } from '../../model/boards.ts'
import type { ErrorCode } from '../../model/errors.ts'

export const API = '/api/v1'

export const hourId = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])$/)
  .meta({ id: 'HourId', description: 'A UTC hour, the 60 minutes from it: 2026-11-16T07' })

/** An hour that is asked for: of 1970 to 2999, so that the hours around it can be written too. */
export const askedHour = z
  .string()
  .regex(
    /^(19[7-9]\d|2\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])$/,
    'write an hour of 1970 to 2999 as 2026-11-16T07 (UTC)',
  )
  .refine((text) => isOfCalendar(text), 'there is no such day')
  .meta({ id: 'AskedHour', description: 'A UTC hour of 1970 to 2999: 2026-11-16T07' })

/** The 31st of April has the right form. */
function isOfCalendar(hour: string): boolean {
  const ms = Date.parse(`${hour}:00:00.000Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(hour)
}

export const instant = z.number().describe('Milliseconds since 1970 UTC')
export const count = z.number().int().min(0)
export const board = z.enum(BOARD_NAMES as [(typeof BOARD_NAMES)[number]]).describe('Which ranking')
export const editionNumber = z.coerce.number().int().min(1).max(1_000_000).describe('Number of an edition')
export const pathEdition = z.strictObject({ edition: editionNumber })

/** `24h`, `7d`, `2w`: the hours that end with the last one that is over. */
export const lastLength = z
  .string()
  .regex(/^[1-9]\d{0,4}[hdw]$/, 'write a length as 24h, 7d or 2w')
  .describe('The hours of the last 24h, 7d, 2w, up to the last hour that is over')

/**
 * Which hours: one `hour`, or a range [`from`, `to`), or the `last` so many. `from` alone goes up to the last hour that is over;
 * without any it is that hour. `hour`, `from` and `last` exclude one another.
 */
export const windowQuery = z.strictObject({
  hour: askedHour.optional().describe('One hour, UTC: 2026-11-16T07'),
  from: askedHour.optional().describe('A range: its first hour'),
  to: askedHour.optional().describe('The hour behind the last of the range; needs `from`'),
  last: lastLength.optional(),
})
export type WindowQuery = z.infer<typeof windowQuery>

export const service = z.enum(['MongoDB', 'Kafka', 'Temporal', 'Lake'])
export type ServiceName = z.infer<typeof service>

/** Something could not be asked: this is what was known before. Also the header `Tendance-Stale-Since`. */
export const stale = z
  .object({
    since: instant.describe('When it was read'),
    service: service.nullable().describe('What does not answer; null: something else went wrong'),
    why: z.string().describe('What does not answer, and what to do, in English'),
  })
  .nullable()
  .meta({ id: 'Stale', description: 'null: fresh. Else the answer is what was known at `since`' })
export type Stale = z.infer<typeof stale>

/** The next page: a path with its query, to be asked as it stands; null: there is none. */
export const next = z
  .string()
  .nullable()
  .describe('Path of the next page, to be asked as it stands; null: this is the last')

/** Codes that only HTTP has; the others are those of model/errors.ts. */
export type RefusalCode =
  | 'unauthorised'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'too-large'
  | 'unsupported-media-type'
  | 'misdirected'
  | 'too-many-requests'
export type ProblemCode = RefusalCode | ErrorCode

/** RFC 9457. `application/problem+json`. */
export const problem = z
  .object({
    type: z.string().describe('urn:tendance:problem:<code>'),
    title: z.string(),
    status: z.number().int().min(400).max(599),
    code: z.string().describe('From a closed list: docs/api.md'),
    detail: z.string().describe('What is wrong, and what is right'),
    instance: z.string().describe('The request’s id, as the server’s log names it'),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('Of a request that does not fit its schema: each field that is wrong'),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof problem>

/** A response as the server makes it: it changes nothing of what it has made. */
export type Sent<T> = T extends readonly (infer Item)[]
  ? readonly Sent<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Sent<T[Key]> }
    : T
