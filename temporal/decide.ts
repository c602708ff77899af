/** What a person tells a run: publish, reject, pause, resume, cancel; and how far it is. */
import {
  type Client,
  isGrpcDeadlineError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import { AppError } from '../model/errors.ts'
import type { Progress } from '../model/progress.ts'
import { QUERY_PROGRESS, type UpdateName } from './names.ts'
import { afterRun, readStanding, standingText } from './run-standing.ts'

/** A worker answers within a second; when none is there, nobody does. */
const ANSWER_MS = 10_000

/**
 * @returns what the run answers
 * @throws AppError `not-found` when no run goes on under that id, `unavailable` when no worker takes it
 */
export async function tellRun(
  client: Client,
  workflowId: string,
  update: UpdateName,
  told: { readonly by?: string; readonly reason?: string } = {},
): Promise<string> {
  return await asked(client, workflowId, () =>
    client.workflow.getHandle(workflowId).executeUpdate<string, [typeof told]>(update, { args: [told] }),
  )
}

/** Kinds of runs that take the update `cancel`, and so know who cancelled them and why. */
const TOLD_WHY = ['recompute', 'rebuild']

/**
 * Cancels the run; it cleans up behind itself. Resolves when it has been told, not when it has ended.
 * @throws AppError `not-found`, `unavailable`
 */
export async function cancelRun(
  client: Client,
  workflowId: string,
  told: { readonly by: string; readonly reason?: string },
): Promise<string> {
  const handle = client.workflow.getHandle(workflowId)
  const { type } = await asked(client, workflowId, () => handle.describe())
  if (TOLD_WHY.includes(type)) return await tellRun(client, workflowId, 'cancel', told)
  await asked(client, workflowId, () => handle.cancel())
  return 'cancelled'
}

export interface RunState {
  readonly workflowId: string
  /** RUNNING, COMPLETED, FAILED, CANCELED… as Temporal says. */
  readonly status: string
  readonly startedAt: string
  readonly endedAt: string | null
  /** null: no worker answers. */
  readonly progress: Progress | null
}

/** @throws AppError `not-found` */
export async function readRun(client: Client, workflowId: string): Promise<RunState> {
  const handle = client.workflow.getHandle(workflowId)
  const { status, startTime, closeTime } = await asked(client, workflowId, () => handle.describe())
  const progress = await asked(client, workflowId, () => handle.query<Progress>(QUERY_PROGRESS)).catch((error) => {
    if (error instanceof AppError) return null
    throw error
  })
  return {
    workflowId,
    status: status.name,
    startedAt: startTime.toISOString(),
    endedAt: closeTime?.toISOString() ?? null,
    progress,
  }
}

/** Nobody hears what is told to a run that is gone: how it ended, and which command acts in its place. */
async function noRun(client: Client, workflowId: string, cause: unknown): Promise<AppError> {
  const standing = await readStanding(client, workflowId)
  const how = standing.is === 'running' ? `${workflowId} was just ending` : standingText(workflowId, standing)
  return new AppError('not-found', `no run goes on under that id: ${how}. ${sentence(afterRun(workflowId))}`, {
    cause,
    facts: { workflowId },
  })
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

async function asked<T>(client: Client, workflowId: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + ANSWER_MS, ask)
  } catch (error) {
    const facts = { workflowId }
    if (error instanceof WorkflowNotFoundError) {
      throw await noRun(client, workflowId, error)
    }
    if (error instanceof WorkflowUpdateFailedError) {
      throw new AppError('conflict', `${workflowId}: ${error.cause?.message ?? error.message}`, { cause: error, facts })
    }
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(error)) {
      throw new AppError(
        'unavailable',
        `${workflowId} does not answer: no batch worker takes it. Start one: tendance work batch`,
        { cause: error, facts },
      )
    }
    throw error
  }
}
