/** The sink's promises in memory, with a history to hold against the truth; `broken` takes one of the promises away. */
import type { PartitionState, SlotCounts, SpeedSink } from '../../speed/sink.ts'

export type SinkPromise = 'states are one history' | 'a closed tally stays'

export class MemorySink implements SpeedSink {
  readonly slots = new Map<number, SlotCounts>()
  /** Every state that was stored, oldest first. */
  readonly history: PartitionState[] = []
  readonly #broken: SinkPromise | undefined

  constructor(broken?: SinkPromise) {
    this.#broken = broken
  }

  get state(): PartitionState | undefined {
    return this.history.at(-1)
  }

  async claim(_partition: number, first: PartitionState): Promise<PartitionState> {
    return this.claimNow(first)
  }

  async putSlots(_partition: number, slots: readonly SlotCounts[]): Promise<void> {
    for (const slot of slots) this.putSlotNow(slot)
  }

  async putState(_partition: number, state: PartitionState): Promise<boolean> {
    return this.putStateNow(state)
  }

  claimNow(first: PartitionState): PartitionState {
    const state = this.state ? { ...this.state, version: this.state.version + 1 } : first
    this.history.push(state)
    return state
  }

  putSlotNow(slot: SlotCounts): void {
    const there = this.slots.get(slot.start)
    if (this.#broken !== 'a closed tally stays') {
      if (there?.closed) return
      if (!slot.closed && there !== undefined && there.offset > slot.offset) return
    }
    this.slots.set(slot.start, slot)
  }

  putStateNow(state: PartitionState): boolean {
    if (this.#broken !== 'states are one history' && this.state?.version !== state.version - 1) return false
    this.history.push(state)
    return true
  }
}
