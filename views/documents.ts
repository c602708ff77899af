/**
 * The documents in MongoDB. One document is the unit of atomicity: a tally is one document, replaced whole.
 *
 * Only what MongoDB 5-8 and the embedded store both do: string `_id`s made from the key, absolute values with the source
 * offset in the same document, terms as values in arrays, never keys; no transactions, no pipeline updates. Ranges and sorts
 * use fields (stream, board, edition, hour), never `_id`.
 *
 * | collection | one document | replaced by |
 * |---|---|---|
 * | batch      | (stream, board, edition, hour)           | batch activities |
 * | speed      | (stream, board, extractor, slot, partition) | the speed worker, guarded by `closed`, then `offset` |
 * | speedState | (stream, board, extractor, partition)     | the speed worker, compare-and-set on `version` |
 * | hours      | (stream, hour): the ledger               | batch activities, derived from the lake |
 * | agreements | (stream, board, hour): speed against batch | cleanup, once |
 * | failures   | (stream, edition, hour): computing failed | batch activities |
 * | archives   | stream: how far the archive was          | `hourly` |
 * | verifications | stream: what reading the whole lake found | `verify` |
 * | editions   | (stream, number)                          | activities and CLI |
 * | live       | stream: which edition is live             | publish and rollback: the one atomic write |
 * | sources    | (stream, source, host): how it stands    | the ingest worker, guarded by `reportedAt` |
 *
 * These are the documents as code sees them. At rest a tally's columns are packed (views/packing.ts), and every document has
 * a `form`, so that one written by another version of Tendance is an error, not a wrong answer.
 */

import type { Agreement } from '../model/agreement.ts'
import type { BoardName } from '../model/boards.ts'
import type { Edition } from '../model/editions.ts'
import type { Amendment, ArchiveStanding, HourAccount, Quarantined } from '../model/ledger.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { TallyColumns } from '../model/tally.ts'
import type { HourId, SlotId } from '../model/time.ts'

export interface BatchDocument extends TallyColumns {
  readonly _id: string
  readonly origin: 'batch'
  readonly stream: StreamName
  readonly board: BoardName
  readonly edition: number
  readonly hour: HourId
  readonly extractor: string
  /** Records removed because another with the same id was counted. */
  readonly copies: number
  /** Digest of the listing this was made from (lake/listing.ts): the hour is stale when the lake's differs. */
  readonly digest: string
  readonly files: number
  readonly bytes: number
  /** Path in the lake of the full tally (every term), made from the same digest. */
  readonly tallyPath: string
  /**
   * Milliseconds since 1970 UTC, taken before the listing was read, so that a greater one has seen at least as much: a write
   * never replaces a document with a greater one. The run and attempt that computed it are in `by`.
   */
  readonly computedAt: number
  readonly by: string
  /** Each later computation of the sealed hour because late records came: when, and how many records more. */
  readonly amendments: readonly { readonly at: number; readonly records: number }[]
  /** What the hour lacks: its files that proved corrupt, and their records. Absent: nothing. */
  readonly quarantined?: Quarantined
  /** Terms left out because they are longer than the board takes, one for each time that a record has one. Absent: none. */
  readonly longTerms?: number
}

export interface SpeedDocument extends TallyColumns {
  readonly _id: string
  readonly origin: 'speed'
  readonly stream: StreamName
  readonly board: BoardName
  readonly extractor: string
  readonly hour: HourId
  readonly slot: SlotId
  readonly slotMs: number
  readonly partition: number
  /** Of the log (model/generations.ts), from the second on: what an earlier topic held of the slot stands in a document of its own. */
  readonly generation?: number
  /**
   * True as of this offset: every record below it is counted. An open document replaces only an open one of a lower offset
   * (`closed: false, offset: {$lt}`); a closed one replaces any open one, whatever its offset (`closed: false`), since it is
   * the one truth of the state in which the slot closed; nothing replaces a closed one.
   */
  readonly offset: number
  /** No more records will be counted: the watermark passed the slot. */
  readonly closed: boolean
  readonly copies: number
  readonly updatedAt: number
}

/**
 * Where counting of one partition stands; what a worker that takes over begins with. It is written only by who has seen the
 * version before it, so that the states of a partition are one history (docs/adr, speed: a slot closes in one of them).
 */
export interface SpeedStateDocument {
  readonly _id: string
  readonly stream: StreamName
  readonly board: BoardName
  readonly extractor: string
  readonly partition: number
  /** Grows by one with each write, and each take-over: a write names the version it has seen. */
  readonly version: number
  /** Every record below it is counted, late, or a copy. */
  readonly offset: number
  /** The oldest offset that an open slot still needs: where to read again from. */
  readonly resumeFrom: number
  /** Event time, ms: slots that end at or before it are closed. */
  readonly watermark: number
  /** Event time, ms: the documents of slots that end at or before it are closed too, final. Never above `watermark`. */
  readonly finalTo: number
  /** While slots are being closed: those that end between finalTo and watermark close at this offset. */
  readonly closingAt?: number
  /** Records that came for a closed slot: left to batch. Absolute, as of `offset`. */
  readonly late: number
  /** Kafka's id of the topic that was read. States of earlier releases have none: it is the first one. */
  readonly topicId?: string
  /** What is taken from `offset` to have the topic's own offset (model/generations.ts); 0 unless said. */
  readonly base?: number
  readonly worker: string
  readonly updatedAt: number
}

/**
 * The ledger's entry of an hour: what the lake says of it (`_SEALED`, or its files and their commits while it is open). Derived:
 * dropped, the next `hourly` writes it anew from the lake.
 */
export interface HourDocument extends HourAccount {
  readonly _id: string
  readonly stream: StreamName
  readonly hour: HourId
  readonly sealedAt: number | null
  /** Of the listing that it tells of (lake/listing.ts); `wholeDigest`: as if nothing were quarantined. */
  readonly digest: string
  readonly wholeDigest: string
  /** Records that came after it was sealed. */
  readonly amendments: readonly Amendment[]
  readonly quarantined: Quarantined
  /** Why it cannot be sealed, when that is so: a file that no commit knows. */
  readonly refused: string | null
  readonly updatedAt: number
}

/** Measured once, before cleanup deletes the hour's speed documents; it cannot be measured again. */
export interface AgreementDocument extends Agreement {
  readonly _id: string
  readonly stream: StreamName
  readonly board: BoardName
  readonly hour: HourId
  readonly edition: number
  readonly extractor: string
  readonly at: number
}

/** Computing the hour failed. It stands until the hour was computed after it. */
export interface FailureDocument {
  readonly _id: string
  readonly stream: StreamName
  readonly hour: HourId
  readonly edition: number
  readonly code: string
  readonly message: string
  readonly at: number
}

export interface ArchiveDocument extends ArchiveStanding {
  readonly _id: StreamName
  readonly stream: StreamName
  /**
   * Where the next look for hours begins: the greatest time of change of a directory of the lake that the last one saw, ms. null:
   * everything has to be looked at.
   */
  readonly seenTo: number | null
}

export type { TallyColumns } from '../model/tally.ts'

export interface EditionDocument extends Edition {
  readonly _id: string
}

export interface LiveDocument {
  readonly _id: StreamName
  readonly edition: number
  /** What `rollback` goes back to: the last of `trail`. */
  readonly previous: number | null
  /** Editions that were live before, oldest first: publish adds to it, rollback takes from it. Bounded. */
  readonly trail: readonly number[]
  /** Grows by one with each publish: readers poll it, writers name the one they saw. */
  readonly version: number
  readonly at: number
  readonly by: string
}
