import {
  ApplicationFailure,
  CancelledFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import { toFailure } from '../../activities/failure.ts'
import { AppError } from '../../model/errors.ts'

/** As Temporal writes it down. */
const errorToProto = (error: unknown) => new DefaultFailureConverter().errorToFailure(error, defaultPayloadConverter)

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

  it('shortens what quotes a megabyte, so that Temporal can carry it', () => {
    const long = 'x'.repeat(1_000_000)
    const cause = new Error(long, { cause: new Error(long) })
    const facts = { path: '/a', text: long, list: [long], block: 3 }
    const errors = [
      new AppError('corrupt', long, { facts, cause }),
      new AppError('cancelled', long, { cause }),
      new TypeError(long),
      ApplicationFailure.nonRetryable(long, 'corrupt', { text: long }),
      ApplicationFailure.nonRetryable('short', 'corrupt', { text: long }),
    ]
    for (const error of errors) {
      const failure = toFailure(error)
      const bytes = JSON.stringify(errorToProto(failure)).length
      expect(bytes).toBeLessThan(50_000)
      expect(JSON.stringify(errorToProto(error)).length).toBeGreaterThan(900_000)
    }
    expect(toFailure(errors[0])).toMatchObject({ type: 'corrupt', nonRetryable: true })
    expect(toFailure(errors[0])).toMatchObject({ details: [{ path: '/a', block: 3 }] })
    expect(toFailure(errors[3])).toMatchObject({ type: 'corrupt', nonRetryable: true })
  })

  it('keeps an unknown error retryable, with its cause', () => {
    const cause = new TypeError('a bug')
    expect(toFailure(cause)).toMatchObject({ type: 'internal', message: 'a bug', nonRetryable: false, cause })
  })
})
