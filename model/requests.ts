/**
 * What a person may ask of the batch, parsed at the door of a workflow: JSON typed by hand in the Temporal UI, by `temporal
 * workflow start` or by the CLI. Everything but recompute's `since` has a default. Pure, so that it runs inside a workflow
 * and in the CLI before anything starts.
 *
 * Every refusal is an AppError `bad-input` that names the field, the value, and what is right.
 */
import { BOARD_NAMES, type BoardName, boards, boardsOf } from './boards.ts'
import { durationOf, durationText } from './duration.ts'
import type { Edition } from './editions.ts'
import { AppError } from './errors.ts'
import { STREAM_NAMES, type StreamName } from './streams/stream.ts'
import { extractors as knownExtractors } from './terms/index.ts'
import { HOUR_MS, type HourId, hourOf, parseHour } from './time.ts'
import type { VerifyRequest } from './verify.ts'

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
  /** Boards that the edition counts; all others stay with its parent. null: all boards of the stream. */
  readonly boards: readonly BoardName[] | null
  /** Boards that are not named keep the extractor of the live edition. */
  readonly extractors: Extractors
  /** Compute everything, then wait for a person to publish or reject. */
  readonly hold: boolean
  /** From the newest hour back: what people look at first is there first. */
  readonly newestFirst: boolean
  /** Activities in flight, 1 to CONCURRENCY_MAX; null: as many as is usual. */
  readonly concurrency: number | null
  /** How long the edition that this one replaces is kept after it, ms; null: as configured. */
  readonly keepMs: number | null
  readonly reason: string
  readonly by: string
}

/** SERVICES.md: more than 2,000 pending activities hang a workflow for ever, so there are never more than a quarter of that. */
export const CONCURRENCY_MAX = 500

export interface CleanupRequest {
  readonly stream: StreamName | null
  /** List what would be deleted, delete nothing. */
  readonly dryRun: boolean
}

