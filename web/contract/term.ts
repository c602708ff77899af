/** `GET /term`: the counts of one term by hour over a range, exact where the lake can be asked. */
import { z } from 'zod'
import { board, count, editionNumber, hourId, stale, windowQuery } from './common.ts'
import { doubted, provenance, standing } from './top.ts'

export const termQuery = windowQuery.extend({
  term: z.string().min(1).max(300).describe('As people write it; a leading # is left away'),
  board: board.default('hashtags'),
  edition: editionNumber.optional().describe('Another edition than the live one'),
})

export type TermQuery = z.infer<typeof termQuery>

export const termHour = z
  .object({
    hour: hourId,
    count: count.describe('Certain: the true count lies in [count, countMax]'),
    countMax: count,
    rank: z.number().int().min(1).nullable().describe('null: not counted, or behind what the hour’s tally names'),
    rankMin: z
      .number()
      .int()
      .min(1)
      .nullable()
      .describe('When `rank` is null and it was counted: its rank is this or greater'),
    shown: z.string().nullable().describe('The most used spelling of the hour, when the tally names it'),
    standing,
    edition: z.number().int().nullable(),
    extractor: z.string().nullable(),
    from: z
      .enum(['tally', 'lake', 'speed', 'none'])
      .describe('tally: the hour’s view. lake: looked up in the full tally. speed: counted live. none: no such hour'),
  })
  .meta({ id: 'TermHour' })
export type TermHour = z.infer<typeof termHour>

export const termResponse = z
  .object({
    term: z.string().describe('As asked'),
    key: z.string(),
    shown: z.string().nullable().describe('The most used spelling of the range'),
    board: z.string(),
    from: hourId,
    to: hourId,
    count: count.describe('Over the range; the true count lies in [count, countMax]'),
    countMax: count,
    exact: z.boolean(),
    ...doubted,
    firstSeen: hourId.nullable().describe('The first hour of the range that counted it'),
    lastSeen: hourId.nullable(),
    peak: z.object({ hour: hourId, count }).nullable(),
    best: z
      .object({ hour: hourId, rank: z.number().int().min(1) })
      .nullable()
      .describe('Its best rank'),
    spellings: z
      .array(z.object({ shown: z.string(), hours: count, count }))
      .describe('The most used spelling of each hour: of how many hours, and the counts of those. Most counted first'),
    digest: z.string().nullable().describe('Of all that it was made from, when every hour is in batch and proven'),
    hours: z.array(termHour).describe('Every hour of the range, in time order'),
    provenance,
    stale,
  })
  .meta({ id: 'TermResponse' })
export type TermResponse = z.infer<typeof termResponse>
