/**
 * Errors as problem+json (RFC 9457). Ours say what is wrong and what is right; of any other error only the request's id is told, its
 * text stays in the log.
 */
import { type AppError, isAppError } from '../../model/errors.ts'
import type { Problem, ProblemCode, RefusalCode } from '../contract/common.ts'
import { factsEn } from '../page/text/facts-en.ts'

const STATUS: Readonly<Record<ProblemCode, number>> = {
  unauthorised: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  'too-large': 413,
  'unsupported-media-type': 415,
  misdirected: 421,
  'too-many-requests': 429,
  'bad-input': 400,
  'bad-record': 400,
  'bad-config': 500,
  corrupt: 500,
  exists: 409,
  fenced: 409,
  unavailable: 503,
  denied: 502,
  conflict: 409,
  cancelled: 503,
  internal: 500,
}

/** A request that is refused for a reason that only HTTP knows. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  readonly headers: Readonly<Record<string, string>>

  constructor(code: RefusalCode, message: string, headers: Readonly<Record<string, string>> = {}) {
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
  const status = STATUS[code]
  const title = factsEn.titles[code]
  const problem = { type: `urn:tendance:problem:${code}`, title, status, code, detail, instance: id }
  return { problem, headers: {}, isOurs: status >= 500 }
}
