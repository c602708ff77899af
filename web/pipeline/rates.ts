/** Rates from what two looks saw of something that only grows. */

interface Seen {
  readonly count: number
  readonly at: number
  readonly rate: number | null
}

/** Looks closer together than this say little: until then the rate is that of before. */
const APART_MS = 2_000
const NAMES_MAX = 1_000

export class Rates {
  readonly #seen = new Map<string, Seen>()

  /** A second, since an earlier look; null when there was none, or when the count has begun anew since. */
  of(name: string, count: number, at: number): number | null {
    const before = this.#seen.get(name)
    if (!before) {
      if (this.#seen.size < NAMES_MAX) this.#seen.set(name, { count, at, rate: null })
      return null
    }
    if (at - before.at < APART_MS) return before.rate
    const rate = count < before.count ? null : (count - before.count) / ((at - before.at) / 1_000)
    this.#seen.set(name, { count, at, rate })
    return rate
  }
}
