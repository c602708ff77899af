/**
 * What passes between Kafka and the rooms that read it (lake/archive, speed): types only, so that those rooms do not know
 * the client. kafka/consumer.ts drives a `PartitionReader`.
 *
 * Each assigned partition gets a `PartitionReader` from `open`; it says where to begin, gets its messages in order, one
 * batch at a time, and is closed when the partition goes to another member. The group's committed offset is only for lag
 * (archive) or for the slot restart point (speed): a reader says what to commit, and when.
 *
 * Invariant: a reader sees offsets that only grow, starting at what `start` answered; nothing is skipped but holes, which hold no
 * record, and what Kafka no longer has (`missing` in the batch says so).
 */

export interface Message {
  readonly offset: number
  /** Event time, ms. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer
}

export interface Batch {
  readonly partition: number
  /** Ascending; none when only holes were passed. */
  readonly messages: readonly Message[]
  /**
   * The offset behind all that this batch covers. What lies between two messages, or between the last one and `to`, is a hole: a
   * transaction's marker, an aborted record, one that compaction has removed. A hole is normal, no record is lost by it.
   */
  readonly to: number
  /** The offset behind the last message that the broker has. */
  readonly highWatermark: number
  /** Offsets asked for that Kafka no longer has: [from, to), retention was faster than us. At most so many records are lost. */
  readonly missing?: { readonly from: number; readonly to: number }
}

export interface PartitionReader {
  /**
   * Every record below this offset is where it is to go: in the lake, in the views. What was only taken is not. undefined: it does not
   * say, or has not begun.
   */
  readonly stored?: number | undefined
  /**
   * The offset to begin at; undefined: the group's committed offset, else the earliest there is. `low`: the earliest that Kafka
   * still has; what lies before it is lost.
   */
  start(committed: number | undefined, low: number): Promise<number | undefined>
  /** Takes a batch; the next comes when this resolves. Answers what to commit to the group now, if anything. */
  take(batch: Batch): Promise<{ readonly commit?: number } | undefined>
  /**
   * Called about every `tickMs` between batches, also when nothing comes: age commits, flushes, idle watermarks. `atEnd`: the
   * broker has just said that there is nothing behind what the reader got; false also when it does not answer. `blocked`: what
   * follows belongs to, or stands behind, a transaction of another producer that is not decided.
   */
  tick(atEnd: boolean, blocked?: boolean): Promise<{ readonly commit?: number } | undefined>
  /** The partition goes away. `lost`: another member may already be reading it, so write nothing. */
  close(reason: 'revoked' | 'lost' | 'stopped'): Promise<{ readonly commit?: number } | undefined>
}
