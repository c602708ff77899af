import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import { toFailure } from '../../activities/failure.ts'
import { AppError } from '../../model/errors.ts'

describe('toFailure', () => {
  it('makes the code the type, the facts details, and what never helps non-retryable', () => {
    const failure = toFailure(new AppError('corrupt', 'block 3 of a is broken', { facts: { path: 'a', block: 3 } }))
    expect(failure).toBeInstanceOf(ApplicationFailure)
    expect(failure).toMatchObject({
      type: 'corrupt',
      message: 'block 3 of a is broken',
      nonRetryable: true,
      details: [{ path: 'a', block: 3 }],
    })
  })

  it('leaves what can go by itself retryable', () => {
    expect(toFailure(new AppError('unavailable', 'HDFS is away'))).toMatchObject({
      type: 'unavailable',
      nonRetryable: false,
    })
    expect(toFailure(new AppError('conflict', 'busy', { retry: 'later' }))).toMatchObject({ nonRetryable: false })
  })

  it('makes a cancellation one of Temporal’s, and leaves Temporal’s own as they are', () => {
    expect(toFailure(new AppError('cancelled', 'stopped'))).toBeInstanceOf(CancelledFailure)
    const own = ApplicationFailure.nonRetryable('as it is')
    expect(toFailure(own)).toBe(own)
  })

  it('keeps an unknown error retryable, with its cause', () => {
    const cause = new TypeError('a bug')
    expect(toFailure(cause)).toMatchObject({ type: 'internal', message: 'a bug', nonRetryable: false, cause })
  })
})
