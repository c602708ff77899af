/**
 * What `tendance verify` can find, as facts: pure data that passes between lake, activities, views, the command line and the API.
 *
 * A damage names a path, and the command that decides about it: nothing here is a dead end.
 */
import type { StreamName } from './streams/stream.ts'
import type { HourId } from './time.ts'

export const DAMAGE_KINDS = [
  'entry-unreadable', // a commit entry cannot be understood
  'log-hole', // offsets that no commit entry covers, between two that do
  'log-overlap', // two commit entries cover the same offsets
  'log-end-lost', // the hint names an entry that is not there
  'beyond-kafka', // the lake has offsets that Kafka never gave: the topic was made anew
  'kafka-deleted', // Kafka has deleted offsets that the lake does not have
  'missing', // a file of the log is not in its hour's directory
  'length', // a file is not as long as the log says
  'quarantined', // a file proved corrupt and was set aside
  'foreign', // a file with a record file's name that no commit knows
  'stray', // a file or directory that is none of ours
  'compaction-lost', // a compacted file that no compaction's entry knows
  'compaction-differs', // a compaction says of its originals something else than the commit log
  'unreadable', // a file that must be JSON or Avro and cannot be understood
  'records', // a file has more or fewer records than the log says
  'wrong-hour', // a file has records of another hour
  'seal-lost', // the ledger knows the hour as sealed, and the lake has no seal
  'seal-differs', // the seal does not say what the log says
  'ledger-differs', // the ledger does not say what the seal says
  'tally-lost', // a view names a full tally that is not there
] as const
export type DamageKind = (typeof DAMAGE_KINDS)[number]

export interface Damage {
  readonly kind: DamageKind
  /** Of what is damaged, or should be there. */
  readonly path: string
  /** null: of the log or the whole lake. */
  readonly hour: HourId | null
  /** Records that this concerns; null: not known, or none. */
  readonly records: number | null
  /** What is wrong, and what to do about it with which command. */
  readonly what: string
  readonly todo: string
}

/** What was looked at. */
export interface VerifyCounts {
  readonly hours: number
  readonly files: number
  readonly records: number
  readonly bytes: number
}

export const NOTHING_VERIFIED: VerifyCounts = { hours: 0, files: 0, records: 0, bytes: 0 }

export function addCounts(a: VerifyCounts, b: VerifyCounts): VerifyCounts {
  return {
    hours: a.hours + b.hours,
    files: a.files + b.files,
    records: a.records + b.records,
    bytes: a.bytes + b.bytes,
  }
}

export interface PartitionLog {
  readonly partition: number
  readonly entries: number
  readonly records: number
  /** Offsets that Kafka had deleted before the archive came to them, as the entries say. */
  readonly lost: number
  /** Behind the last offset. */
  readonly to: number
}

export interface VerifiedLog {
  readonly partitions: readonly PartitionLog[]
  readonly damages: readonly Damage[]
}

export interface VerifiedHours {
  readonly counts: VerifyCounts
  readonly damages: readonly Damage[]
}

/** How far a partition is in Kafka: the first offset that it still has, when that is known, and the one behind its last record. */
export interface KafkaOffsets {
  readonly low?: number
  readonly high: number
}

/** What a verification as a whole found; what is kept of the nightly one. */
export interface Verification {
  readonly stream: StreamName
  /** Wall clock, ms: when it began, and what it took. */
  readonly at: number
  readonly ms: number
  /** It read every block. */
  readonly deep: boolean
  readonly counts: VerifyCounts
  /** How many there are; `damages` has the first of them. */
  readonly found: number
  readonly damages: readonly Damage[]
}

/** Kept of a verification: a lake that was emptied has thousands, and all say the same. */
export const DAMAGES_KEPT = 200

/** What passes between the `verify` workflow and its activities. */
export interface VerifyRequest {
  readonly stream: StreamName
  /** null: from the first hour. */
  readonly since: HourId | null
  /** The first hour behind the last; null: no end. */
  readonly until: HourId | null
  readonly deep: boolean
}

/** A part of the hours; `next`: where the next part begins, null: this was the last. */
export interface VerifiedPage extends VerifiedHours {
  readonly next: HourId | null
  /** Hours that were not looked at yet. */
  readonly ahead: number
}
