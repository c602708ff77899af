/** Whether a run goes on: what decides whether it can be told something, or somebody has to act in its place. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { Edition } from '../model/editions.ts'

export type RunStanding =
  | { readonly is: 'running' }
  /** `status`: completed, failed, cancelled, terminated, timed out, as people say it. */
  | { readonly is: 'ended'; readonly status: string; readonly at: string | null }
  /** Temporal was set up anew, the run was deleted, or its retention is over. */
  | { readonly is: 'unknown' }

export async function readStanding(client: Client, workflowId: string): Promise<RunStanding> {
  try {
    const { status, closeTime } = await client.workflow.getHandle(workflowId).describe()
    if (status.name === 'RUNNING' || status.name === 'PAUSED') return { is: 'running' }
    const name = status.name.toLowerCase().replaceAll('_', ' ')
    return { is: 'ended', status: name, at: closeTime?.toISOString() ?? null }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { is: 'unknown' }
    throw error
  }
}

/** Whether nobody goes on with an edition that is built or held. */
export async function hasLostItsRun(client: Client, { workflowId }: Pick<Edition, 'workflowId'>): Promise<boolean> {
  return workflowId === null || (await readStanding(client, workflowId)).is !== 'running'
}

/** `recompute-… was terminated at 2026-11-30T06:00:00Z`. */
export function standingText(workflowId: string, standing: Exclude<RunStanding, { readonly is: 'running' }>): string {
  if (standing.is === 'unknown') {
    return `Temporal knows no run ${workflowId}: it was deleted, or Temporal was set up anew, or has forgotten it`
  }
  const { status, at } = standing
  return `${workflowId} has ended (${status}${at === null ? '' : ` at ${at}`})`
}

/** Which command goes on where a run ended, or takes back what it left. Every refusal on a run that is gone names it. */
export function afterRun(workflowId: string): string {
  if (/(^|\.)preview\b/.test(workflowId)) return 'a preview leaves nothing behind: ask for it again'
  if (/(^|\.)cleanup\b/.test(workflowId)) return "'tendance cleanup' goes on where it was"
  if (/(^|\.)compact\b/.test(workflowId)) return "'tendance compact' goes on where it was"
  if (/(^|\.)hourly\b/.test(workflowId)) return "'tendance hourly' computes what is missing"
  return `if it was building an edition, 'tendance recompute --resume ${workflowId}' goes on with it, and 'tendance cancel ${workflowId}' deletes what it has computed; 'tendance editions' lists them`
}
