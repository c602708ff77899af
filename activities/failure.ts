/**
 * The one mapping from our errors to Temporal's: the code is the type, `retry: 'never'` is non-retryable, the facts are details.
 *
 * Boundary: a failure is a payload, and is kept in the history of its run: what quotes a term or a record of a megabyte is
 * shortened here, whoever wrote the message.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { type ErrorFacts, isAppError, messageOf } from '../model/errors.ts'
import { shortText } from '../model/short-text.ts'

const MESSAGE_LENGTH_MAX = 2_000
const FACT_LENGTH_MAX = 300
const FACTS_LENGTH_MAX = 8_000
/** Of an error's causes; each is a message more. */
const CAUSES_MAX = 5

export function toFailure(error: unknown): Error {
  if (error instanceof CancelledFailure) return error
  if (error instanceof ApplicationFailure) return isShort(error) ? error : shortened(error)
  // The SDK itself tells an abort that it asked for from one that it did not.
  if (error instanceof Error && error.name === 'AbortError') return error
  if (!isAppError(error)) {
    return ApplicationFailure.create({ message: shortMessageOf(error), type: 'internal', cause: causeOf(error) })
  }
  if (error.code === 'cancelled') return new CancelledFailure(shortMessageOf(error), [], causeOf(error))
  return ApplicationFailure.create({
    message: shortMessageOf(error),
    type: error.code,
    nonRetryable: error.retry === 'never',
    details: [shortFacts(error.facts)],
    cause: causeOf(error),
  })
}

function shortened(error: ApplicationFailure): ApplicationFailure {
  const type = error.type ?? 'internal'
  const nonRetryable = error.nonRetryable ?? false
  return ApplicationFailure.create({ message: shortMessageOf(error), type, nonRetryable })
}

function isShort({ message, details }: ApplicationFailure): boolean {
  return message.length <= MESSAGE_LENGTH_MAX && lengthOf(details) <= FACTS_LENGTH_MAX
}

function shortMessageOf(error: unknown): string {
  return shortText(messageOf(error), MESSAGE_LENGTH_MAX)
}

/** The error as a cause, which Temporal writes down with its own causes: a copy where one of them is long. */
function causeOf(error: unknown, depth = 0): Error {
  if (!(error instanceof Error)) return new Error(shortMessageOf(error))
  const { cause } = error
  if (isShortError(error) && !(cause instanceof Error)) return error
  const inner = cause instanceof Error && depth < CAUSES_MAX ? { cause: causeOf(cause, depth + 1) } : {}
  const copy = new Error(shortMessageOf(error), inner)
  copy.name = error.name
  if (error.stack !== undefined) copy.stack = shortText(error.stack, MESSAGE_LENGTH_MAX)
  return copy
}

function isShortError({ message, stack = '' }: Error): boolean {
  return message.length <= MESSAGE_LENGTH_MAX && stack.length <= 2 * MESSAGE_LENGTH_MAX
}

/** Long texts are cut, and facts that would still be long are left out: the message says what matters. */
function shortFacts(facts: ErrorFacts): ErrorFacts {
  const cut = Object.entries(facts).map(([name, value]) => {
    return [name, typeof value === 'string' ? shortText(value, FACT_LENGTH_MAX) : value] as const
  })
  let left = FACTS_LENGTH_MAX
  return Object.fromEntries(
    cut.filter(([, value]) => {
      const length = lengthOf(value)
      if (length > left) return false
      left -= length
      return true
    }),
  )
}

/** Infinite for what JSON cannot say. */
function lengthOf(value: unknown): number {
  try {
    return JSON.stringify(value)?.length ?? 0
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
