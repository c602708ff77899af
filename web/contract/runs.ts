/** Runs of batch work, as Temporal has them. */
import { z } from 'zod'
import { PHASES } from '../../model/progress.ts'
import { count, hourId, instant, stale } from './common.ts'

export const runPath = z.strictObject({ id: z.string().min(1).max(300).describe('Workflow id') })
export const runsQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(20) })

export const RUN_STATUSES = [
  'running',
  'completed',
  'failed',
  'cancelled',
  'terminated',
  'timed-out',
  'unknown',
] as const

export const progress = z
  .object({
    phase: z.enum(PHASES),
    paused: z.boolean(),
    edition: z.number().int().nullable(),
    fraction: z.number().min(0).max(1),
    hoursDone: count,
    hoursPlanned: count,
    hoursAhead: count.describe('Not looked at yet'),
    records: count,
    copies: count,
    bytes: count,
    failed: z.array(z.object({ hour: hourId, message: z.string() })),
    cursor: hourId.nullable(),
    note: z.string().describe('What else it says, in English; empty: nothing'),
    noted: z
      .discriminatedUnion('cause', [
        z.object({ cause: z.literal('waiting'), why: z.string() }),
        z.object({ cause: z.literal('to-be-decided'), edition: z.number().int() }),
        z.object({ cause: z.literal('deleting') }),
        z.object({ cause: z.literal('files-joined'), files: count, into: count }),
        z.object({ cause: z.literal('not-sealing'), why: z.string() }),
        z.object({ cause: z.literal('ended'), why: z.string() }),
      ])
      .nullable()
      .meta({ id: 'RunNote', description: 'The same as facts; more causes may come' }),
  })
  .meta({ id: 'Progress' })

export const run = z
  .object({
    workflowId: z.string(),
    kind: z.string(),
    status: z.enum(RUN_STATUSES),
    startedAt: instant,
    closedAt: instant.nullable(),
    url: z.string().describe('In the Temporal UI'),
  })
  .meta({ id: 'Run' })
export type RunStatus = (typeof RUN_STATUSES)[number]
export type Progress = z.infer<typeof progress>
export type Run = z.infer<typeof run>

export const runResponse = z
  .object({
    run,
    progress: progress.nullable().describe('null: it does not say (no worker, or it has ended long ago)'),
    failure: z.string().nullable(),
    stale,
  })
  .meta({ id: 'RunResponse' })
export type RunResponse = z.infer<typeof runResponse>

export const runsResponse = z
  .object({ runs: z.array(run).describe('The newest first'), stale })
  .meta({ id: 'RunsResponse' })
export type RunsResponse = z.infer<typeof runsResponse>
