/**
 * Errors are data: one class, a `code` from a closed list, whether trying again can help, the facts as fields.
 * A message says what failed, with what, and what to do next.
 */

export const ERROR_CODES = [
  'bad-input', // what a person or a program gave is wrong: an option, a workflow's input, an HTTP query
  'bad-config', // an environment variable or the configuration file is wrong
  'bad-record', // one record of a source cannot be understood
  'corrupt', // bytes at rest are not what they must be: an Avro block, a commit entry, a tally
  'exists', // no-clobber said no: the target is there already
  'not-found',
  'fenced', // another writer has gone on from here: this one must stop
  'unavailable', // a service does not answer, or answers that it cannot now
  'denied', // a service refuses this for good: permission, quota
  'conflict', // the state does not allow it: publishing what is not complete, two runs of one work
  'cancelled',
  'internal', // an assertion of ours failed
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

export interface ErrorFacts {
  readonly [fact: string]: unknown
}

export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  /** Whether the same call can succeed later without anybody changing anything. */
  readonly retry: 'never' | 'later'
  readonly facts: ErrorFacts

  constructor(
    code: ErrorCode,
    message: string,
    options: { facts?: ErrorFacts; cause?: unknown; retry?: 'never' | 'later' } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retry = options.retry ?? (code === 'unavailable' ? 'later' : 'never')
    this.facts = options.facts ?? {}
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code)
}

/** Throws `internal` when `condition` is false: for what our own code promises, never for input. */
export function assert(condition: unknown, message: string, facts?: ErrorFacts): asserts condition {
  if (!condition) throw new AppError('internal', `assertion failed: ${message}`, facts ? { facts } : {})
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
