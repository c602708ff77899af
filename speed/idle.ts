/**
 * How far the watermark of an idle partition may go on, so that it does not hold its slots open for ever. Pure.
 *
 * A partition is idle when nothing has come for `idleMs` of wall clock in which the broker said, again and again, that there was
 * nothing more: a broker that is away makes nothing idle.
 * It then follows the greatest watermark of the worker's other partitions: records of one stream are spread by id, so what
 * comes next should be about as old as what the others are getting. When it was live (its last record was less than
 * `latenessMs` old when it came), it follows wall clock too: what comes next should not be older than that either. A play
 * of old records that pauses is not live, and waits.
 *
 * It is safe because a watermark never decides what is true, only what speed leaves to batch: a record that proves the
 * guess wrong is counted as late, and batch counts it. The advance is a state like any other (speed/partition-counter.ts).
 */

export interface Idleness {
  /** Wall clock, ms. */
  readonly now: number
  /** When the last records came, reading began, or the end was last not known; wall clock, ms. */
  readonly activeAt: number
  /** Whether everything that Kafka has now has been read. */
  readonly atEnd: boolean
  /** Greatest event time counted since reading began, ms; -Infinity when nothing was. */
  readonly greatestEvent: number
  /** Greatest watermark of the worker's other partitions, ms; 0 when there is none. */
  readonly othersWatermark: number
}

/** The least watermark that the partition should have, ms; 0 when it is not idle. */
export function idleWatermark(
  idleness: Idleness,
  rules: { readonly idleMs: number; readonly latenessMs: number },
): number {
  const { now, activeAt, atEnd, greatestEvent, othersWatermark } = idleness
  if (!atEnd || now - activeAt < rules.idleMs) return 0
  const wasLive = activeAt - greatestEvent < rules.latenessMs
  return Math.max(othersWatermark, wasLive ? now - rules.latenessMs : 0)
}

/** The watermarks of the partitions that one worker reads, for one board and extractor. */
export class Watermarks {
  readonly #byPartition = new Map<number, number>()

  set(partition: number, watermark: number): void {
    this.#byPartition.set(partition, watermark)
  }

  delete(partition: number): void {
    this.#byPartition.delete(partition)
  }

  /** 0 when there are no others. */
  greatestBut(partition: number): number {
    let greatest = 0
    for (const [other, watermark] of this.#byPartition)
      if (other !== partition) greatest = Math.max(greatest, watermark)
    return greatest
  }
}
