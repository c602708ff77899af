/** `GET /hours`: the ledger, an entry for every hour of the range, also for those that nothing is known of. */
import { z } from 'zod'
import { CLOCK_SERVICES } from '../../model/clocks.ts'
import { HOUR_STATES } from '../../model/ledger.ts'
import { askedHour, count, hourId, instant, next, stale } from './common.ts'

export const HOURS_PAGE_MAX = 1_000

export const hoursQuery = z.strictObject({
  from: askedHour.optional().describe('First hour; unless said, 48 hours up to the running one'),
  to: askedHour.optional().describe('The hour behind the last; unless said, that behind the running one'),
  limit: z.coerce.number().int().min(1).max(HOURS_PAGE_MAX).default(HOURS_PAGE_MAX).describe('Hours on a page'),
})

const share = z.number().nullable().describe('1: everything; null: not known yet')

const lacking = z.object({ files: count, records: count })

export const ledgerHour = z
  .object({
    hour: hourId,
    state: z.enum(HOUR_STATES).meta({
      description:
        'none: not begun, or before the first record. gap: no records. open: records may still come. behind: should be sealed. ' +
        'sealed: complete, not computed. failed: could not be computed. computed. amended: computed again with late records',
    }),
    sealedAt: instant.nullable(),
    archived: z
      .object({
        records: count.describe('With copies'),
        bytes: count,
        files: count,
        partitions: z.array(
          z.object({ partition: count, from: count, to: count, records: count }).describe('Offsets [from, to)'),
        ),
        firstArrivedAt: instant.nullable(),
        lastArrivedAt: instant.nullable(),
        late: count,
        lost: count,
      })
      .nullable(),
    refused: z.string().nullable().describe('Why it could not be sealed, when that is how it stands'),
    amendments: z.array(z.object({ at: instant, records: z.number().int() })),
    quarantined: z
      .object({
        files: count,
        records: count,
        vanished: lacking.optional().describe('Of these, those that are not in the lake any more'),
        accepted: lacking.optional().describe('Of those that vanished, those that a person accepted as lost for ever'),
      })
      .describe('Files of the log that it lacks: damaged and set aside, or vanished'),
    computed: z
      .object({
        boards: z.array(z.object({ board: z.string(), edition: z.number().int(), extractor: z.string() })),
        records: count.describe('Counted, copies removed'),
        copies: count,
        longTerms: count.optional().describe('Terms that were left out as too long; absent: none'),
        lacking: count.describe('Records of damaged files that were set aside before it was computed'),
        at: instant,
        current: z.boolean().describe('Made from the files that are there now; else it is computed again'),
      })
      .nullable(),
    completeness: z.object({ computed: share, archived: share }),
    agreements: z
      .array(
        z.object({
          board: z.string(),
          edition: z.number().int(),
          agrees: z.boolean(),
          batchRecords: count,
          speedRecords: count,
          topDiffers: count,
          countOff: z.number(),
          countOffTerm: z.string().nullable(),
          shareOff: z.number(),
        }),
      )
      .describe('Live counting against batch'),
    editions: z.array(z.number().int()).describe('That have it'),
    failure: z.object({ at: instant, code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'LedgerHour' })
export type LedgerHour = z.infer<typeof ledgerHour>

export const hoursResponse = z
  .object({
    stream: z.string(),
    from: hourId,
    to: hourId,
    known: z.object({ first: hourId, last: hourId }).nullable().describe('First and last hour with records'),
    archive: z
      .object({
        at: instant,
        partitions: z.array(z.object({ partition: count, high: count, archived: count })),
        clocks: z
          .array(z.object({ service: z.enum(CLOCK_SERVICES), skewMs: z.number() }))
          .optional()
          .describe('Services whose clocks differed too much from the machine’s that looked: it sealed nothing'),
      })
      .nullable()
      .describe('How far the archive was when the hourly work last looked'),
    hours: z.array(ledgerHour).describe('In time order'),
    next,
    stale,
  })
  .meta({ id: 'HoursResponse' })
export type HoursResponse = z.infer<typeof hoursResponse>
