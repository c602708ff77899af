/**
 * What passes between batch workflows and their activities: a few numbers, hours and paths, never records. Each shape stays
 * under a few kilobytes whatever the range, so that a history of years of hours stays small.
 */
import type { BoardName } from './boards.ts'
import type { ChangeFacts } from './edition-change.ts'
import type { Unit } from './plan.ts'
import { shortText } from './short-text.ts'
import type { StreamName } from './streams/stream.ts'
import type { HourId } from './time.ts'

/**
 * Which edition is brought up to date: a number, or whichever edition the live chain says owns the hour (hourly work, which
 * also amends hours that a parent edition owns).
 */
export type Target = number | 'live'

export interface PlanRequest {
  readonly stream: StreamName
  readonly target: Target
  /** The hour to begin at, in the order of planning; null: with the first. */
  readonly from: HourId | null
  /** From the newest hour back; absent: in time order. */
  readonly newestFirst?: boolean
  /** Hours set aside: they failed too often in this run. */
  readonly except: readonly HourId[]
}

export interface PlanPage {
  readonly units: readonly Unit[]
  /** Hours looked at. */
  readonly looked: number
  /** Stale hours that are not sealed: left alone until they are. */
  readonly open: number
  /** Where the next page begins; null: this was the last. */
  readonly next: HourId | null
  /** Hours in the lake behind this page. */
  readonly ahead: number
}

export interface StretchRequest {
  readonly stream: StreamName
  readonly target: Target
  readonly from: HourId
  readonly until: HourId
  readonly except: readonly HourId[]
}

export interface PartitionRequest {
  readonly stream: StreamName
  readonly target: Target
  readonly hour: HourId
  readonly partition: number
}

/** Where a partition's counts lie until the hour is merged. */
export interface PartialFile {
  readonly board: BoardName
  readonly partition: number
  readonly path: string
  /** Digest of the hour's listing when it was counted: parts of different listings are never merged. */
  readonly digest: string
}

export interface MergeRequest {
  readonly stream: StreamName
  readonly target: Target
  readonly hour: HourId
  readonly parts: readonly PartialFile[]
}

export interface FailedHour {
  readonly hour: HourId
  readonly code: string
  readonly message: string
  readonly attempts: number
  /** The first files of it that proved corrupt and were set aside: where they are now. Computed again, the hour is counted without them. */
  readonly quarantined?: readonly string[]
}

export interface QuarantineRequest {
  readonly stream: StreamName
  readonly hour: HourId
}

/** What looking at every file of an hour came to. */
export interface QuarantineResult {
  /** The first of those that were set aside, with the reason. */
  readonly files: readonly { readonly path: string; readonly reason: string }[]
  /** Of all that were: what the hour lacks more than before. */
  readonly records: number
}

/** A message at a length of which hundreds fit into what Temporal carries. */
export function shortMessage(message: string, charactersMax = 300): string {
  return shortText(message, charactersMax)
}

/** What a unit did. Adds up over units. */
export interface WorkDone {
  readonly hours: number
  /** Hours that were up to date already. */
  readonly current: number
  readonly records: number
  readonly copies: number
  readonly bytes: number
  /** Hours that had been computed before and got more records: an amended hour. */
  readonly amended: number
  readonly failed: readonly FailedHour[]
}

export const NOTHING_DONE: WorkDone = {
  hours: 0,
  current: 0,
  records: 0,
  copies: 0,
  bytes: 0,
  amended: 0,
  failed: [],
}

/** Failed hours are kept by hour: the later report of an hour stands. */
export function addWork(a: WorkDone, b: WorkDone): WorkDone {
  return {
    hours: a.hours + b.hours,
    current: a.current + b.current,
    records: a.records + b.records,
    copies: a.copies + b.copies,
    bytes: a.bytes + b.bytes,
    amended: a.amended + b.amended,
    failed: [...a.failed.filter((one) => !b.failed.some((other) => other.hour === one.hour)), ...b.failed],
  }
}

export interface SealResult {
  readonly sealed: number
  /** Hours that had ended and stay open, because the archive has not everything yet. */
  readonly waiting: number
  /** Why hours stay open: which partition lacks how many records. null: none does. */
  readonly behind: string | null
}

export interface OpenEditionRequest {
  readonly stream: StreamName
  readonly kind: 'recompute' | 'rebuild'
  readonly since: HourId | null
  readonly until: HourId | null
  readonly boards: readonly BoardName[] | null
  readonly extractors: Readonly<Partial<Record<BoardName, string>>>
  readonly keepMs: number | null
  readonly reason: string
  readonly by: string
  /** Who builds it: the same workflow id finds the edition that it has begun. */
  readonly workflowId: string
  /** Of the run: repeating the activity begins one edition. */
  readonly token: string
}

export interface OpenedEdition {
  readonly edition: number
  readonly parent: number | null
  readonly since: HourId | null
  readonly until: HourId | null
  readonly extractors: Readonly<Record<string, string>>
  /** It was begun by an earlier run: only what is missing is computed. */
  readonly resumed: boolean
  /** It has been published already. */
  readonly live: boolean
  /** When it was opened, ms. */
  readonly at: number
}

/** What the run that built an edition, all at one go, has done for it, and since when, ms. */
export interface Built {
  readonly hours: number
  readonly records: number
  readonly bytes: number
  readonly since: number
}

interface OneEdition {
  readonly stream: StreamName
  readonly edition: number
}

export interface HoldRequest extends OneEdition {
  readonly why: string
  readonly facts?: ChangeFacts | undefined
  /** Noted with the edition, the first time. */
  readonly built?: Built | undefined
}

export interface PublishRequest extends OneEdition {
  readonly by: string
  readonly built?: Built | undefined
}

export interface AbandonRequest extends OneEdition {
  readonly state: 'failed' | 'rejected' | 'cancelled'
  readonly by: string
  readonly why: string
}

export interface PublishOutcome {
  readonly published: boolean
  /** What was live before. */
  readonly previous: number | null
  /** Why it was refused, for people; null when it was not. */
  readonly refused: string | null
}

export interface CleanResult {
  readonly dryRun: boolean
  /** Speed documents deleted (or that would be), and the hours they belong to. */
  readonly speedDocuments: number
  readonly speedHours: number
  readonly temporaryFiles: number
  readonly tallyFiles: number
  readonly bytes: number
  /** Retired, rejected and failed editions whose views were deleted. */
  readonly editions: readonly number[]
  /** The first names of what a dry run would delete, for people. */
  readonly listed: readonly string[]
}

const LISTED_MAX = 50

export function addCleaned(a: CleanResult, b: CleanResult): CleanResult {
  return {
    dryRun: a.dryRun && b.dryRun,
    speedDocuments: a.speedDocuments + b.speedDocuments,
    speedHours: a.speedHours + b.speedHours,
    temporaryFiles: a.temporaryFiles + b.temporaryFiles,
    tallyFiles: a.tallyFiles + b.tallyFiles,
    bytes: a.bytes + b.bytes,
    editions: [...a.editions, ...b.editions],
    listed: [...a.listed, ...b.listed].slice(0, LISTED_MAX),
  }
}
