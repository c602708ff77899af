/**
 * The ledger's rules, pure: in which state an hour is, and how complete.
 *
 * Evidence comes from three places, and only these are the truth: the lake (`_SEALED`, the commit log) says what was archived
 * and whether the hour is complete; batch views say what was computed from it; the archive's standing says whether somebody has
 * looked. A ledger document is a copy of the first, so it can be dropped and is written anew by the next `hourly`.
 *
 *   none ─► open ─► sealed ─► computed ─► amended        gap: nothing came in the whole hour, though before it did
 *             └► behind ─┘ └► failed ─┘                  behind: it should be sealed by now, and is not
 *
 * Invariant: every hour is in exactly one state, decided by `stateOf` alone.
 */
import type { ClockSkew } from './clocks.ts'
import { AppError } from './errors.ts'
import { countHours, HOUR_MS, type HourId, hourEnd, hourStart, MINUTE_MS } from './time.ts'

/**
 * none: before the stream's first hour, or not begun. open: records may still come. behind: it should be sealed by now. sealed:
 * complete in the lake, not computed yet. failed: it could not be computed. computed: the live history has it. amended: computed
 * again because late records came. gap: the stream had records before, and none in this hour.
 */
export const HOUR_STATES = ['none', 'gap', 'open', 'behind', 'sealed', 'failed', 'computed', 'amended'] as const
export type HourState = (typeof HOUR_STATES)[number]

/** Later records of a sealed hour: when they were counted into it, and how many. Fewer than none: a file was taken out. */
export interface Amendment {
  /** Wall clock, ms. */
  readonly at: number
  readonly records: number
}

/** What an hour holds of one partition: the range of offsets that its files span, and its records among them. */
export interface PartitionAccount {
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly records: number
}

/** What was archived of an hour. Copies count as often as they are there; times are wall clock, ms. */
export interface HourAccount {
  readonly records: number
  readonly bytes: number
  readonly files: number
  /** Ascending; those with records. */
  readonly partitions: readonly PartitionAccount[]
  /**
   * The commits that brought the first and the last of its files. The archive copies records without decoding them, so when a record
   * arrived is known to the commit: at most `lake.commitAgeMs` after the record was taken. null: there are no records.
   */
  readonly firstArrivedAt: number | null
  readonly lastArrivedAt: number | null
  /** Records of commits made after the hour's end and the grace. */
  readonly late: number
  /** Offsets that Kafka had deleted before the archive came to them, in the commits that hold this hour's records: at most so many are lost. */
  readonly lost: number
}

/** Files of the log that an hour lacks, and their records: they proved corrupt and were set aside, or they vanished. */
export interface Quarantined {
  readonly files: number
  readonly records: number
  /** Of these, those that are not there any more. Absent: none. */
  readonly vanished?: Lacking | undefined
  /** Of those that vanished, those that a person has accepted as lost for ever. Absent: none. */
  readonly accepted?: Lacking | undefined
}

export interface Lacking {
  readonly files: number
  readonly records: number
}

/** How far the archive was when `hourly` last looked. */
export interface ArchiveStanding {
  /** Wall clock, ms. */
  readonly at: number
  /** Of each partition: what Kafka had, what the lake had in place. Offsets behind the last record. */
  readonly partitions: readonly { readonly partition: number; readonly high: number; readonly archived: number }[]
  /** Services whose clocks differed too much from that of the machine that looked. Absent: it was not asked. */
  readonly clocks?: readonly ClockSkew[]
}

export interface HourEvidence {
  readonly hour: HourId
  readonly now: number
  readonly graceMs: number
  /** The first hour of the stream that has records; null: none has. */
  readonly first: HourId | null
  /** undefined: the ledger has no entry. */
  readonly entry: { readonly sealedAt: number | null; readonly records: number; readonly files: number } | undefined
  /** Records in quarantine. */
  readonly quarantined: number
  /** What the live history has of it; complete: each board of the stream. null: nothing. */
  readonly computed: { readonly complete: boolean; readonly amended: boolean; readonly at: number } | null
  /** When computing it last failed, ms. */
  readonly failedAt: number | null
  readonly archive: ArchiveStanding | null
}

