/** Names in Temporal that people type and workflows share. Importable by workflow code: constants and pure functions only. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

export const TASK_QUEUE = 'tendance-batch'
export const SCHEDULE_HOURLY = 'tendance-hourly'
export const SCHEDULE_CLEANUP = 'tendance-cleanup'
export const SCHEDULE_VERIFY = 'tendance-verify'
export const WORKFLOW_TYPES = ['hourly', 'recompute', 'rebuild', 'preview', 'cleanup', 'compact', 'verify'] as const
export type WorkflowType = (typeof WORKFLOW_TYPES)[number]

/**
 * A workflow or schedule id on a task queue: two installations that share a namespace (each with a task queue of its own) must
 * not take one's work for the other's.
 */
export function idOn(taskQueue: string, id: string): string {
  return taskQueue === TASK_QUEUE ? id : `${taskQueue}.${id}`
}

/** `temporal workflow query --name progress`: model/progress.ts has the shape of the answer. */
export const QUERY_PROGRESS = 'progress'

/** Updates of recompute and rebuild: `temporal workflow update execute --name publish`. */
export const UPDATES = ['publish', 'reject', 'pause', 'resume', 'cancel'] as const
export type UpdateName = (typeof UPDATES)[number]

/**
 * Search attributes, to find runs: `temporal workflow list --query 'kind="recompute" and edition=4'`. `since` is absent for
 * work over the full history.
 */
export const searchAttributes = {
  kind: defineSearchAttributeKey('kind', SearchAttributeType.KEYWORD),
  stream: defineSearchAttributeKey('stream', SearchAttributeType.KEYWORD),
  board: defineSearchAttributeKey('board', SearchAttributeType.KEYWORD_LIST),
  edition: defineSearchAttributeKey('edition', SearchAttributeType.INT),
  since: defineSearchAttributeKey('since', SearchAttributeType.DATETIME),
} as const
