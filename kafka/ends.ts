/** How far the partitions of a topic reach, asked of the brokers now and then. */
import type { TopicLog } from './topic-log.ts'

const ENDS_ASK_MS = 2_000
const ENDS_KNOWN_MS = 6_000

/** The ends of a topic's partitions as the brokers say now; while they do not answer, an end is not known. */
export class Ends {
  readonly #log: TopicLog
  #known: ReadonlyMap<number, number> = new Map()
  #askedAt = Number.NEGATIVE_INFINITY
  #asking = false

  constructor(log: TopicLog) {
    this.#log = log
  }

  /** Infinity when it is not known. */
  of(partition: number): number {
    const fresh = performance.now() - this.#askedAt < ENDS_KNOWN_MS
    return (fresh ? this.#known.get(partition) : undefined) ?? Number.POSITIVE_INFINITY
  }

  /** Asks again when the last answer is old. */
  refresh(now: number): void {
    if (this.#asking || now - this.#askedAt < ENDS_ASK_MS) return
    this.#asking = true
    this.#log
      .highWatermarks()
      .catch(() => new Map<number, number>())
      .then((ends) => {
        this.#known = ends
        this.#askedAt = now
        this.#asking = false
      })
  }
}
