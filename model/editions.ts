/**
 * Editions: one consistent history of views. An edition says which extractor each board is counted with, for which boards and
 * hours; what it does not own is read from its parent. One document says which edition is live.
 *
 * Invariant: an edition's extractors, boards, since, until and parent never change after it was created. Only its state does.
 */
import type { BoardName } from './boards.ts'
import type { ChangeFacts } from './edition-change.ts'
import { AppError } from './errors.ts'
import type { StreamName } from './streams/stream.ts'
import type { HourId } from './time.ts'

export const EDITION_STATES = ['building', 'held', 'live', 'retired', 'rejected', 'cancelled', 'failed'] as const
/**
 * building: its hours are being computed. held: waits for a person. live: published. retired: was live. rejected: a person
 * said no. cancelled: a person ended the run that built it. failed: that run ended without completing it; the same again goes on.
 */
export type EditionState = (typeof EDITION_STATES)[number]

/** How an edition came into a state. */
export interface EditionChange {
  readonly state: EditionState
  /** Milliseconds since 1970 UTC. */
  readonly at: number
  readonly by: string
  /** For people; empty when there is nothing to say. */
  readonly why: string
  /** The same as facts, where Tendance itself knows them. */
  readonly facts?: ChangeFacts
}

/** What building an edition has taken: of a run that did it all at one go, so that it tells how long such work takes. */
export interface EditionWork {
  readonly hours: number
  readonly records: number
  readonly bytes: number
  /** From begin to complete. */
  readonly ms: number
}

export interface Edition {
  readonly stream: StreamName
  /** 1, 2, 3… per stream. */
  readonly number: number
  /** null: the root of a history (the first edition, or a rebuild). */
  readonly parent: number | null
  /** First hour of its own; null: from the beginning. */
  readonly since: HourId | null
  /** First hour that is again its parent's; null: no end. */
  readonly until: HourId | null
  /** Boards of its own; null: all. */
  readonly boards: readonly BoardName[] | null
  readonly extractors: Readonly<Record<BoardName, string>>
  readonly state: EditionState
  readonly reason: string
  readonly by: string
  /** Milliseconds since 1970 UTC. */
  readonly createdAt: number
  readonly publishedAt: number | null
  /** Temporal workflow id that builds it, when one does. */
  readonly workflowId: string | null
  /** How long the edition that this one replaces is kept after it, ms; null: as configured. */
  readonly keepMs: number | null
  /** Retired: it is kept until then; null: as configured. */
  readonly keepUntil: number | null
  /** When its views were deleted: from then on it can never be live again. */
  readonly clearedAt: number | null
  /** null: nothing was measured. */
  readonly built: EditionWork | null
  /** Oldest first, the last CHANGES_MAX. */
  readonly changes: readonly EditionChange[]
}

export const CHANGES_MAX = 50

type Given =
  | 'stream'
  | 'parent'
  | 'since'
  | 'until'
  | 'extractors'
  | 'state'
  | 'reason'
  | 'by'
  | 'createdAt'
  | 'workflowId'
export type NewEdition = Pick<Edition, Given> & Partial<Pick<Edition, 'boards' | 'keepMs'>>

export function beginEdition(edition: NewEdition, number: number): Edition {
  const { state, createdAt: at, by, reason: why } = edition
  return {
    boards: null,
    keepMs: null,
    ...edition,
    number,
    publishedAt: null,
    keepUntil: null,
    clearedAt: null,
    built: null,
    changes: [{ state, at, by, why }],
  }
}

type Own = Pick<Edition, 'since' | 'until' | 'boards'>

/** `not-found`. */
export function noSuchEdition(stream: StreamName, number: number): AppError {
  return new AppError('not-found', `there is no edition ${number} of ${stream}; 'tendance editions' lists them`, {
    facts: { stream, edition: number },
  })
}

