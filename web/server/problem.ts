/**
 * Errors as problem+json (RFC 9457). Ours say what is wrong and what is right; of any other error only the request's id is told, its
 * text stays in the log.
 */
import { type AppError, type ErrorCode, isAppError } from '../../model/errors.ts'
import type { Problem } from '../contract/common.ts'

/** What only HTTP knows. */
const HTTP_CODES = {
  unauthorised: [401, 'The token is missing or wrong'],
  forbidden: [403, 'This is not allowed here'],
  'not-found': [404, 'There is no such thing'],
  'method-not-allowed': [405, 'Another method is right'],
  'not-acceptable': [406, 'This cannot be sent in that form'],
  'too-large': [413, 'The request is too large'],
  'unsupported-media-type': [415, 'JSON is right'],
  misdirected: [421, 'This server has another name'],
  'too-many-requests': [429, 'Too many requests'],
} as const satisfies Record<string, readonly [number, string]>

const APP_CODES: Readonly<Record<ErrorCode, readonly [number, string]>> = {
  'bad-input': [400, 'The request is wrong'],
  'bad-record': [400, 'The record is wrong'],
  'bad-config': [500, 'The server’s configuration is wrong'],
  corrupt: [500, 'Stored data is not what it must be'],
  exists: [409, 'It is there already'],
  'not-found': [404, 'There is no such thing'],
  fenced: [409, 'Somebody else has gone on'],
  unavailable: [503, 'A service does not answer'],
  denied: [502, 'A service refuses this'],
  conflict: [409, 'The state does not allow it'],
  cancelled: [503, 'It was cancelled'],
  internal: [500, 'The server failed'],
}

export type ProblemCode = keyof typeof HTTP_CODES | ErrorCode

/** A request that is refused for a reason that only HTTP knows. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: keyof typeof HTTP_CODES
  readonly headers: Readonly<Record<string, string>>

  constructor(code: keyof typeof HTTP_CODES, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.code = code
    this.headers = headers
  }
}

interface Trouble {
  readonly problem: Problem
  readonly headers: Readonly<Record<string, string>>
  /** A fault of ours, or of a service: for the log. */
  readonly isOurs: boolean
}

/** Seconds: a store that restarts takes about as long. */
const RETRY_AFTER = '2'

/** @param id the request's, as the log names it */
export function troubleOf(error: unknown, id: string): Trouble {
  if (error instanceof Refusal) return { ...made(error.code, error.message, id), headers: error.headers }
  if (isAppError(error)) return ofApp(error, id)
  if (isInvalid(error)) return ofValidation(error, id)
  const status = statusOf(error)
  const code = status === undefined ? undefined : CODE_OF_STATUS[status]
  if (code) return made(code, (error as Error).message, id)
  return made('internal', `The server’s log says more under ${id}.`, id)
}

function ofApp(error: AppError, id: string): Trouble {
  const detail = error.code === 'internal' ? `The server’s log says more under ${id}.` : error.message
  const trouble = made(error.code, detail, id)
  return error.code === 'unavailable' ? { ...trouble, headers: { 'Retry-After': RETRY_AFTER } } : trouble
}

/** What Fastify and its plugins throw, by status. */
const CODE_OF_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'bad-input',
  404: 'not-found',
  406: 'not-acceptable',
  413: 'too-large',
  414: 'bad-input',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : undefined
}

interface Invalid {
  readonly validation: readonly { readonly instancePath: string; readonly message?: string }[]
  readonly validationContext?: string
}

function isInvalid(error: unknown): error is Error & Invalid {
  return error instanceof Error && 'validation' in error && Array.isArray(error.validation)
}

function ofValidation({ validation, validationContext }: Invalid, id: string): Trouble {
  const errors = validation.map(({ instancePath, message = 'is wrong' }) => ({
    field: instancePath.split('/').filter(Boolean).join('.') || (validationContext ?? 'request'),
    message,
  }))
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
  const trouble = made('bad-input', detail, id)
  return { ...trouble, problem: { ...trouble.problem, errors } }
}

function made(code: ProblemCode, detail: string, id: string): Trouble {
  const [status, title] =
    code in HTTP_CODES ? HTTP_CODES[code as keyof typeof HTTP_CODES] : APP_CODES[code as ErrorCode]
  const problem = { type: `urn:tendance:problem:${code}`, title, status, code, detail, instance: id }
  return { problem, headers: {}, isOurs: status >= 500 }
}
