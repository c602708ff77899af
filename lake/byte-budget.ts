/** A bound on the memory that several pieces of work hold together: who would go past it waits, first come first served. */
export class ByteBudget {
  readonly #bytesMax: number
  #held = 0
  readonly #waiting: { readonly bytes: number; readonly begin: () => void }[] = []

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Runs `work` when there is room for `bytes`; what alone needs more than all there is gets all there is. */
  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const needed = Math.min(bytes, this.#bytesMax)
    if (this.#waiting.length > 0 || this.#held + needed > this.#bytesMax) {
      await new Promise<void>((begin) => this.#waiting.push({ bytes: needed, begin }))
    } else {
      this.#held += needed
    }
    try {
      return await work()
    } finally {
      this.#held -= needed
      this.#admit()
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#held + next.bytes <= this.#bytesMax; next = this.#waiting[0]) {
      this.#held += next.bytes
      this.#waiting.shift()
      next.begin()
    }
  }
}
