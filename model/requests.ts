/**
 * What a person may ask of the batch, parsed at the door of a workflow: JSON typed by hand in the Temporal UI, by `temporal
 * workflow start` or by the CLI. Everything but recompute's `since` has a default. Pure, so that it runs inside a workflow
 * and in the CLI before anything starts.
 *
 * Every refusal is an AppError `bad-input` that names the field, the value, and what is right.
 */
import { BOARD_NAMES, type BoardName, boards } from './boards.ts'
import { AppError } from './errors.ts'
import { STREAM_NAMES, type StreamName } from './streams/stream.ts'
import { extractors as knownExtractors } from './terms/index.ts'
import { HOUR_MS, type HourId, hourOf, parseHour } from './time.ts'

export type Extractors = Readonly<Partial<Record<BoardName, string>>>

export interface HourlyRequest {
  /** null: every stream. */
  readonly stream: StreamName | null
}

export interface EditionRequest {
  readonly kind: 'recompute' | 'rebuild'
  readonly stream: StreamName
  /** null: from the beginning (a rebuild). */
  readonly since: HourId | null
  readonly until: HourId | null
  /** Boards that are not named keep the extractor of the live edition. */
  readonly extractors: Extractors
  /** Compute everything, then wait for a person to publish or reject. */
  readonly hold: boolean
  readonly reason: string
  readonly by: string
}

export interface CleanupRequest {
  readonly stream: StreamName | null
  /** List what would be deleted, delete nothing. */
  readonly dryRun: boolean
}

type Fields = Readonly<Record<string, unknown>>

function refuse(work: string, field: string, value: unknown, right: string): never {
  const shown = value === undefined ? 'missing' : JSON.stringify(value)
  throw new AppError('bad-input', `${work}: ${field} is ${shown}; ${right}`, { facts: { work, field, value, right } })
}

function fieldsOf(work: string, input: unknown, allowed: readonly string[]): Fields {
  if (input === undefined || input === null) return {}
  if (typeof input !== 'object' || Array.isArray(input)) {
    return refuse(work, 'input', input, `write a JSON object with ${allowed.join(', ')}`)
  }
  for (const field of Object.keys(input)) {
    if (!allowed.includes(field)) {
      refuse(work, field, (input as Fields)[field], `there is no such field; there are ${allowed.join(', ')}`)
    }
  }
  return input as Fields
}

function streamOf(work: string, value: unknown): StreamName | null {
  if (value === undefined || value === null) return null
  const found = STREAM_NAMES.find((name) => name === value)
  return found ?? refuse(work, 'stream', value, `streams are ${STREAM_NAMES.join(', ')}`)
}

/**
 * An hour as people write it for a machine: `2026-11-16T07`, or an instant with its zone (`2026-11-16T07:00:00Z`,
 * `2026-11-16T08:00+01:00`) that begins an hour.
 */
function hourFrom(work: string, field: string, value: unknown): HourId {
  const right = 'write the first hour in UTC, such as 2026-11-16T07 or 2026-11-16T07:00:00Z'
  if (typeof value !== 'string') return refuse(work, field, value, right)
  const text = value.trim()
  if (/^\d{4}-\d\d-\d\dT\d\d$/.test(text)) {
    try {
      return parseHour(text)
    } catch {
      return refuse(work, field, value, right)
    }
  }
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (Number.isNaN(instant)) return refuse(work, field, value, right)
  if (instant % HOUR_MS !== 0) {
    const before = hourOf(instant)
    return refuse(work, field, value, `it must begin an hour: write ${before} or ${hourOf(instant + HOUR_MS)}`)
  }
  return hourOf(instant)
}

function booleanFrom(work: string, field: string, value: unknown): boolean {
  if (value === undefined || value === null) return false
  return typeof value === 'boolean' ? value : refuse(work, field, value, 'write true or false, without quotation marks')
}

function textFrom(work: string, field: string, value: unknown, otherwise: string): string {
  if (value === undefined || value === null) return otherwise
  const right = 'write a text of 1 to 1,000 characters'
  if (typeof value !== 'string' || value.trim() === '' || value.length > 1_000) refuse(work, field, value, right)
  return value
}

/**
 * `"hashtags@2"`, `"hashtags=hashtags@2"` (several with commas), `["hashtags@2"]` or `{"hashtags": "hashtags@2"}`: which
 * extractor each board is counted with.
 * @throws AppError `bad-input`
 */
