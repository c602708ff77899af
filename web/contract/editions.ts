/** Editions: what there is, what would change, and what a person decides of them. */
import { z } from 'zod'
import { DIFF_CHANGES } from '../../model/diff.ts'
import { EDITION_STATES } from '../../model/editions.ts'
import { CONCURRENCY_MAX } from '../../model/requests.ts'
import { askedHour, board, count, editionNumber, hourId, instant, stale } from './common.ts'

const extractors = z.record(z.string(), z.string()).describe('Board → extractor: {"hashtags": "hashtags@2"}')

const insteadOf = z.number().int().nullable()

const changeFacts = z
  .discriminatedUnion('cause', [
    z.object({ cause: z.literal('gone-on-with') }),
    z.object({ cause: z.literal('to-be-decided') }),
    z.object({ cause: z.literal('published'), insteadOf }),
    z.object({ cause: z.literal('gone-back-to'), insteadOf }),
    z.object({ cause: z.literal('replaced-by'), edition: z.number().int() }),
    z.object({ cause: z.literal('left-for'), edition: z.number().int() }),
  ])
  .meta({ id: 'ChangeFacts', description: 'More causes may come; `why` says all' })

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
      .array(
        z.object({
          state: z.enum(EDITION_STATES),
          at: instant,
          by: z.string(),
          why: z.string().describe('A person’s reason, or Tendance’s in English'),
          facts: changeFacts.nullable().describe('What Tendance’s reason is'),
        }),
      )
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
  from: askedHour.optional().describe('Only hours from this one'),
  to: askedHour.optional().describe('Only hours before this one'),
  limit: z.coerce.number().int().min(0).max(500).default(48).describe('Hours shown one by one'),
})

const bounds = { lower: count, upper: count }
const sides = z.object({ before: count, after: count })
const diffSide = z.object({ ...bounds, rank: z.number().int().min(1).nullable().describe('null: not in the top n') })

export const diffRow = z
  .object({
    key: z.string(),
    shown: z.string(),
    change: z
      .enum(DIFF_CHANGES)
      .describe('entered, left: the top n. up, down: its rank. count: only its count. same: nothing'),
    before: diffSide.describe('The true count lies in [lower, upper]'),
    after: diffSide,
  })
  .meta({ id: 'DiffRow' })
export type DiffRow = z.infer<typeof diffRow>

export const hourDiff = z
  .object({
    hour: hourId,
    editions: sides.describe('The editions it was read from'),
    extractors: z.object({ before: z.string(), after: z.string() }),
    otherFiles: z.boolean().describe('One has records that the other has not'),
    records: sides,
    distinct: sides,
    rows: z.array(diffRow).describe('In the order of edition b, then what left'),
    settled: z.boolean().describe('Every count is certain'),
  })
  .meta({ id: 'HourDiff' })

export const diffResponse = z
  .object({
    a: z.number().int(),
    b: z.number().int(),
    board: z.string(),
    n: count,
    compared: count.describe('Hours that both have'),
    differing: count.describe('Of them, those whose top n differs'),
    shared: count.describe('Hours that both read from one edition'),
    first: hourId.nullable().describe('Of the hours compared'),
    last: hourId.nullable(),
    onlyBefore: z.array(hourId).describe('Hours that only a has'),
    onlyAfter: z.array(hourId).describe('Hours that only b has'),
    changes: z.record(z.enum(DIFF_CHANGES), count).describe('Rows over all hours'),
    greatest: z
      .array(
        z.object({
          key: z.string(),
          shown: z.string(),
          before: z.object(bounds),
          after: z.object(bounds),
          lower: z.number().int(),
          upper: z.number().int(),
        }),
      )
      .describe('Over all hours together: the terms whose counts change most; the change lies in [lower, upper]'),
    settled: z.boolean(),
    hours: z.array(hourDiff).describe('The first hours that differ, as many as `limit`, in time order'),
    stale,
  })
  .meta({ id: 'DiffResponse' })
export type DiffResponse = z.infer<typeof diffResponse>

const by = z.string().min(1).max(100).optional().describe('Who decides it')
const reason = z.string().min(1).max(1_000).optional()

export const decisionBody = z.strictObject({ by, reason }).meta({ id: 'DecisionBody' })
export const decisionResponse = z
  .object({
    edition: z.number().int(),
    outcome: z
      .enum(['live-already', 'publishing', 'rejected'])
      .describe('publishing: it is live when it is up to date'),
    said: z.string().describe('What the run that keeps it answered, in English'),
  })
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
    since: askedHour.optional().describe('Of a recompute: its first hour'),
    until: askedHour.optional().describe('The hour behind its last; without it, no end'),
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

const someHours = z.object({
  count,
  runs: z.array(z.object({ first: hourId, last: hourId })).describe('The first of them, as runs'),
})

export const preview = z
  .object({
    kind: z.enum(['recompute', 'rebuild']),
    since: hourId.nullable(),
    until: hourId.nullable(),
    parent: z.number().int().nullable().describe('The live edition'),
    boards: z.array(z.string()),
    extractors,
    hours: count.describe('Sealed, with records: what it would read'),
    first: hourId.nullable(),
    last: hourId.nullable(),
    records: count,
    bytes: count,
    open: someHours.describe('Not sealed: left alone until they are'),
    missing: someHours.describe('Without any record'),
    sample: z
      .array(
        z.object({
          hour: hourId,
          bytes: count,
          ms: z.number(),
          boards: z.array(
            z.object({
              board: z.string(),
              before: z.object({ edition: z.number().int(), extractor: z.string(), records: count }).nullable(),
              after: z.object({ extractor: z.string(), records: count, copies: count }),
              otherFiles: z.boolean(),
              rows: z.array(diffRow),
            }),
          ),
        }),
      )
      .describe('A few hours, really counted by the new rule'),
    estimate: z
      .object({
        secondsLeast: z.number(),
        secondsMost: z.number(),
        edition: z.number().int().nullable().describe('What it was measured on; null: the sample'),
      })
      .nullable(),
  })
  .meta({ id: 'Preview' })
export type Preview = z.infer<typeof preview>

export const previewResponse = z
  .object({
    run: z.object({ workflowId: z.string(), url: z.string() }).describe('What looks'),
    preview: preview.nullable().describe('null: it is still looking; ask the same again'),
  })
  .meta({ id: 'PreviewResponse' })
export type PreviewResponse = z.infer<typeof previewResponse>

export const startedResponse = z
  .object({ workflowId: z.string(), url: z.string().describe('In the Temporal UI') })
  .meta({ id: 'StartedResponse' })
export type StartedResponse = z.infer<typeof startedResponse>