/** Whether the hour is the edition's own, rather than its parent's: for the board, or for any. */
export function ownsHour({ since, until, boards }: Own, hour: HourId, board?: BoardName): boolean {
  const ownsBoard = board === undefined || boards === null || boards.includes(board)
  return ownsBoard && (since === null || hour >= since) && (until === null || hour < until)
}

/**
 * The edition whose view of a board's hour is read, seen from `chain`: the live edition first, then its parent, and so on to
 * the root (which owns every hour that none of its descendants owns).
 */
export function editionOfHour<E extends Own>(chain: readonly E[], hour: HourId, board: BoardName): E | undefined {
  return chain.find((edition) => ownsHour(edition, hour, board))
}

/** The edition's last change, when that says how it came into the state it is in. */
export function lastChange({ state, changes }: Pick<Edition, 'state' | 'changes'>): EditionChange | undefined {
  const last = changes.at(-1)
  return last?.state === state ? last : undefined
}

const NEVER_LIVE: readonly EditionState[] = ['rejected', 'cancelled', 'failed']

/** Why it can never be live, or never again, as it is; null: it can. */
export function whyNeverLive({ state, clearedAt }: Pick<Edition, 'state' | 'clearedAt'>): string | null {
  if (clearedAt !== null) {
    return `its views were deleted on ${new Date(clearedAt).toISOString().slice(0, 10)}, as it was no longer kept: recompute it`
  }
  return NEVER_LIVE.includes(state) ? `it is ${state} and cannot be published` : null
}

/** Whether a run goes on with it, unless that run is gone. */
export function mayHaveRun({ state }: Pick<Edition, 'state'>): boolean {
  return state === 'building' || state === 'held'
}

/** What a person can do with an edition whose run is gone before anybody decided on it. */
export function afterRunGone({ number }: Pick<Edition, 'number'>): string {
  return `'tendance recompute --resume ${number}' goes on with what is missing, 'tendance cancel ${number}' deletes what it has computed, 'tendance reject ${number}' ends it and keeps that for a while`
}

/**
 * Why a person cannot publish or reject it as it is, and what to do instead; null when they can.
 * @param isRunGone its run has ended without it, or Temporal knows none: then nobody publishes it, and rejecting needs no run
 */
export function whyUndecidable(edition: Edition, decision: 'publish' | 'reject', isRunGone = false): string | null {
  const { number, state, clearedAt, workflowId } = edition
  const again = 'recompute again, then publish that edition'
  if (isRunGone && mayHaveRun(edition)) {
    if (decision === 'reject') return null
    const held = state === 'held' ? lastChange(edition) : undefined
    const reason = held ? ` It is held because ${held.why}.` : ''
    return `its run ${workflowId ?? '(it has none)'} is gone, so that nobody brings it up to date.${reason} ${afterRunGone(edition)}`
  }
  switch (state) {
    case 'held':
      return null
    case 'building':
      return decision === 'publish'
        ? `it is still being built: 'tendance follow ${workflowId}' shows how far`
        : `it is still being built: 'tendance cancel ${workflowId}' ends that`
    case 'live':
      return decision === 'publish'
        ? 'it is live already'
        : "readers see it: 'tendance rollback' goes back to the one before"
    case 'retired':
      if (decision === 'reject') return 'it was live once and is retired already'
      return clearedAt === null
        ? `it was live once and is retired: ${again} (only back, step by step, goes 'tendance rollback')`
        : `its views have been deleted: ${again}`
    case 'rejected':
    case 'cancelled':
      return `it is ${state} already: ${again}`
    case 'failed':
      return decision === 'publish'
        ? `its run failed: ${lastChange(edition)?.why ?? 'nobody knows why'}. Starting the same again goes on with edition ${number}`
        : `its run failed, so readers never see it, and its time is over by itself: 'tendance cancel ${number}' deletes what it has computed now, 'tendance recompute --resume ${number}' goes on with it`
    default:
      return state satisfies never
  }
}
