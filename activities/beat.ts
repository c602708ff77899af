/**
 * Heartbeats: an activity beats on a timer for as long as it works, with the details of how far it is, so that a killed
 * worker is noticed within the heartbeat time-out and the next attempt goes on behind what is done.
 */
import { Context } from '@temporalio/activity'

/** A fifth of the heartbeat time-out: one lost beat, or a busy event loop, is no death. */
const BEAT_MS = 2_000

export interface Beat<D> {
  /** What the attempt before last told, when there was one and it told something. */
  readonly last: D | undefined
  readonly signal: AbortSignal
  /** `<workflow id>/<activity id>#<attempt>`: who computed a view. */
  readonly by: string
  /** From 1. */
  readonly attempt: number
  /** When Temporal handed out this attempt, by its clock, ms: it is later by now. */
  readonly handedOutAt: number
  /** Kept, and sent with the next beat. */
  tell(details: D): void
}

/** Runs `work` with beats going on. */
export async function withBeat<D, T>(work: (beat: Beat<D>) => Promise<T>): Promise<T> {
  const context = Context.current()
  const { info } = context
  let details = info.heartbeatDetails as D | undefined
  const timer = setInterval(() => context.heartbeat(details), BEAT_MS)
  context.heartbeat(details)
  try {
    return await work({
      last: details,
      signal: context.cancellationSignal,
      attempt: info.attempt,
      handedOutAt: info.currentAttemptScheduledTimestampMs,
      by: `${info.workflowExecution?.workflowId ?? ''}/${info.activityId}#${info.attempt}`,
      tell(next) {
        details = next
        context.heartbeat(next)
      },
    })
  } finally {
    clearInterval(timer)
  }
}
