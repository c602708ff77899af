/**
 * Interns byte slices: equal bytes get the same id, ids count up from 0. Open addressing in typed arrays over one arena, so
 * that looking up allocates nothing, and a garbage collector sees four objects however many slices there are.
 *
 * Invariant: slice `id` is arena[starts[id], starts[id + 1]). A slot is four words in one cache line, hash, id + 1 (0 is
 * free), start and length, so that a hit touches memory in two places, slot and arena. At most half of the slots are in use.
 */

/** FNV-1a, 32 bits: callers that read bytes anyway hash them on the way, `hash = hashStep(hash, byte)`. */
export const HASH_SEED = 0x811c9dc5 | 0

export function hashStep(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193)
}

export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_SEED
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return hash
}

/** Spreads a hash over the low bits, which choose the slot. */
function mixHash(hash: number): number {
  return hash ^ (hash >>> 15)
}

const SLOTS_FIRST = 1024
const SLOT_SHIFT = 2
const SLOT_WORDS = 1 << SLOT_SHIFT
const BYTES_PER_SLICE_FIRST = 12
/** Moved at a time when a table grows: a loop over all of it would be compiled anew at each growth. */
const MOVE_WORDS = 1024 * SLOT_WORDS

export class ByteTable {
  /** Number of slices. */
  size = 0
  arena = new Uint8Array((SLOTS_FIRST / 2) * BYTES_PER_SLICE_FIRST)
  starts = new Int32Array(SLOTS_FIRST / 2 + 1)
  /** Means nothing: written by `touch`, so that its loads are not optimised away. */
  touched = 0
  private slots = new Int32Array(SLOT_WORDS * SLOTS_FIRST)

  /**
   * The id of bytes[start, end), a new one (equal to `size` before the call) when these bytes were not there.
   * `hash` is `hashBytes` of the slice.
   */
  intern(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const slots = this.slots
    const mask = slots.length - SLOT_WORDS
    const length = end - start
    let slot = (mixHash(hash) << SLOT_SHIFT) & mask
    for (let entry = slots[slot + 1]!; entry !== 0; entry = slots[slot + 1]!) {
      if (slots[slot] === hash && slots[slot + 3] === length && this.isAt(slots[slot + 2]!, bytes, start, length)) {
        return entry - 1
      }
      slot = (slot + SLOT_WORDS) & mask
    }
    return this.append(bytes, start, end, hash, slot)
  }

  /**
   * Reads the slots of hashes, words[from], words[from + stride]… below `end`: memory answers many questions at once, so a
   * table that is larger than the caches is then there for `intern`, at a fraction of the waits.
   */
  touch(words: Int32Array, from: number, stride: number, end: number): void {
    const { slots, arena } = this
    const mask = slots.length - SLOT_WORDS
    let touched = 0
    for (let at = from; at < end; at += stride) touched ^= slots[(mixHash(words[at]!) << SLOT_SHIFT) & mask]!
    for (let at = from; at < end; at += stride) {
      touched ^= arena[slots[((mixHash(words[at]!) << SLOT_SHIFT) & mask) + 2]!]!
    }
    this.touched = touched
  }

  /** Negative, zero or positive as slice `a` stands before, equals or follows slice `b` in byte order. */
  compare(a: number, b: number): number {
    const { arena, starts } = this
    return compareSlices(arena, starts[a]!, starts[a + 1]!, arena, starts[b]!, starts[b + 1]!)
  }

  /** Slice `id` as a string, taken as UTF-8. */
  text(id: number): string {
    const from = this.starts[id]!
    return Buffer.from(this.arena.buffer, this.arena.byteOffset + from, this.starts[id + 1]! - from).toString()
  }

  private isAt(from: number, bytes: Uint8Array, start: number, length: number): boolean {
    const arena = this.arena
    for (let i = 0; i < length; i++) if (arena[from + i] !== bytes[start + i]) return false
    return true
  }

  private append(bytes: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const id = this.size++
    const from = this.starts[id]!
    const to = from + end - start
    if (to > this.arena.length) this.arena = grown(this.arena, Math.max(to, this.arena.length * 2))
    copySlice(bytes, start, end, this.arena, from)
    this.starts[id + 1] = to
    const slots = this.slots
    slots[slot] = hash
    slots[slot + 1] = id + 1
    slots[slot + 2] = from
    slots[slot + 3] = end - start
    if (this.size * 2 * SLOT_WORDS >= slots.length) this.growSlots()
    return id
  }

  private growSlots(): void {
    const old = this.slots
    const slots = new Int32Array(old.length * 2)
    for (let from = 0; from < old.length; from += MOVE_WORDS) {
      moveSlots(old, from, Math.min(from + MOVE_WORDS, old.length), slots)
    }
    this.slots = slots
    this.starts = grown(this.starts, slots.length / (2 * SLOT_WORDS) + 1)
  }
}

/** Puts the slots of old[start, end) into the larger table. */
function moveSlots(old: Int32Array, start: number, end: number, slots: Int32Array): void {
  const mask = slots.length - SLOT_WORDS
  for (let from = start; from < end; from += SLOT_WORDS) {
    if (old[from + 1] === 0) continue
    let slot = (mixHash(old[from]!) << SLOT_SHIFT) & mask
    while (slots[slot + 1] !== 0) slot = (slot + SLOT_WORDS) & mask
    // word by word: a view for each slot costs ten times as much
    slots[slot] = old[from]!
    slots[slot + 1] = old[from + 1]!
    slots[slot + 2] = old[from + 2]!
    slots[slot + 3] = old[from + 3]!
  }
}

/** Byte order of a[aStart, aEnd) and b[bStart, bEnd): of UTF-8 text it is code-point order. */
export function compareSlices(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}

/**
 * Copies bytes[start, end) to target[at…]. Slices are short: a call of `set` with a subarray costs several times this loop,
 * and a second counter in the loop makes it five times slower in V8.
 */
export function copySlice(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
  const shift = at - start
  for (let i = start; i < end; i++) target[i + shift] = bytes[i]!
}

/** A longer copy of a typed array, zeros behind. */
export function grown<A extends Uint8Array | Uint32Array | Int32Array>(array: A, length: number): A {
  const longer = new (array.constructor as new (length: number) => A)(length)
  longer.set(array)
  return longer
}
