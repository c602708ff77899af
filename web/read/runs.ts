/** What `GET /runs` and `/runs/{id}` answer: runs of batch work as Temporal has them, with the progress that each tells of itself. */
import {
  type Client,
  type WorkflowExecutionInfo,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { AppError, isAppError, messageOf } from '../../model/errors.ts'
import { fractionDone, type Progress as ModelProgress } from '../../model/progress.ts'
import { temporalError } from '../../temporal/connection.ts'
import { QUERY_PROGRESS } from '../../temporal/names.ts'
import { runUrl } from '../../temporal/ui-url.ts'
import type { Sent } from '../contract/common.ts'
import type { Progress, Run, RunResponse, RunStatus, RunsResponse } from '../contract/runs.ts'
import type { Services } from '../services.ts'
import type { Asking } from './known.ts'

/** A run whose worker is away does not answer its query. */
const QUERY_MS = 3_000

/** @throws from its `load` AppError `unavailable` */
export function runsAsking(services: Services, limit: number): Asking {
  return {
    key: `runs ${limit}`,
    of: 'temporal',
    load: () =>
      withTemporal(services, 'listing runs', async (client) => {
        const { taskQueue } = services.config.temporal
        const runs: Run[] = []
        for await (const info of client.workflow.list({ query: `TaskQueue = '${taskQueue.replaceAll("'", "\\'")}'` })) {
          runs.push(runOf(services, info))
          if (runs.length === limit) break
        }
        const response: RunsResponse = { runs, stale: null }
        return { response }
      }),
  }
}

/** @throws from its `load` AppError `unavailable`, `not-found` */
export function runAsking(services: Services, id: string): Asking {
  return {
    key: `run ${id}`,
    of: 'temporal',
    load: () =>
      withTemporal(services, `asking for run ${id}`, async (client, connection) => {
        const handle = client.workflow.getHandle(id)
        const info = await describe(handle, id)
        const run = runOf(services, info)
        const progress = await connection
          .withDeadline(Date.now() + QUERY_MS, () => handle.query<ModelProgress>(QUERY_PROGRESS))
          .catch(() => null)
        const response: Sent<RunResponse> = {
          run,
          progress: progress && progressOf(progress),
          failure: run.status === 'failed' ? await failureOf(handle) : null,
          stale: null,
        }
        return { response }
      }),
  }
}

interface RunInfo extends Pick<WorkflowExecutionInfo, 'workflowId' | 'type' | 'status' | 'startTime'> {
  readonly closeTime?: Date | undefined
}

/** Calls Temporal; what it throws comes as ours. */
export async function withTemporal<T>(
  services: Services,
  doing: string,
  work: (client: Client, connection: Client['connection']) => Promise<T>,
): Promise<T> {
  const { client } = await services.temporal()
  try {
    return await work(client, client.connection)
  } catch (error) {
    throw isAppError(error) ? error : temporalError(services.config.temporal, doing, error)
  }
}

async function describe(handle: WorkflowHandle, id: string): Promise<RunInfo> {
  try {
    return await handle.describe()
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    throw new AppError('not-found', `there is no run ${id}; /api/v1/runs lists the latest`, {
      cause: error,
      facts: { workflowId: id },
    })
  }
}

const STATUS: Readonly<Partial<Record<WorkflowExecutionInfo['status']['name'], RunStatus>>> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
  CONTINUED_AS_NEW: 'running',
}

function runOf({ config }: Services, { workflowId, type, status, startTime, closeTime }: RunInfo): Run {
  return {
    workflowId,
    kind: type,
    status: STATUS[status.name] ?? 'unknown',
    startedAt: startTime.getTime(),
    closedAt: closeTime?.getTime() ?? null,
    url: runUrl(config.temporal, workflowId),
  }
}

function progressOf(progress: ModelProgress): Sent<Progress> {
  const { phase, paused, edition, done, hoursPlanned, hoursAhead, cursor, note, noted } = progress
  const { records, copies, bytes, failed } = done
  return {
    ...{ phase, paused, edition, fraction: fractionDone(progress), hoursDone: done.hours, hoursPlanned, hoursAhead },
    ...{ records, copies, bytes, failed: failed.map(({ hour, message }) => ({ hour, message })), cursor, note, noted },
  }
}

/** What made it fail, without the layers around it. */
async function failureOf(handle: WorkflowHandle): Promise<string | null> {
  const error: unknown = await handle.result().then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error === null) return null
  let cause: unknown = error instanceof WorkflowFailedError ? error.cause : error
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  return messageOf(cause)
}
