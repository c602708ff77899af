/**
 * Numbers the ids that a counter meets: 0, 1, 2… in the order of their first coming, so that its arrays can be short.
 * Open addressing; a slot is two words, the id and its index + 1 (0 is free).
 */
import { grown } from './byte-table.ts'

const SLOTS_FIRST = 256

export class LocalIndex {
  size = 0
  /** The id behind each index. */
  ids = new Uint32Array(SLOTS_FIRST / 2)
  /** As ByteTable.touched. */
  touched = 0
  private slots = new Int32Array(2 * SLOTS_FIRST)

  /** Reads the slots of ids, as ByteTable.touch does of hashes. */
  touch(words: Int32Array, from: number, stride: number, end: number): void {
    const slots = this.slots
    const mask = slots.length - 2
    let touched = 0
    for (let at = from; at < end; at += stride) touched ^= slots[(spread(words[at]!) << 1) & mask]!
    this.touched = touched
  }

  /** The index of `id`, equal to `size` before the call when it is new. */
  indexOf(id: number): number {
    const slots = this.slots
    const mask = slots.length - 2
    let slot = (spread(id) << 1) & mask
    for (let entry = slots[slot + 1]!; entry !== 0; entry = slots[slot + 1]!) {
      if (slots[slot] === id) return entry - 1
      slot = (slot + 2) & mask
    }
    const index = this.size++
    this.ids[index] = id
    slots[slot] = id
    slots[slot + 1] = index + 1
    if (this.size * 4 >= slots.length) this.grow()
    return index
  }

  reset(): void {
    this.slots.fill(0)
    this.size = 0
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2)
    const mask = slots.length - 2
    for (let index = 0; index < this.size; index++) {
      let slot = (spread(this.ids[index]!) << 1) & mask
      while (slots[slot + 1] !== 0) slot = (slot + 2) & mask
      slots[slot] = this.ids[index]!
      slots[slot + 1] = index + 1
    }
    this.slots = slots
    this.ids = grown(this.ids, slots.length / 4)
  }
}

/** Ids are dense and the frequent ones low; without this, neighbours would pile up. */
function spread(id: number): number {
  const hash = Math.imul(id, 0x9e3779b1 | 0)
  return hash ^ (hash >>> 16)
}
