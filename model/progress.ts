/** How far a batch run is: what its query answers and what the Temporal UI shows as current details. Pure. */
import { type Noted, noting } from './run-note.ts'
import type { StreamName } from './streams/stream.ts'
import type { HourId } from './time.ts'
import { type FailedHour, NOTHING_DONE, type WorkDone } from './work.ts'

export const PHASES = [
  'starting',
  'sealing',
  'computing',
  'compacting',
  'verifying',
  'held',
  'publishing',
  'cleaning',
  'done',
] as const
export type Phase = (typeof PHASES)[number]

export interface Progress extends Noted {
  readonly kind: string
  readonly stream: StreamName
  /** The edition that is worked on; null: not known yet. */
  readonly edition: number | null
  /** What was asked for and why, for people; empty where the kind says it all. */
  readonly about: string
  readonly phase: Phase
  readonly paused: boolean
  /** Counts from 1; a further pass computes what came in during the one before. */
  readonly pass: number
  readonly done: WorkDone
  /** Stale hours found so far and not done yet. */
  readonly hoursPlanned: number
  readonly bytesPlanned: number
  /** Hours that were not looked at yet: some of them may be stale. */
  readonly hoursAhead: number
  /** The hour that planning has come to. */
  readonly cursor: HourId | null
}

export function startingProgress(kind: string, stream: StreamName): Progress {
  return {
    kind,
    stream,
    edition: null,
    about: '',
    phase: 'starting',
    paused: false,
    pass: 1,
    done: NOTHING_DONE,
    hoursPlanned: 0,
    bytesPlanned: 0,
    hoursAhead: 0,
    cursor: null,
    ...noting(null),
  }
}

/**
 * Between 0 and 1. By hours, those ahead taken as stale: for a rebuild they are, for hourly work it runs ahead of itself.
 */
export function fractionDone(progress: Progress): number {
  if (progress.phase === 'done') return 1
  const all = progress.done.hours + progress.hoursPlanned + progress.hoursAhead
  return all === 0 ? 0 : progress.done.hours / all
}

/** Markdown for the Temporal UI: short, so that it can be set often. */
export function progressDetails(progress: Progress): string {
  const { done } = progress
  const edition = progress.edition === null ? '' : `, edition ${progress.edition}`
  const lines = [
    `**${progress.paused ? 'paused while ' : ''}${progress.phase}**, ${progress.kind} of ${progress.stream}${edition}`,
    '',
    ...(progress.about ? [progress.about, ''] : []),
    `- hours: ${count(done.hours)} computed, ${count(progress.hoursPlanned)} to do${progress.hoursAhead ? `, ${count(progress.hoursAhead)} not looked at yet` : ''}`,
    `- records: ${count(done.records)} counted, ${count(done.copies)} copies removed, ${(done.bytes / 1e6).toFixed(1)} MB read`,
  ]
  if (done.amended) lines.push(`- amended: ${count(done.amended)} hours got late records`)
  if (done.failed.length) lines.push(`- **failed: ${describeFailures(done.failed)}**`)
  if (progress.note) lines.push(`- ${progress.note}`)
  // The UI (2.42) cuts off a line of what it shows: an empty one.
  return [...lines, '', '\u00a0'].join('\n')
}

/** The first few, with reasons; the rest as a number. */
export function describeFailures(failed: readonly FailedHour[], namesMax = 3): string {
  const named = failed.slice(0, namesMax).map(({ hour, message, quarantined = [] }) => {
    const aside = quarantined.length === 0 ? '' : '; quarantined'
    return `${hour} (${message}${aside})`
  })
  const more = failed.length - named.length
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

function count(value: number): string {
  return value.toLocaleString('en-GB')
}
