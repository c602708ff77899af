/** Follows a batch run to its end: its own progress, by query, on a bar. Leaving it (Ctrl-C) leaves it running. */
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Client,
  type Workflow,
  WorkflowFailedError,
  type WorkflowHandleWithFirstExecutionRunId,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common'
import { AppError, messageOf } from '../model/errors.ts'
import { fractionDone, type Progress } from '../model/progress.ts'
import { QUERY_PROGRESS } from '../temporal/names.ts'
import { afterRun } from '../temporal/run-standing.ts'
import { type Bar, count } from './progress.ts'

const POLL_MS = 300
const STEPS = 1_000

/**
 * Resolves to the run's result; null when it is held, which is as far as it goes without a person.
 * @throws AppError with the run's own reason when it failed, `cancelled` when `signal` is aborted (the run goes on)
 */
export async function follow<W extends Workflow>(
  client: Client,
  handle: Pick<WorkflowHandleWithFirstExecutionRunId<W>, 'query' | 'result' | 'workflowId'>,
  bar: Bar,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<W>> | null> {
  // a call that is left waiting when its connection closes is tried again on the closed one, and that ends the process
  const leaving = new AbortController()
  try {
    return await client.withAbortSignal(leaving.signal, () => followToEnd(handle, bar, signal))
  } finally {
    leaving.abort()
  }
}

async function followToEnd<W extends Workflow>(
  handle: Pick<WorkflowHandleWithFirstExecutionRunId<W>, 'query' | 'result' | 'workflowId'>,
  bar: Bar,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<W>> | null> {
  const result = handle.result().then(
    (value) => ({ value }) as const,
    (error: unknown) => ({ error }) as const,
  )
  for (;;) {
    const ended = await Promise.race([result, delay(POLL_MS, undefined)])
    if (ended && 'value' in ended) {
      bar.update(STEPS, STEPS, 'done')
      return ended.value as Awaited<ReturnType<W>>
    }
    if (ended) throw runError(handle.workflowId, ended.error)
    if (signal.aborted) {
      throw new AppError(
        'cancelled',
        `${handle.workflowId} goes on without you: 'tendance follow ${handle.workflowId}' comes back to it`,
      )
    }
    const progress = await handle.query<Progress>(QUERY_PROGRESS).catch(() => undefined)
    if (progress?.phase === 'held') {
      bar.update(STEPS, STEPS, aboutProgress(progress))
      return null
    }
    if (progress)
      bar.update(Math.min(STEPS - 1, Math.round(fractionDone(progress) * STEPS)), STEPS, aboutProgress(progress))
  }
}

export function aboutProgress({ phase, paused, done, hoursPlanned, hoursAhead, note }: Progress): string {
  const all = done.hours + hoursPlanned + hoursAhead
  const hours = all > 0 ? `, ${count(done.hours)} of ${count(all)} hours, ${count(done.records)} records` : ''
  return `${paused ? 'paused: ' : ''}${phase}${hours}${note ? ` · ${note}` : ''}`
}

/** What made the run fail, without the layers of wrapping. */
function runError(workflowId: string, error: unknown): AppError {
  const gone = goneError(workflowId, error)
  if (gone) return gone
  let cause: unknown = error instanceof WorkflowFailedError ? error.cause : error
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  const type = (cause as { type?: string } | undefined)?.type
  const code = type === 'bad-input' || type === 'conflict' ? type : 'internal'
  return new AppError(code, `${workflowId} failed: ${messageOf(cause)}`, { cause: error })
}

/** Somebody ended it from outside, or Temporal does not know it: that says nothing of the work, but what to do next. */
function goneError(workflowId: string, error: unknown): AppError | undefined {
  const cause = error instanceof WorkflowFailedError ? error.cause : error
  const ended = (how: string, code: 'conflict' | 'not-found') =>
    new AppError(code, `${workflowId} ${how}: ${afterRun(workflowId)}`, { cause: error, facts: { workflowId } })
  if (cause instanceof WorkflowNotFoundError) return ended('is not known to Temporal (any more)', 'not-found')
  if (cause instanceof TerminatedFailure) return ended('was terminated before it was done', 'conflict')
  if (cause instanceof TimeoutFailure) return ended('timed out before it was done', 'conflict')
  if (cause instanceof CancelledFailure) return ended('was cancelled', 'conflict')
  return undefined
}
