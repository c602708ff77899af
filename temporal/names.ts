/** Names in Temporal that people type and workflows share. Importable by workflow code: constants and pure functions only. */
export const TASK_QUEUE = 'tendance-batch'
export const SCHEDULE_HOURLY = 'tendance-hourly'
export const WORKFLOW_TYPES = ['hourly', 'recompute', 'rebuild', 'cleanup'] as const
export type WorkflowType = (typeof WORKFLOW_TYPES)[number]
