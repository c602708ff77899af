/**
 * What is wrong, as facts: a `cause`, and the numbers, names and moments that belong to it. Who shows them finds its own words for the
 * causes that it knows; of one that it does not know, the problem's `message` and `remedy` still say all.
 */
import { z } from 'zod'
import { CLOCK_SERVICES } from '../../model/clocks.ts'
import { DAMAGE_KINDS } from '../../model/verify.ts'
import { count, instant, type Sent, service } from './common.ts'

const of = <Cause extends string, Shape extends z.ZodRawShape>(cause: Cause, shape: Shape) =>
  z.object({ cause: z.literal(cause), ...shape })

const why = z.string().describe('As a program or a person has said it')
const records = { records: count }

export const groupName = z.enum(['archive', 'speed'])

const archiveLag = {
  kind: z.literal('behind'),
  at: instant.describe('When the archive was looked at'),
  lacking: z.array(z.object({ partition: count, ...records })),
}

/** Of hours: those of model/ledger-problems.ts, kind by kind. */
const ofHours = [
  of('never-looked', { kind: z.literal('behind') }),
  of('not-looked-since', { kind: z.literal('behind'), at: instant }),
  of('seal-refused', { kind: z.literal('behind'), why }),
  of('archive-behind', archiveLag),
  of('archive-falls-behind', archiveLag),
  of('not-sealed', { kind: z.literal('behind'), at: instant.describe('When the archive had everything') }),
  of('not-computed', { kind: z.literal('not-computed') }),
  of('late-not-computed', { kind: z.literal('not-computed') }),
  of('not-computable', { kind: z.literal('failed'), why }),
  of('records-not-counted', { kind: z.literal('incomplete'), ...records, of: count }),
  of('records-beyond', { kind: z.literal('incomplete'), ...records }),
  of('records-lost', { kind: z.literal('lost'), ...records }),
  of('files-set-aside', {
    kind: z.literal('quarantined'),
    ...records,
    files: count,
    counted: z.boolean().describe('Whether what is computed was computed with them'),
  }),
  of('files-vanished', {
    kind: z.literal('vanished'),
    ...records,
    files: count,
    counted: z.boolean().describe('Whether what is computed was computed with them'),
  }),
  of('lake-damaged', {
    kind: z.literal('damaged'),
    damage: z.enum(DAMAGE_KINDS),
    path: z.string(),
    more: count.describe('Further damages of the same hour'),
    at: instant.describe('When the lake was read'),
  }),
  of('no-records', { kind: z.literal('gap') }),
  of('few-records', {
    kind: z.literal('drop'),
    ...records,
    usual: count.describe('Median of the same hour of other weeks'),
    weeks: count,
  }),
  of('partitions-silent', { kind: z.literal('silent-partition'), partitions: z.array(count) }),
  of('live-disagrees', {
    kind: z.literal('disagreement'),
    board: z.string(),
    speedRecords: count,
    batchRecords: count,
    topDiffers: count.describe('Terms of the top 10 that were others'),
  }),
  of('clock-off', {
    kind: z.literal('clock'),
    service: z.enum(CLOCK_SERVICES),
    seconds: z.int().describe('By how much the machine is ahead of the service; less than 0: behind'),
  }),
] as const

export const problemFacts = z
  .discriminatedUnion('cause', [
    of('service-away', { service, why }),
    of('group-away', { group: groupName, waiting: count.describe('Messages that nobody takes') }),
    of('group-behind', { group: groupName, waiting: count }),
    of('batch-away', {}),
    of('no-schedule', {}),
    of('schedule-paused', { why: why.describe('Empty: nobody has said it') }),
    of('dead-letters', { reasons: z.array(z.string()), others: z.boolean().describe('There are further reasons') }),
    ...ofHours,
  ])
  .meta({ id: 'ProblemFacts', description: 'More causes may come: then `message` and `remedy` say it' })
export type ProblemFacts = Sent<z.infer<typeof problemFacts>>
