/** How a source stands, as the ingest worker that reads it tells every few seconds; and what a reader makes of one that tells nothing more. */
import type { StreamName } from './streams/stream.ts'

/** ended: it gave all that it had. stopped: the worker was asked to stop. failed: ingest could not go on; the worker's log says why. */
export const SOURCE_STATES = ['running', 'ended', 'stopped', 'failed'] as const
export type SourceState = (typeof SOURCE_STATES)[number]

export interface SourceStanding {
  /** As the source names itself: `file:/data/posts.jsonl`. */
  readonly name: string
  readonly stream: StreamName
  /** Of the worker. Two machines may each have a source of this name: they are two sources, with a position each. */
  readonly host: string
  readonly pid: number
  readonly state: SourceState
  /** JSON in the source's own form, cut where it is long; `null`: it has none. */
  readonly position: string
  /** When a position was last saved in this run, all records before it confirmed; null: not yet. Wall clock, ms, as all times here. */
  readonly movedAt: number | null
  /** Lines or posts taken since the worker started, and those of them that became dead letters. */
  readonly records: number
  readonly deadLetters: number
  /** Records a second since the report before; null: there was none, or it is not running. */
  readonly rate: number | null
  readonly startedAt: number
  readonly reportedAt: number
  /** The next report comes after so long. */
  readonly everyMs: number
}

/** One report may be late, and a second one lost, without anything being wrong. */
const SILENT_INTERVALS = 3

/** Whether a source that was running has told nothing for so long that nobody knows: its worker was killed, or cannot reach MongoDB. */
export function isSilent({ state, reportedAt, everyMs }: SourceStanding, now: number): boolean {
  return state === 'running' && now - reportedAt > SILENT_INTERVALS * everyMs
}

/** What has told nothing for so long is forgotten. */
export const SOURCE_KEPT_MS = 7 * 24 * 3_600_000
