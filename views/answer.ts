/** What an answer is: rows, how sure they are, and where they come from. Words are DESIGN.md's; docs/answers.md explains them. */
import type { BoardName } from '../model/boards.ts'
import type { Doubted } from '../model/doubt.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { Top, TopRow } from '../model/tally-top.ts'
import type { HourId } from '../model/time.ts'
import type { Movement } from './movement.ts'

export interface AnswerRow extends TopRow {
  /** Against the hour before; undefined when that was not asked. */
  readonly movement?: Movement
}

export interface Answer extends Top, Doubted {
  readonly stream: StreamName
  readonly board: BoardName
  /** The hours of [from, to). */
  readonly from: HourId
  readonly to: HourId
  readonly rows: readonly AnswerRow[]
  /** Sum of all counts, and records counted, copies removed. */
  readonly total: number
  readonly records: number
  readonly copies: number
  /** Of all that the rows were made from (views/stamp.ts), when every hour is in batch; null: they can change by themselves. */
  readonly digest: string | null
  readonly provenance: Provenance
}

/** sealed: complete. amended: sealed, and computed again with late records. provisional: counted live. missing: nothing there. */
export const HOUR_STANDINGS = ['sealed', 'amended', 'provisional', 'missing'] as const
export type HourStanding = (typeof HOUR_STANDINGS)[number]

export interface Provenance {
  /** none: no hour of the range has anything. */
  readonly origin: 'batch' | 'speed' | 'mixed' | 'none'
  /** Version of the live document that all hours were read under; 0 before anything was published. */
  readonly liveVersion: number
  /** The edition that readers see, or the one asked for; null before there is one. */
  readonly edition: number | null
  /** Editions whose batch views are in it: the edition and, for hours that it does not own, its ancestors. */
  readonly editions: readonly number[]
  /** More than one: the range crosses the `since` of an edition, and adds up hours counted by different rules. */
  readonly extractors: readonly string[]
  /** How many hours stand how. */
  readonly hours: Readonly<Record<HourStanding, number>>
  readonly provisional: readonly HourId[]
  readonly amended: readonly { readonly hour: HourId; readonly at: number; readonly records: number }[]
  /** Hours that lack records: files of theirs are damaged and were set aside. */
  readonly quarantined: readonly { readonly hour: HourId; readonly files: number; readonly records: number }[]
  /** Hours without anything, with what the ledger knows of them. */
  readonly gaps: readonly Gap[]
  /** How far live counting is; null when no hour was answered by it. */
  readonly speed: SpeedStanding | null
}

export interface Gap {
  readonly hour: HourId
  /** ahead: not over yet. not-computed: the lake has records that no view has. unknown: nobody has seen records. */
  readonly why: 'ahead' | 'not-computed' | 'unknown'
}

export interface SpeedStanding {
  readonly partitions: number
  /** Event time, ms: every partition has closed what ends at or before it. */
  readonly completeTo: number
  /** From `completeTo` to now, or to the end of the last hour answered by speed, whichever is earlier. */
  readonly secondsBehind: number
  /** Wall clock, ms: when the partition that is quietest last wrote. */
  readonly writtenAt: number
  /** Records that came too late for speed, ever; batch has them. */
  readonly late: number
}
