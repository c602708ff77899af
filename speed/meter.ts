/** What a speed worker has done, for progress and measurements: plain numbers that grow. */

/** How many of the last delays are kept for the percentile. */
const DELAYS_MAX = 1_000

export interface SpeedProgress {
  /** Messages taken since the worker started; those read again after a move are among them. */
  readonly messages: number
  /** Came for a closed slot: left to batch. */
  readonly late: number
  /** Were no records. */
  readonly rejected: number
  readonly flushes: number
  /** Tallies written. */
  readonly tallies: number
  /** Slots closed before their time, because too many were open. */
  readonly forced: number
  /** 99 of 100 flushes made their oldest record visible within this, ms; of the last flushes only. */
  readonly visibleMsP99: number
}

/** Where one board of one partition is, as of its last flush. */
export interface LaneStanding {
  /** `hashtags by hashtags@2` */
  readonly name: string
  readonly partition: number
  readonly openSlots: number
  /** Event time, ms. */
  readonly watermark: number
}

/** A flush that was written. */
export interface FlushTimes {
  /** From its oldest record's being taken until it could be seen. */
  readonly visibleMs: number
  /** Of that, writing. */
  readonly writeMs: number
}

export class SpeedMeter {
  messages = 0
  late = 0
  rejected = 0
  flushes = 0
  tallies = 0
  forced = 0
  readonly #delays: number[] = []
  readonly #lanes = new Map<string, LaneStanding>()
  readonly #onFlush: ((times: FlushTimes) => void) | undefined

  constructor(onFlush?: (times: FlushTimes) => void) {
    this.#onFlush = onFlush
  }

  /** The partitions that are being counted, by board. */
  get lanes(): Iterable<LaneStanding> {
    return this.#lanes.values()
  }

  /** A flush of so many tallies is written. */
  flushed(tallies: number, lane: LaneStanding, times: FlushTimes): void {
    this.#delays[this.flushes % DELAYS_MAX] = times.visibleMs
    this.flushes++
    this.tallies += tallies
    this.#lanes.set(keyOf(lane), lane)
    this.#onFlush?.(times)
  }

  /** It is no longer counted here. */
  laneClosed(lane: Pick<LaneStanding, 'name' | 'partition'>): void {
    this.#lanes.delete(keyOf(lane))
  }

  read(): SpeedProgress {
    const { messages, late, rejected, flushes, tallies, forced } = this
    const sorted = this.#delays.toSorted((a, b) => a - b)
    const visibleMsP99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
    return { messages, late, rejected, flushes, tallies, forced, visibleMsP99 }
  }
}

function keyOf({ name, partition }: Pick<LaneStanding, 'name' | 'partition'>): string {
  return `${name}/${partition}`
}
