/** What a recompute or rebuild would do, found out without writing anything. Pure: shapes, the sample, the estimate. */
import type { BoardName } from './boards.ts'
import type { DiffRow } from './diff.ts'
import type { EditionRequest } from './requests.ts'
import { countHours, type HourId, nextHour } from './time.ts'

/** Hours that follow one another. */
export interface HourRun {
  readonly first: HourId
  readonly last: HourId
}

export interface SomeHours {
  readonly count: number
  /** The first of them, as runs: RUNS_MAX at most. */
  readonly runs: readonly HourRun[]
}

/** What was measured of such work, and where that is from. */
export interface Measured {
  readonly hours: number
  readonly bytes: number
  readonly ms: number
}

/** What the lake and the ledger say of the range. */
export interface PreviewRange {
  /** The live edition; null: there is none yet. */
  readonly parent: number | null
  readonly boards: readonly BoardName[]
  readonly extractors: Readonly<Partial<Record<BoardName, string>>>
  /** Sealed hours with records: what it would read. */
  readonly hours: number
  readonly first: HourId | null
  readonly last: HourId | null
  readonly records: number
  readonly bytes: number
  /** With records, and not sealed: left alone until they are. */
  readonly open: SomeHours
  /** Between the first and the last hour of the lake, without any record. */
  readonly missing: SomeHours
  readonly sample: readonly SampleHour[]
  /** The largest edition whose building was measured; null: none was. */
  readonly measured: (Measured & { readonly edition: number }) | null
}

export interface SampleHour {
  readonly hour: HourId
  readonly bytes: number
}

export interface SampleRequest {
  readonly stream: EditionRequest['stream']
  readonly hour: HourId
  readonly boards: readonly BoardName[]
  readonly extractors: PreviewRange['extractors']
}

/** One hour of the sample, really counted by the new rule. */
export interface SampledHour extends SampleHour {
  /** Of all boards together. */
  readonly ms: number
  readonly boards: readonly SampledBoard[]
}

export interface SampledBoard {
  readonly board: BoardName
  /** What readers see now; null: the hour is not computed. */
  readonly before: { readonly edition: number; readonly extractor: string; readonly records: number } | null
  readonly after: { readonly extractor: string; readonly records: number; readonly copies: number }
  /** It has been counted from other files than lie there now: late records have come since. */
  readonly otherFiles: boolean
  readonly rows: readonly DiffRow[]
}

export interface Preview extends Omit<PreviewRange, 'sample' | 'measured'> {
  readonly kind: EditionRequest['kind']
  readonly stream: EditionRequest['stream']
  readonly since: HourId | null
  readonly until: HourId | null
  readonly sample: readonly SampledHour[]
  readonly estimate: Estimate | null
}

export interface Estimate {
  readonly secondsLeast: number
  readonly secondsMost: number
  /** What it was measured on: an edition; null: the hours of the sample, without storing them. */
  readonly edition: number | null
  readonly measured: Measured
}

export const SAMPLE_HOURS = 3
export const SAMPLE_ROWS = 10
const RUNS_MAX = 20

/** A few, spread evenly, the same each time. */
export function sampleOf<H>(hours: readonly H[], count: number): readonly H[] {
  if (hours.length <= count) return hours
  return Array.from({ length: count }, (_, i) => hours[Math.floor(((i + 0.5) * hours.length) / count)]!)
}

/** @param hours ascending */
export function runsOf(hours: readonly HourId[]): SomeHours {
  const runs: { first: HourId; last: HourId }[] = []
  for (const hour of hours) {
    const open = runs.at(-1)
    if (open && nextHour(open.last) === hour) open.last = hour
    else runs.push({ first: hour, last: hour })
  }
  return { count: hours.length, runs: runs.slice(0, RUNS_MAX) }
}

/**
 * The hours that are missing between `hours`, as `runsOf` would tell them, without making a list of them: between a record of 1971
 * and one of 9999 there are 70 million.
 * @param hours ascending
 */
export function missingBetween(hours: readonly HourId[]): SomeHours {
  const runs: HourRun[] = []
  let count = 0
  for (const [at, hour] of hours.entries()) {
    const before = hours[at - 1]
    const missing = before === undefined ? 0 : countHours(nextHour(before), hour)
    if (before === undefined || missing === 0) continue
    count += missing
    if (runs.length < RUNS_MAX) runs.push({ first: nextHour(before), last: nextHour(hour, -1) })
  }
  return { count, runs }
}

/**
 * How long the work takes, when other work took `measured.ms`. An hour costs something whatever it holds, and so does a byte: how
 * the two shared the measured time is not known, so one end takes all of it for bytes, the other all of it for hours.
 */
export function estimateOf(
  work: { readonly hours: number; readonly bytes: number },
  measured: Measured,
): { readonly secondsLeast: number; readonly secondsMost: number } | null {
  if (measured.hours === 0 || measured.bytes === 0) return null
  const ratios = [work.hours / measured.hours, work.bytes / measured.bytes]
  const seconds = (ratio: number) => (ratio * measured.ms) / 1_000
  return { secondsLeast: seconds(Math.min(...ratios)), secondsMost: seconds(Math.max(...ratios)) }
}

/** The whole preview, out of its parts. */
export function previewOf(request: EditionRequest, range: PreviewRange, sample: readonly SampledHour[]): Preview {
  const { kind, stream, since, until } = request
  const { sample: _sample, measured: ofEdition, ...facts } = range
  const ofSample = {
    hours: sample.length,
    bytes: sample.reduce((sum, { bytes }) => sum + bytes, 0),
    ms: sample.reduce((sum, { ms }) => sum + ms, 0),
  }
  const { edition, ...measured } = ofEdition ?? { edition: null, ...ofSample }
  const estimate = estimateOf(range, measured)
  return { kind, stream, since, until, ...facts, sample, estimate: estimate && { ...estimate, edition, measured } }
}
