/** The one mapping from our errors to Temporal's: the code is the type, `retry: 'never'` is non-retryable, the facts are details. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { isAppError, messageOf } from '../model/errors.ts'

export function toFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error
  // The SDK itself tells an abort that it asked for from one that it did not.
  if (error instanceof Error && error.name === 'AbortError') return error
  if (!isAppError(error)) {
    return ApplicationFailure.create({ message: messageOf(error), type: 'internal', cause: asError(error) })
  }
  if (error.code === 'cancelled') return new CancelledFailure(error.message, [], error)
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: error.retry === 'never',
    details: [error.facts],
    cause: error,
  })
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error))
}
