/**
 * Trying again, bounded: only what says of itself that it may succeed later (AppError.retry), with a wait that doubles.
 *
 * The waits follow no randomness: the lake has tens of clients, not thousands, and each waits behind its own failure.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, isAppError } from '../model/errors.ts'

export interface RetryPolicy {
  readonly firstWaitMs: number
  readonly waitMsMax: number
  /** No further try begins this long after the first one. Infinity: only the signal ends it. */
  readonly totalMs: number
}

/** A NameNode that was killed is back after some 10 s, a loaded machine takes twice that. */
export const STORE_RETRIES: RetryPolicy = { firstWaitMs: 50, waitMsMax: 2_000, totalMs: 60_000 }

export interface RetryOptions {
  readonly policy: RetryPolicy
  readonly signal?: AbortSignal | undefined
  readonly onRetry?: ((error: AppError, attempt: number, waitMs: number) => void) | undefined
  /** Whether trying again can help; as the error says of itself when not given. */
  readonly again?: (error: AppError) => boolean
}

/**
 * Calls `work` with 1, 2, 3… until it succeeds or fails for good.
 * @throws what the last try threw, or AppError `cancelled` when the signal was aborted during a wait
 */
export async function retrying<T>(options: RetryOptions, work: (attempt: number) => Promise<T>): Promise<T> {
  const { policy, signal, onRetry, again = (error) => error.retry === 'later' } = options
  const startedAt = performance.now()
  let waitMs = policy.firstWaitMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      if (!isAppError(error) || !again(error) || signal?.aborted) throw error
      if (performance.now() + waitMs - startedAt > policy.totalMs) throw error
      onRetry?.(error, attempt, waitMs)
      await sleep(waitMs, undefined, signal ? { signal } : {}).catch((cause: unknown) => {
        throw new AppError('cancelled', `given up while waiting to try again: ${error.message}`, { cause })
      })
      waitMs = Math.min(2 * waitMs, policy.waitMsMax)
    }
  }
}
