/** What passes between the `compact` workflow and its activities. Pure; numbers and hours only. */
import type { Stretch } from './plan.ts'
import type { StreamName } from './streams/stream.ts'
import type { HourId } from './time.ts'
import type { FailedHour, WorkDone } from './work.ts'

export interface CompactPlanRequest {
  readonly stream: StreamName
  /** First hour to look at; null: from the first one in the lake. */
  readonly from: HourId | null
  /** First hour behind the last; null: no end. */
  readonly until: HourId | null
  /** Hours set aside: they failed too often in this run. */
  readonly except: readonly HourId[]
}

/** What compacting would read, and leave. */
export interface CompactTotals {
  readonly hours: number
  /** Files that are replaced, and by how many. */
  readonly files: number
  readonly into: number
  readonly bytesBefore: number
}

export interface CompactPage {
  readonly units: readonly Stretch[]
  readonly looked: number
  readonly totals: CompactTotals
  /** Where the next page begins; null: this was the last. */
  readonly next: HourId | null
  /** Hours in the lake behind this page. */
  readonly ahead: number
}

export interface CompactStretchRequest {
  readonly stream: StreamName
  readonly from: HourId
  readonly until: HourId
  readonly except: readonly HourId[]
}

export interface CompactDone {
  readonly totals: CompactTotals
  readonly bytesAfter: number
  readonly done: WorkDone
}

export interface CompactResult extends CompactTotals {
  readonly stream: StreamName
  readonly dryRun: boolean
  /** null in a dry run: not known before it is done. */
  readonly bytesAfter: number | null
  readonly records: number
  readonly failed: readonly FailedHour[]
}

export const NO_TOTALS: CompactTotals = { hours: 0, files: 0, into: 0, bytesBefore: 0 }

export function addTotals(a: CompactTotals, b: CompactTotals): CompactTotals {
  return {
    hours: a.hours + b.hours,
    files: a.files + b.files,
    into: a.into + b.into,
    bytesBefore: a.bytesBefore + b.bytesBefore,
  }
}
