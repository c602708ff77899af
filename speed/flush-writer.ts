/**
 * Writes flushes to the sink beside counting, one at a time: which slots close, the tallies, then the state. What cannot be written now is
 * tried again for as long as the partition is ours; counting goes on meanwhile.
 *
 * Invariant: a state is written only after its tallies; after a failure that is final, or after another owner was met,
 * nothing is written any more.
 */
import type { Logger } from '../model/log.ts'
import { insist } from './insist.ts'
import type { Flush } from './partition-counter.ts'
import type { PartitionState, SpeedSink } from './sink.ts'

export type WriterEnd = { readonly kind: 'fenced' } | { readonly kind: 'failed'; readonly error: unknown }

export class FlushWriter {
  readonly #sink: SpeedSink
  readonly #partition: number
  readonly #logger: Logger
  readonly #closing = new AbortController()
  readonly #stopping: AbortSignal
  #writing: Promise<void> | undefined
  #end: WriterEnd | undefined
  #resumeFrom: number
  #stored: number

  /** @param signal the worker is stopping */
  constructor(sink: SpeedSink, partition: number, claimed: PartitionState, logger: Logger, signal: AbortSignal) {
    this.#sink = sink
    this.#partition = partition
    this.#resumeFrom = claimed.resumeFrom
    this.#stored = claimed.offset
    this.#logger = logger
    this.#stopping = AbortSignal.any([this.#closing.signal, signal])
  }

  get busy(): boolean {
    return this.#writing !== undefined
  }

  /** Why nothing is written any more; undefined while all is well. */
  get end(): WriterEnd | undefined {
    return this.#end
  }

  /** The oldest offset that is needed, as of the last state that was written: what may be committed to the group. */
  get resumeFrom(): number {
    return this.#resumeFrom
  }

  /** Every record below this offset is in the views, as of the last state that was written. */
  get stored(): number {
    return this.#stored
  }

  /** Starts writing; `idle()` tells when it is done, `done` is called when it was written. Not while busy. */
  start(flush: Flush, done: () => void): void {
    if (this.#end) return
    this.#writing = this.#write(flush)
      .then((written) => {
        if (written) done()
      })
      .catch((error: unknown) => {
        this.#end = { kind: 'failed', error }
      })
      .finally(() => {
        this.#writing = undefined
      })
  }

  /** Resolves when nothing is being written. Never rejects: `end` tells. */
  async idle(): Promise<void> {
    await this.#writing
  }

  /** From here on a store that does not answer is a failure after a few tries. */
  close(): void {
    this.#closing.abort()
  }

  async #write(flush: Flush): Promise<boolean> {
    const { decision, slots, state } = flush
    if (decision && !(await this.#putState(decision))) return false
    if (slots.length > 0) await this.#insist(() => this.#sink.putSlots(this.#partition, slots))
    if (!(await this.#putState(state))) return false
    this.#resumeFrom = state.resumeFrom
    this.#stored = state.offset
    return true
  }

  async #putState(state: PartitionState): Promise<boolean> {
    const stored = await this.#insist(() => this.#sink.putState(this.#partition, state))
    if (!stored) this.#end = { kind: 'fenced' }
    return stored
  }

  #insist<T>(write: () => Promise<T>): Promise<T> {
    return insist(write, `writing counts of partition ${this.#partition}`, this.#stopping, this.#logger)
  }
}
