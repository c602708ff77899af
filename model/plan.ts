/**
 * Planning of batch work, pure: which hours are stale, and how they are grouped into units of work.
 *
 * A unit is either a stretch of hours that one activity brings up to date (many small hours share one), or one large hour
 * whose partitions are counted by several activities and merged by another (it fans out). What travels is only where a
 * stretch begins and ends: the activity looks again at what is stale in it, so a unit done twice, or late, does nothing wrong.
 *
 * Invariant: every stale hour is in exactly one unit, and units are in time order and do not overlap.
 */
import { HOUR_MS, type HourId, hourEnd, hourStart, nextHour } from './time.ts'

/** What a view says of how an hour was computed, and what the lake and the edition say it should be. */
export interface Computed {
  readonly digest: string
  readonly extractor: string
}

/** An hour that a plan has found to be stale. */
export interface StaleHour {
  readonly hour: HourId
  readonly bytes: number
  /** Partitions that have files in the hour, ascending. */
  readonly partitions: readonly number[]
  /** Copies of a record can lie in several of them (model/generations.ts): it is counted in one piece. */
  readonly acrossPartitions?: boolean | undefined
}

export interface Stretch {
  readonly kind: 'stretch'
  readonly from: HourId
  /** The first hour behind it. */
  readonly until: HourId
  /** Stale hours in [from, until). */
  readonly hours: number
  readonly bytes: number
}

export interface FanOut {
  readonly kind: 'fan-out'
  readonly hour: HourId
  readonly partitions: readonly number[]
  readonly bytes: number
}

export type Unit = Stretch | FanOut

export interface UnitLimits {
  readonly unitBytesMax: number
  readonly unitHoursMax: number
  /** An hour of at least so many bytes fans out by partition. */
  readonly fanOutBytes: number
  /** A stretch does not reach over more hours that are not stale than this: it would list them for nothing. */
  readonly gapHoursMax: number
}

/**
 * 256 MB are about two seconds of counting on two cores, so a killed worker costs seconds and progress moves; 100 tiny hours are
 * about one second. Both are far above the 20 ms that an activity costs with its looks at the lake and at the views.
 */
export const UNIT_LIMITS = { unitBytesMax: 256 * 1024 * 1024, unitHoursMax: 100, gapHoursMax: 24 } as const

/** The lake's side of it: lake/listing.ts. */
export interface LakeDigests {
  readonly digest: string
  /** As if nothing were quarantined. */
  readonly wholeDigest: string
}

/**
 * Make's rule: up to date means made from the same files by the same rule. A view that was made when a file was still whole which
 * is quarantined now is up to date too: made anew, it could only lack something.
 */
export function isStale(view: Computed | undefined, lake: LakeDigests, extractor: string): boolean {
  if (view === undefined || view.extractor !== extractor) return true
  return view.digest !== lake.digest && view.digest !== lake.wholeDigest
}

/** Groups stale hours (ascending) into units, greedily: a unit closes before it would go past a limit. */
export function planUnits(stale: readonly StaleHour[], limits: UnitLimits): Unit[] {
  const units: Unit[] = []
  let open: { from: HourId; last: HourId; hours: number; bytes: number } | undefined
  const close = () => {
    if (open) {
      const { from, last, hours, bytes } = open
      units.push({ kind: 'stretch', from, until: nextHour(last), hours, bytes })
    }
    open = undefined
  }
  for (const { hour, bytes, partitions, acrossPartitions } of stale) {
    if (bytes >= limits.fanOutBytes && partitions.length > 1 && !acrossPartitions) {
      close()
      units.push({ kind: 'fan-out', hour, partitions, bytes })
      continue
    }
    if (
      open &&
      (open.hours >= limits.unitHoursMax ||
        open.bytes + bytes > limits.unitBytesMax ||
        hourStart(hour) - hourEnd(open.last) > limits.gapHoursMax * HOUR_MS)
    ) {
      close()
    }
    open = open
      ? { from: open.from, last: hour, hours: open.hours + 1, bytes: open.bytes + bytes }
      : { from: hour, last: hour, hours: 1, bytes }
  }
  close()
  return units
}

/**
 * The first units, as many as make no more than `activitiesMax` activities, but always one, or there would be no progress.
 * `leftOut` is the first of the others; undefined: there are none.
 */
export function cutUnits(
  units: readonly Unit[],
  activitiesMax: number,
): { readonly kept: readonly Unit[]; readonly leftOut: Unit | undefined } {
  let activities = 0
  const end = units.findIndex((unit) => {
    activities += unit.kind === 'stretch' ? 1 : unit.partitions.length + 1
    return activities > activitiesMax
  })
  const kept = end === -1 ? units : units.slice(0, Math.max(1, end))
  return { kept, leftOut: units[kept.length] }
}

export function firstHourOf(unit: Unit): HourId {
  return unit.kind === 'stretch' ? unit.from : unit.hour
}

export function lastHourOf(unit: Unit): HourId {
  return unit.kind === 'stretch' ? nextHour(unit.until, -1) : unit.hour
}

/**
 * Two parts of a stretch, for one that failed as a whole: halves of its hours on the clock, as which of them are stale is
 * only known where they are. undefined: it is a single hour and cannot be split.
 */
export function splitStretch(stretch: Stretch): readonly [Stretch, Stretch] | undefined {
  const length = (hourStart(stretch.until) - hourStart(stretch.from)) / HOUR_MS
  if (length <= 1) return undefined
  const middle = nextHour(stretch.from, Math.floor(length / 2))
  const part = (from: HourId, until: HourId): Stretch => ({
    kind: 'stretch',
    from,
    until,
    hours: Math.min(stretch.hours, (hourStart(until) - hourStart(from)) / HOUR_MS),
    bytes: Math.ceil(stretch.bytes / 2),
  })
  return [part(stretch.from, middle), part(middle, stretch.until)]
}

export function hoursOfUnit(unit: Unit): number {
  return unit.kind === 'stretch' ? unit.hours : 1
}

/** For people: `2026-11-16T07 … 2026-11-17T03 (12 hours, 3.1 MB)`. */
export function describeUnit(unit: Unit): string {
  const megabytes = `${(unit.bytes / 1_000_000).toFixed(1)} MB`
  if (unit.kind === 'fan-out') return `${unit.hour} (${unit.partitions.length} partitions, ${megabytes})`
  if (unit.hours === 1) return `${unit.from} (${megabytes})`
  return `${unit.from} … ${nextHour(unit.until, -1)} (${unit.hours} hours, ${megabytes})`
}
