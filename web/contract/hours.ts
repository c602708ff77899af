/** `GET /hours`: the ledger, an entry for each hour that has any. */
import { z } from 'zod'
import { count, hourId, instant, next, stale } from './common.ts'

export const HOURS_PAGE_MAX = 2_000

export const hoursQuery = z
  .object({
    from: hourId.optional().describe('From this hour'),
    to: hourId.optional().describe('Up to the hour before this one'),
    order: z.enum(['newest', 'oldest']).default('newest'),
    limit: z.coerce.number().int().min(1).max(HOURS_PAGE_MAX).default(200),
    problems: z.literal('only').optional().describe('only: those with something wrong'),
  })
  .meta({ id: 'HoursQuery' })
export type HoursQuery = z.infer<typeof hoursQuery>

export const HOUR_STATES = ['open', 'sealed', 'computed', 'amended'] as const

export const ledgerHour = z
  .object({
    hour: hourId,
    state: z
      .enum(HOUR_STATES)
      .describe(
        'open: records still come. sealed: complete. computed: in batch. amended: computed again with late records',
      ),
    records: count.describe('In the lake, with copies'),
    bytes: count,
    files: count,
    sealedAt: instant.nullable(),
    updatedAt: instant,
    partitions: z.array(
      z.object({ partition: count, from: count, to: count, records: count }).describe('Offsets [from, to)'),
    ),
    computed: z
      .object({
        edition: z.number().int(),
        extractor: z.string(),
        digest: z.string(),
        records: count.describe('Counted, copies removed'),
        copies: count,
        at: instant,
        amendments: z.array(z.object({ at: instant, records: count })),
      })
      .nullable()
      .describe('By the live edition; null: not yet'),
    problems: z.array(z.object({ code: z.string(), message: z.string() })).describe('What is wrong with it, in words'),
  })
  .meta({ id: 'LedgerHour' })
export type LedgerHour = z.infer<typeof ledgerHour>

export const hoursResponse = z
  .object({ stream: z.string(), hours: z.array(ledgerHour), next, stale })
  .meta({ id: 'HoursResponse' })
export type HoursResponse = z.infer<typeof hoursResponse>
