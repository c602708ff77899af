/**
 * `GET /live`: server-sent events. Each event `live` is the whole of what is known, so a reader that missed some has missed
 * nothing but movement; `Last-Event-ID` brings what came since, when it is not long ago.
 */
import { z } from 'zod'
import { count, hourId, instant, stale } from './common.ts'
import { movement, standing, topRow } from './top.ts'

/** Slots of the sparklines: two hours of five minutes. */
export const SPARK_SLOTS = 24

export const liveQuery = z.strictObject({
  lastEventId: z.string().max(100).optional().describe('As the header, for those who cannot set it'),
})

export const slidingRow = z
  .object({
    rank: z.number().int().min(1),
    key: z.string(),
    shown: z.string(),
    count,
    countMax: count,
    movement: movement.describe('Against the 60 minutes before these'),
    spark: z
      .array(count)
      .describe('Counts of the slots of `slots`, oldest first; what a slot’s tally does not name is 0'),
  })
  .meta({ id: 'SlidingRow' })

export const liveEvent = z
  .object({
    at: instant,
    board: z.string(),
    edition: z.number().int().nullable(),
    liveVersion: count,
    secondsBehind: z
      .number()
      .nullable()
      .describe('From the newest record counted to now; null: nothing is counted live'),
    completeTo: instant.nullable().describe('Event time up to which all slots are closed'),
    lastHour: z.object({
      hour: hourId,
      standing,
      exact: z.boolean(),
      bound: count,
      records: count,
      total: count,
      rows: z.array(topRow),
    }),
    sliding: z.object({
      from: instant.describe('Start of its first slot'),
      to: instant.describe('Event time that it has come to'),
      exact: z.boolean(),
      bound: count,
      records: count,
      total: count,
      missingSlots: count.describe('Slots of the window that are not known: batch has their hour already'),
      rows: z.array(slidingRow),
    }),
    slotMs: count,
    slots: z
      .array(z.object({ at: instant, records: count, closed: z.boolean(), known: z.boolean() }))
      .describe('The last slots, oldest first, for sparklines'),
    stale,
  })
  .meta({ id: 'LiveEvent' })
export type LiveEvent = z.infer<typeof liveEvent>
