/** `GET /top`: the ranking of an hour, of a range as one window (proven), or of each hour of a range. */
import { z } from 'zod'
import { board, count, editionNumber, hourId, instant, next, stale, windowQuery } from './common.ts'

/** Hours on one page of `by=hour`. */
export const BY_HOUR_PAGE_MAX = 744
export const BY_HOUR_PAGE = 168

export const topQuery = windowQuery.extend({
  by: z.literal('hour').optional().describe('Each hour by itself, with movements, instead of all together'),
  n: z.coerce.number().int().min(1).max(1_000).default(10).describe('How many terms'),
  board: board.default('hashtags'),
  edition: editionNumber.optional().describe('Another edition than the live one'),
  digest: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional()
    .describe('As an answer named it: exactly that answer, which never changes, or 404. Needs `edition`'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(BY_HOUR_PAGE_MAX)
    .default(BY_HOUR_PAGE)
    .describe('With `by=hour`: hours on a page, fewer when `n` is great'),
})

export type TopQuery = z.infer<typeof topQuery>

export const movement = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('ranked'),
      before: count.describe('Its rank the hour before'),
      moved: z.number().int().describe('Places up; negative: down; 0: none'),
      countBefore: count,
    }),
    z.object({ kind: z.literal('new') }),
    z.object({ kind: z.literal('below') }),
    z.object({ kind: z.literal('unknown') }),
  ])
  .meta({
    id: 'Movement',
    description:
      'Against the hour before. new: was not counted; below: was behind all that the tally names; unknown: nothing to compare with',
  })
export type Movement = z.infer<typeof movement>

export const topRow = z
  .object({
    rank: z.number().int().min(1),
    key: z.string().describe('What is counted and compared: NFKC, case-folded, without its sign'),
    shown: z.string().describe('The most used spelling'),
    count: count.describe('Certain: the true count lies in [count, countMax]'),
    countMax: count,
    movement: movement.optional().describe('Of an hour; a range has none'),
  })
  .meta({ id: 'TopRow' })

export const HOUR_STANDINGS = ['sealed', 'amended', 'provisional', 'missing'] as const
export const standing = z.enum(HOUR_STANDINGS).meta({
  id: 'Standing',
  description:
    'sealed: complete; amended: sealed, and computed again with late records; provisional: counted live; missing',
})
export type Standing = z.infer<typeof standing>

export const speedStanding = z
  .object({
    partitions: count,
    completeTo: instant.describe('Event time: every partition has closed what ends at or before it'),
    secondsBehind: z.number(),
    writtenAt: instant.describe('When the quietest partition last wrote'),
    late: count.describe('Records that came too late for live counting, ever; batch has them'),
  })
  .meta({ id: 'SpeedStanding' })

export const gap = z
  .object({
    hour: hourId,
    why: z
      .enum(['ahead', 'not-computed', 'unknown'])
      .describe('ahead: not over. not-computed: the lake has records, no view does. unknown: nobody has seen records'),
  })
  .meta({ id: 'Gap' })

export const provenance = z
  .object({
    origin: z.enum(['batch', 'speed', 'mixed', 'none']),
    liveVersion: count.nullable().describe('null: an edition was asked for, whichever is live'),
    edition: z.number().int().nullable().describe('That readers see, or the one asked for; null before there is one'),
    editions: z.array(z.number().int()).describe('Whose batch views are in it'),
    extractors: z.array(z.string()).describe('More than one: it adds up hours counted by different rules'),
    hours: z.object({ sealed: count, amended: count, provisional: count, missing: count }),
    provisional: z.array(hourId),
    amended: z.array(z.object({ hour: hourId, at: instant, records: count })),
    quarantined: z
      .array(z.object({ hour: hourId, files: count, records: count }))
      .describe('Hours that lack records: damaged files of theirs were set aside'),
    gaps: z.array(gap),
    speed: speedStanding.nullable(),
  })
  .meta({ id: 'Provenance' })

/** Why an answer is not exact (model/doubt.ts). */
export const doubted = {
  unproven: z.string().nullable().describe('Why it is not exact, in English; null: it is'),
  doubt: z
    .discriminatedUnion('cause', [
      z.object({ cause: z.literal('lake-not-asked') }),
      z.object({ cause: z.literal('full-tallies-unread'), why: z.string() }),
      z.object({ cause: z.literal('live-counts-cut') }),
    ])
    .nullable()
    .meta({ id: 'Doubt', description: 'The same as facts; more causes may come' }),
}

export const answer = z
  .object({
    stream: z.string(),
    board: z.string(),
    from: hourId,
    to: hourId.describe('The hour behind the last'),
    standing: standing.nullable().describe('Of one hour; null: of a range, see provenance.hours'),
    rows: z.array(topRow),
    exact: z.boolean().describe('Proven: rows, order and counts are those of the full counts'),
    bound: count.describe('By how much the truth may differ, when not exact'),
    ...doubted,
    distinct: count,
    distinctMax: count,
    total: count.describe('Sum of all counts'),
    records: count.describe('Records counted, copies removed'),
    copies: count,
    provenance,
  })
  .meta({ id: 'Answer' })
export type Answer = z.infer<typeof answer>

export const topResponse = z
  .object({
    board: z.string(),
    from: hourId,
    to: hourId,
    by: z.enum(['range', 'hour']).describe('range: one answer for all; hour: one for each, in time order'),
    n: count,
    answers: z.array(answer),
    digest: z
      .string()
      .nullable()
      .describe(
        'Of all that it was made from, when every hour is in batch and proven; null: it can still change by itself',
      ),
    permanent: z.string().nullable().describe('Path under which this very answer never changes; null: it has none'),
    next,
    stale,
  })
  .meta({ id: 'TopResponse' })
export type TopResponse = z.infer<typeof topResponse>