/** Three years: each hour of the range is looked at, whether there is anything of it or not. */
const LEDGER_HOURS_MAX = 26_304

/** @throws AppError `bad-input` */
export function checkLedgerRange(from: HourId, to: HourId): void {
  const hours = countHours(from, to)
  if (hours <= LEDGER_HOURS_MAX) return
  const message = `from ${from} to ${to} are ${hours} hours, ${LEDGER_HOURS_MAX} (three years) are looked at at once: name a later beginning or an earlier end`
  throw new AppError('bad-input', message, { facts: { from, to, hours } })
}

/** `hourly` runs at this minute of each hour. */
export const HOURLY_MINUTE = 5
/** What `hourly` may take until it has sealed. */
const HOURLY_TAKES_MS = 10 * MINUTE_MS

/** When an hour should be sealed: the first `hourly` after its end and the grace, and the time that it may take. */
export function sealDueAt(hour: HourId, graceMs: number): number {
  const from = hourEnd(hour) + graceMs
  const runs = HOURLY_MINUTE * MINUTE_MS
  return Math.ceil((from - runs) / HOUR_MS) * HOUR_MS + runs + HOURLY_TAKES_MS
}

/** How the hour stands: the first that is true, from what nobody can know yet to what is well. */
export function stateOf(evidence: HourEvidence): HourState {
  const { hour, now, graceMs, first, entry, computed, failedAt, archive } = evidence
  if (hourStart(hour) > now) return 'none'
  const isDue = now > sealDueAt(hour, graceMs)
  if (entry === undefined || (entry.files === 0 && evidence.quarantined === 0)) {
    if (!isDue) return first === null ? 'none' : 'open'
    if (first === null || hour < first) return 'none'
    return wasLookedAt(hour, graceMs, archive) ? 'gap' : 'behind'
  }
  if (failedAt !== null && failedAt > (computed?.at ?? 0)) return 'failed'
  if (computed?.complete) return computed.amended ? 'amended' : 'computed'
  if (entry.sealedAt !== null) return 'sealed'
  return isDue ? 'behind' : 'open'
}

/** Whether an hour without records is known to have none: somebody looked after its end, when the archive had everything. */
function wasLookedAt(hour: HourId, graceMs: number, archive: ArchiveStanding | null): boolean {
  return archive !== null && archive.at >= hourEnd(hour) + graceMs && lagOf(archive) === 0
}

/** Records that Kafka had and the lake had not, when `hourly` last looked. */
export function lagOf({ partitions }: ArchiveStanding): number {
  return partitions.reduce((sum, { high, archived }) => sum + Math.max(0, high - archived), 0)
}

/** Shares from 0 to 1 (1: everything); null: not known yet. */
export interface Completeness {
  /** Records computed, their copies, and those that were in quarantine then, of the records archived (with those in quarantine). */
  readonly computed: number | null
  /**
   * Records archived of those that Kafka took: a sealed hour has all but what Kafka deleted before the archive came
   * (`lost`, at most), and what vanished from the lake since. null: not sealed, so more may be on its way.
   */
  readonly archived: number | null
}

/** `records` and `lost` as the hour's account has them (HourAccount). */
export function completenessOf(hour: {
  readonly sealedAt: number | null
  readonly records: number
  readonly lost: number
  readonly quarantined: Quarantined
  /** By the edition that answers for the hour; `lacking`: records that were in quarantine when it was computed. */
  readonly computed: { readonly records: number; readonly copies: number; readonly lacking: number } | null
}): Completeness {
  const { sealedAt, records, lost, quarantined, computed } = hour
  const archived = records + quarantined.records
  return {
    computed: computed ? share(computed.records + computed.copies + computed.lacking, archived) : null,
    archived: sealedAt === null ? null : share(archived - (quarantined.vanished?.records ?? 0), archived + lost),
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole
}
