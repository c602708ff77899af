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

export class SpeedMeter {
  messages = 0
  late = 0
  rejected = 0
  flushes = 0
  tallies = 0
  forced = 0
  readonly #delays: number[] = []

  /** A flush is written: `tallies` of them, the oldest record in it waited `delayMs` since it was taken. */
  flushed(tallies: number, delayMs: number): void {
    this.#delays[this.flushes % DELAYS_MAX] = delayMs
    this.flushes++
    this.tallies += tallies
  }

  read(): SpeedProgress {
    const { messages, late, rejected, flushes, tallies, forced } = this
    const sorted = this.#delays.toSorted((a, b) => a - b)
    const visibleMsP99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
    return { messages, late, rejected, flushes, tallies, forced, visibleMsP99 }
  }
}
