/**
 * The port through which live counts become visible and durable: what speed asks of a store, in plain tallies. workers/
 * maps it onto the views.
 *
 * A partition's states are one linear history: each is written only by who has seen the one before it (compare-and-set on
 * `version`). Slots close in states, so no two owners can ever disagree about when a slot closed, and each final tally has
 * exactly one value. That is what makes the guards of `putSlots` enough.
 */
import type { TallyColumns } from '../model/tally.ts'

/** The counts of one slot of one partition, whole, true as of `offset`. */
export interface SlotCounts {
  /** Start of the slot, ms. */
  readonly start: number
  /** Every record of the slot below this offset is in it. */
  readonly offset: number
  /** Final: the slot closed at `offset`; later records of it are late. */
  readonly closed: boolean
  /** Records that were not counted because one with the same id was. */
  readonly copies: number
  readonly tally: TallyColumns
}

/** Where counting of a partition stands. Everything about the records below `offset` follows from it and the log. */
export interface PartitionState {
  /** Grows by one with each write and each claim. */
  readonly version: number
  /** Every record below it is counted, a copy, late or rejected, and the tallies that have it are written. */
  readonly offset: number
  /** The oldest offset of a record of a slot that has no final tally yet; `offset` when there is none. */
  readonly resumeFrom: number
  /** Event time, ms: slots that end at or before it are closed. */
  readonly watermark: number
  /** Event time, ms: slots that end at or before it have their final tallies written. Below `watermark` only while … */
  readonly finalTo: number
  /** … slots are being closed: those that end between the two close at this offset. */
  readonly closingAt?: number
  /** Records that came for a closed slot, ever: left to batch. */
  readonly late: number
}

export interface SpeedSink {
  /**
   * Takes the partition over: answers its state under a new version, which makes every earlier owner's next `putState` fail.
   * A partition without a state gets `first`.
   */
  claim(partition: number, first: PartitionState): Promise<PartitionState>
  /**
   * Writes tallies, each whole and on its own: an open one replaces an open one of no higher offset, a closed one replaces
   * any open one, nothing replaces a closed one. What is refused is no error: somebody was further.
   */
  putSlots(partition: number, slots: readonly SlotCounts[]): Promise<void>
  /** Replaces the state of version `state.version - 1`. False: another owner has claimed the partition; nothing was written. */
  putState(partition: number, state: PartitionState): Promise<boolean>
}