export function parseExtractors(work: string, value: unknown): Extractors {
  const known = knownExtractors.map(({ name }) => name).join(', ')
  const right = `write {"${BOARD_NAMES[0]}": "${knownExtractors[0].name}"}; extractors are ${known}`
  if (value === undefined || value === null || value === '') return {}
  const pairs: (readonly [string | undefined, unknown])[] =
    typeof value === 'string'
      ? value.split(',').map((part) => {
          const [left, right] = part.split('=').map((side) => side.trim())
          return right === undefined ? [undefined, left] : [left, right]
        })
      : Array.isArray(value)
        ? value.map((name: unknown) => [undefined, name] as const)
        : typeof value === 'object'
          ? Object.entries(value)
          : refuse(work, 'extractors', value, right)
  const result: Partial<Record<BoardName, string>> = {}
  for (const [boardGiven, name] of pairs) {
    const extractor = knownExtractors.find((one) => one.name === name)
    if (!extractor) return refuse(work, 'extractors', value, right)
    const family: string = extractor.family
    const board = BOARD_NAMES.find((one) =>
      boardGiven === undefined ? boards[one].family === family : one === boardGiven,
    )
    if (!board) {
      return refuse(work, 'extractors', value, `boards are ${BOARD_NAMES.join(', ')}`)
    }
    if (boards[board].family !== family) {
      return refuse(work, 'extractors', value, `board ${board} counts ${boards[board].family}, not ${family}`)
    }
    result[board] = extractor.name
  }
  return result
}

/** @throws AppError `bad-input` */
export function parseHourly(input: unknown): HourlyRequest {
  const fields = fieldsOf('hourly', input, ['stream'])
  return { stream: streamOf('hourly', fields['stream']) }
}

/** @throws AppError `bad-input` */
export function parseCleanup(input: unknown): CleanupRequest {
  const fields = fieldsOf('cleanup', input, ['stream', 'dryRun'])
  return {
    stream: streamOf('cleanup', fields['stream']),
    dryRun: booleanFrom('cleanup', 'dryRun', fields['dryRun']),
  }
}

/** @throws AppError `bad-input` */
export function parseRecompute(input: unknown): EditionRequest {
  const work = 'recompute'
  const fields = fieldsOf(work, input, ['since', 'until', 'extractors', 'hold', 'reason', 'stream', 'by'])
  const since = hourFrom(work, 'since', fields['since'])
  const until =
    fields['until'] === undefined || fields['until'] === null ? null : hourFrom(work, 'until', fields['until'])
  if (until !== null && until <= since) refuse(work, 'until', fields['until'], `it must be behind since, ${since}`)
  return { kind: work, since, until, ...commonFields(work, fields) }
}

/** @throws AppError `bad-input` */
export function parseRebuild(input: unknown): EditionRequest {
  const work = 'rebuild'
  const fields = fieldsOf(work, input, ['extractors', 'hold', 'reason', 'stream', 'by'])
  return { kind: work, since: null, until: null, ...commonFields(work, fields) }
}

function commonFields(work: string, fields: Fields): Omit<EditionRequest, 'kind' | 'since' | 'until'> {
  return {
    stream: streamOf(work, fields['stream']) ?? STREAM_NAMES[0],
    extractors: parseExtractors(work, fields['extractors']),
    hold: booleanFrom(work, 'hold', fields['hold']),
    reason: textFrom(work, 'reason', fields['reason'], 'no reason given'),
    by: textFrom(work, 'by', fields['by'], 'somebody'),
  }
}

/**
 * A workflow id that says what is done, so that asking for the same twice finds the first: `recompute-2026-11-16T07-hashtags@2`.
 * A rebuild has the day it was asked on (UTC, `2026-11-21`), as asking again another day means another rebuild.
 */
export function workflowIdOf(request: EditionRequest, day: string): string {
  const range = request.kind === 'rebuild' ? day : `${request.since}${request.until ? `..${request.until}` : ''}`
  const extractors = BOARD_NAMES.flatMap((board) => request.extractors[board] ?? [])
  const stream = request.stream === STREAM_NAMES[0] ? [] : [request.stream]
  return [request.kind, ...stream, range, ...extractors].join('-')
}
