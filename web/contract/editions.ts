/** Editions: what there is, what would change, and what a person decides of them. */
import { z } from 'zod'
import { EDITION_STATES } from '../../model/editions.ts'
import { CONCURRENCY_MAX } from '../../model/requests.ts'
import { board, count, editionNumber, hourId, instant, stale } from './common.ts'

const extractors = z.record(z.string(), z.string()).describe('Board → extractor: {"hashtags": "hashtags@2"}')

export const edition = z
  .object({
    stream: z.string(),
    number: z.number().int().min(1),
    parent: z.number().int().nullable(),
    since: hourId.nullable().describe('Its first own hour; null: from the beginning'),
    until: hourId.nullable().describe('The first hour that is again its parent’s; null: no end'),
    extractors,
    state: z.enum(EDITION_STATES),
    reason: z.string(),
    by: z.string(),
    createdAt: instant,
    publishedAt: instant.nullable(),
    boards: z.array(z.string()).nullable().describe('Boards of its own; null: all'),
    hours: count.describe('Hours that it has computed itself'),
    records: count.describe('Of those hours'),
    keepUntil: instant.nullable().describe('Retired: kept until then; null: as configured'),
    clearedAt: instant.nullable().describe('When its views were deleted: it can never be live again'),
    changes: z
      .array(z.object({ state: z.enum(EDITION_STATES), at: instant, by: z.string(), why: z.string() }))
      .describe('How it came into its states, oldest first'),
    run: z
      .object({ workflowId: z.string(), url: z.string().describe('In the Temporal UI') })
      .nullable()
      .describe('What built or builds it'),
  })
  .meta({ id: 'Edition' })
export type Edition = z.infer<typeof edition>

export type Live = z.infer<typeof live>

export const live = z
  .object({
    edition: z.number().int(),
    previous: z.number().int().nullable().describe('What a rollback goes back to; null: there is none'),
    version: count.describe('Grows by one with each publish'),
    at: instant,
    by: z.string(),
  })
  .meta({ id: 'Live' })

export const editionsResponse = z
  .object({
    live: live.nullable().describe('null: nothing was ever published'),
    editions: z.array(edition).describe('The newest first'),
    stale,
  })
  .meta({ id: 'EditionsResponse' })
export type EditionsResponse = z.infer<typeof editionsResponse>

export const editionResponse = z.object({ edition, stale }).meta({ id: 'EditionResponse' })
export type EditionResponse = z.infer<typeof editionResponse>

export const diffPath = z.strictObject({ a: editionNumber, b: editionNumber })
export const diffQuery = z.strictObject({
  board: board.default('hashtags'),
  n: z.coerce.number().int().min(1).max(100).default(10),
  hour: hourId.optional().describe('One hour'),
  from: hourId.optional().describe('A range as one window: its first hour; unless said, where the editions part'),
  to: hourId.optional(),
})

export type DiffQuery = z.infer<typeof diffQuery>

const place = z.object({ rank: z.number().int().min(1), count, countMax: count }).nullable()
export const diffRow = z
  .object({
    key: z.string(),
    shown: z.string(),
    change: z.enum(['entered', 'left', 'up', 'down', 'count', 'same']),
    before: place.describe('In edition a; null: not in its top'),
    after: place.describe('In edition b; null: not in its top'),
  })
  .meta({ id: 'DiffRow' })

export const diffResponse = z
  .object({
    a: z.number().int(),
    b: z.number().int(),
    board: z.string(),
    from: hourId,
    to: hourId,
    n: count,
    exact: z.boolean().describe('Both tops are proven'),
    rows: z.array(diffRow).describe('In the order of edition b, then what left'),
    records: z.object({ before: count, after: count }),
    distinct: z.object({ before: count, after: count }),
    stale,
  })
  .meta({ id: 'DiffResponse' })
export type DiffResponse = z.infer<typeof diffResponse>

const by = z.string().min(1).max(100).optional().describe('Who decides it')
const reason = z.string().min(1).max(1_000).optional()

export const decisionBody = z.strictObject({ by, reason }).meta({ id: 'DecisionBody' })
export const decisionResponse = z
  .object({ edition: z.number().int(), said: z.string().describe('What the run that keeps it answered') })
  .meta({ id: 'DecisionResponse' })
export type DecisionResponse = z.infer<typeof decisionResponse>

export const rollbackBody = z
  .strictObject({
    by,
    expectedVersion: count.optional().describe('The live version that the person looked at: another one is a conflict'),
  })
  .meta({ id: 'RollbackBody' })
export const rollbackResponse = z.object({ live }).meta({ id: 'RollbackResponse' })
export type RollbackResponse = z.infer<typeof rollbackResponse>

export const recomputeBody = z
  .strictObject({
    kind: z.enum(['recompute', 'rebuild']).default('recompute'),
    since: hourId.optional().describe('Of a recompute: its first hour'),
    until: hourId.optional().describe('The hour behind its last; without it, no end'),
    boards: z.array(board).min(1).optional().describe('Boards that it counts; the others stay with its parent'),
    extractors: extractors.optional().describe('Boards that are not named keep the live edition’s'),
    hold: z.boolean().default(false).describe('Compute everything, then wait for a person'),
    newestFirst: z.boolean().default(false).describe('From the newest hour back'),
    concurrency: z.number().int().min(1).max(CONCURRENCY_MAX).optional().describe('Activities in flight'),
    keep: z
      .string()
      .regex(/^[1-9]\d{0,4}[hdw]$/)
      .optional()
      .describe('How long the edition before is kept: 36h, 7d, 2w'),
    reason: reason.describe('Why, for those who look at editions later'),
    by,
  })
  .meta({ id: 'RecomputeBody' })
export type RecomputeBody = z.infer<typeof recomputeBody>

export const previewResponse = z
  .object({
    workflowId: z.string(),
    running: z.boolean().describe('A run of that id is under way: asking for it joins that one'),
    kind: z.enum(['recompute', 'rebuild']),
    parent: z.number().int().nullable(),
    since: hourId.nullable(),
    until: hourId.nullable(),
    extractors: z.array(z.object({ board: z.string(), from: z.string().nullable(), to: z.string() })),
    hours: count.describe('It would read'),
    records: count,
    bytes: count,
    estimatedSeconds: z.number().nullable().describe('From the rate of earlier work; null: there was none'),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'PreviewResponse' })
export type PreviewResponse = z.infer<typeof previewResponse>

export const startedResponse = z
  .object({ workflowId: z.string(), url: z.string().describe('In the Temporal UI') })
  .meta({ id: 'StartedResponse' })
export type StartedResponse = z.infer<typeof startedResponse>