export interface CompactRequest {
  readonly stream: StreamName
  /** null: from the first hour. */
  readonly since: HourId | null
  /** The first hour behind the last; null: no end. */
  readonly until: HourId | null
  /** Say what it would do, change nothing. */
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

/** `since` and `until`, each null when it is left out, in this order. */
function rangeFrom(work: string, fields: Fields): { readonly since: HourId | null; readonly until: HourId | null } {
  const hourOrNull = (field: string) => ((fields[field] ?? null) === null ? null : hourFrom(work, field, fields[field]))
  const since = hourOrNull('since')
  const until = hourOrNull('until')
  if (since !== null && until !== null && until <= since) {
    refuse(work, 'until', fields['until'], `it must be behind since, ${since}`)
  }
  return { since, until }
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

/** `"hashtags"`, several with commas, or a list of them; null when it is left out: all. */
function boardsFrom(work: string, value: unknown, stream: StreamName): readonly BoardName[] | null {
  if (value === undefined || value === null) return null
  const known = boardsOf(stream)
  const right = `boards of ${stream} are ${known.join(', ')}`
  const given: readonly unknown[] =
    typeof value === 'string' ? value.split(',').map((name) => name.trim()) : Array.isArray(value) ? value : []
  const found = known.filter((board) => given.includes(board))
  if (found.length === 0 || found.length !== new Set(given).size) refuse(work, 'boards', value, right)
  return found
}

function concurrencyFrom(work: string, value: unknown): number | null {
  if (value === undefined || value === null) return null
  const right = `write a whole number from 1 to ${CONCURRENCY_MAX}: activities that may be in flight`
  const isRight = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= CONCURRENCY_MAX
  return isRight ? value : refuse(work, 'concurrency', value, right)
}

function keepFrom(work: string, value: unknown): number | null {
  if (value === undefined || value === null) return null
  const ms = typeof value === 'string' ? durationOf(value) : undefined
  return ms ?? refuse(work, 'keep', value, 'write how long the edition before is kept: 36h, 7d or 2w')
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
export function parseVerify(input: unknown): VerifyRequest {
  const work = 'verify'
  const fields = fieldsOf(work, input, ['since', 'until', 'stream', 'deep'])
  return {
    stream: streamOf(work, fields['stream']) ?? STREAM_NAMES[0],
    ...rangeFrom(work, fields),
    deep: booleanFrom(work, 'deep', fields['deep']),
  }
}

/** @throws AppError `bad-input` */
export function parseCompact(input: unknown): CompactRequest {
  const work = 'compact'
  const fields = fieldsOf(work, input, ['since', 'until', 'stream', 'dryRun'])
  return {
    stream: streamOf(work, fields['stream']) ?? STREAM_NAMES[0],
    ...rangeFrom(work, fields),
    dryRun: booleanFrom(work, 'dryRun', fields['dryRun']),
  }
}

const COMMON_FIELDS = [
  'boards',
  'extractors',
  'hold',
  'newestFirst',
  'concurrency',
  'keep',
  'reason',
  'stream',
  'by',
] as const
const RECOMPUTE_FIELDS = ['since', 'until', ...COMMON_FIELDS] as const

/** @throws AppError `bad-input` */
export function parseRecompute(input: unknown): EditionRequest {
  return recomputeFrom('recompute', fieldsOf('recompute', input, RECOMPUTE_FIELDS))
}

/** @throws AppError `bad-input` */
export function parseRebuild(input: unknown): EditionRequest {
  return rebuildFrom('rebuild', fieldsOf('rebuild', input, COMMON_FIELDS))
}

/**
 * The input of the recompute or rebuild that is to be looked at beforehand: without `since` it is a rebuild.
 * @throws AppError `bad-input`
 */
export function parsePreview(input: unknown): EditionRequest {
  const work = 'preview'
  const fields = fieldsOf(work, input, RECOMPUTE_FIELDS)
  const isRecompute = (fields['since'] ?? null) !== null || (fields['until'] ?? null) !== null
  return isRecompute ? recomputeFrom(work, fields) : rebuildFrom(work, fields)
}

function recomputeFrom(work: string, fields: Fields): EditionRequest {
  const since = hourFrom(work, 'since', fields['since'])
  return { kind: 'recompute', ...rangeFrom(work, fields), since, ...commonFields(work, fields) }
}

function rebuildFrom(work: string, fields: Fields): EditionRequest {
  return { kind: 'rebuild', since: null, until: null, ...commonFields(work, fields) }
}

function commonFields(work: string, fields: Fields): Omit<EditionRequest, 'kind' | 'since' | 'until'> {
  const stream = streamOf(work, fields['stream']) ?? STREAM_NAMES[0]
  const boards = boardsFrom(work, fields['boards'], stream)
  const extractors = parseExtractors(work, fields['extractors'])
  const other = BOARD_NAMES.find((board) => extractors[board] !== undefined && boards?.includes(board) === false)
  if (other)
    refuse(work, 'extractors', fields['extractors'], `board ${other} is not among boards, ${boards?.join(', ')}`)
  return {
    stream,
    boards,
    extractors,
    hold: booleanFrom(work, 'hold', fields['hold']),
    newestFirst: booleanFrom(work, 'newestFirst', fields['newestFirst']),
    concurrency: concurrencyFrom(work, fields['concurrency']),
    keepMs: keepFrom(work, fields['keep']),
    reason: textFrom(work, 'reason', fields['reason'], 'no reason given'),
    by: textFrom(work, 'by', fields['by'], 'somebody'),
  }
}

/** The JSON that `parseRecompute` or `parseRebuild` reads as this request: what starting it sends. */
export function inputOf(request: EditionRequest): Readonly<Record<string, unknown>> {
  const { kind, since, until, keepMs, ...common } = request
  return {
    ...(kind === 'recompute' ? { since, until } : {}),
    ...common,
    keep: keepMs === null ? null : durationText(keepMs),
  }
}

/**
 * The request that begins no other edition than this one: for when its run is no longer known. It holds, as nobody knows any
 * more whether it was to be published at once.
 */
export function requestOfEdition(edition: Edition): EditionRequest {
  const { stream, parent, since, until, boards, extractors, keepMs, reason, by } = edition
  const ordinary = { newestFirst: false, concurrency: null, hold: true } as const
  const kind = parent === null ? 'rebuild' : 'recompute'
  const own = boards === null ? extractors : Object.fromEntries(boards.map((board) => [board, extractors[board]]))
  return { kind, stream, since, until, boards, extractors: own, keepMs, reason, by, ...ordinary }
}

/**
 * A workflow id that says what is done, so that asking for the same twice finds the first: `recompute-2026-11-16T07-hashtags@2`.
 * A rebuild has the day it was asked on (UTC, `2026-11-21`), as asking again another day means another rebuild.
 */
export function workflowIdOf(request: EditionRequest, day: string): string {
  const range = request.kind === 'rebuild' ? day : `${request.since}${request.until ? `..${request.until}` : ''}`
  const extractors = BOARD_NAMES.flatMap(
    (board) => request.extractors[board] ?? (request.boards?.includes(board) ? board : []),
  )
  const stream = request.stream === STREAM_NAMES[0] ? [] : [request.stream]
  return [request.kind, ...stream, range, ...extractors].join('-')
}
