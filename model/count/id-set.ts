/**
 * The exact set of record ids of one unit of work, by which copies are counted once. Ids are kept as bytes and compared
 * whenever hashes agree, so two ids never pass for one. 30 to 36 bytes a record for ids of 20 bytes.
 *
 * With a `digest`, an id of more than 128 bytes is kept as that (SHA-256 of it), so that memory is bounded by the number of ids: other programs may write ids of
 * a megabyte. The byte FF stands before it, which no UTF-8 has, so it never passes for an id that is kept as it is.
 *
 * Invariant: id number n is arena[starts[n], starts[n + 1]). A slot is one word: the upper 6 bits of the hash, and n + 1 in
 * the lower 26 (0 is free); between 3/8 and 3/4 of the slots are in use once the set has grown.
 */
import { AppError } from '../errors.ts'
import { grown } from './byte-table.ts'

const NUMBER_BITS = 26
const NUMBER_MASK = 2 ** NUMBER_BITS - 1
/** An hour of one partition: more than 18,000 records a second. */
const IDS_MAX = NUMBER_MASK
const SLOTS_FIRST = 1024
const ID_BYTES_TYPICAL = 22
/** Ids of Bluesky, the longest that are known, have about 70. */
const ID_BYTES_KEPT_MAX = 128
const DIGEST_MARK = 0xff

export type Digest = (bytes: Uint8Array) => Uint8Array

export class IdSet {
  /** Number of ids. */
  size = 0
  private slots: Int32Array
  private starts: Int32Array
  private arena: Uint8Array
  /** Of the arena. */
  private view: DataView
  /** Means nothing: written by `touch`, so that its loads are not optimised away. */
  touched = 0

  private readonly digest: Digest | undefined

  /**
   * `expected`: how many ids will come, where it is known; the set grows as it must. `digest`: of long ids, one that nobody can find two
   * ids for.
   */
  constructor(expected = 0, digest?: Digest) {
    this.digest = digest
    const slots = 2 ** Math.ceil(Math.log2(Math.max(SLOTS_FIRST, (expected * 4) / 3)))
    this.slots = new Int32Array(slots)
    this.starts = new Int32Array(Math.max(SLOTS_FIRST, expected) + 1)
    this.arena = new Uint8Array(Math.max(SLOTS_FIRST, expected) * ID_BYTES_TYPICAL)
    this.view = viewOf(this.arena)
  }

  /**
   * Adds the id bytes[start, end), of which `hash` is `hashId`. False when it was there already: the record is a copy.
   *
   * @throws AppError `bad-input` over IDS_MAX ids.
   */
  add(bytes: DataView, start: number, end: number, hash: number): boolean {
    if (end - start > ID_BYTES_KEPT_MAX && this.digest) {
      const digest = markedDigest(this.digest, bytes, start, end)
      return this.add(digest, 0, digest.byteLength, hashId(digest, 0, digest.byteLength))
    }
    const slots = this.slots
    const mask = slots.length - 1
    const tag = hash & ~NUMBER_MASK
    let slot = hash & mask
    for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
      if ((entry & ~NUMBER_MASK) === tag && this.holds((entry & NUMBER_MASK) - 1, bytes, start, end)) return false
      slot = (slot + 1) & mask
    }
    this.append(bytes, start, end)
    slots[slot] = tag | this.size
    if (this.size * 4 > slots.length * 3) this.growSlots()
    return true
  }

  /**
   * Loads the slots that `add` will look at for the hashes at `first`, `first + stride`… before `end`. A loop of nothing but
   * loads waits for many of them at once; between other work each would be waited for alone.
   */
  touch(hashes: Int32Array, first: number, stride: number, end: number): void {
    const slots = this.slots
    const mask = slots.length - 1
    let touched = 0
    for (let i = first; i < end; i += stride) touched ^= slots[hashes[i]! & mask]!
    this.touched = touched
  }

  /** Empties the set and keeps its memory. */
  reset(): void {
    this.slots.fill(0)
    this.size = 0
  }

  /** Bytes of memory held. */
  get byteLength(): number {
    return this.slots.byteLength + this.starts.byteLength + this.arena.byteLength
  }

  private holds(number: number, bytes: DataView, start: number, end: number): boolean {
    const { view } = this
    const from = this.starts[number]!
    if (this.starts[number + 1]! - from !== end - start) return false
    const shift = from - start
    let at = start
    for (; at + 4 <= end; at += 4) if (view.getInt32(at + shift) !== bytes.getInt32(at)) return false
    for (; at < end; at++) if (view.getUint8(at + shift) !== bytes.getUint8(at)) return false
    return true
  }

  private append(bytes: DataView, start: number, end: number): void {
    const number = this.size
    if (number === IDS_MAX) {
      const advice = 'give the topic more partitions, and so each fewer records an hour'
      throw new AppError('bad-input', `more than ${IDS_MAX} records in one unit of work; ${advice}`, {
        facts: { IDS_MAX },
      })
    }
    const from = this.starts[number]!
    const to = from + end - start
    if (to > this.arena.length) {
      this.arena = grown(this.arena, Math.max(to, Math.ceil(this.arena.length * 1.5)))
      this.view = viewOf(this.arena)
    }
    if (number + 2 > this.starts.length) this.starts = grown(this.starts, Math.ceil(this.starts.length * 1.5))
    copyWords(bytes, start, end, this.view, from)
    this.starts[number + 1] = to
    this.size = number + 1
  }

  private growSlots(): void {
    const slots = new Int32Array(this.slots.length * 2)
    const mask = slots.length - 1
    const { view } = this
    for (let number = 0; number < this.size; number++) {
      const hash = hashId(view, this.starts[number]!, this.starts[number + 1]!)
      let slot = hash & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = (hash & ~NUMBER_MASK) | (number + 1)
    }
    this.slots = slots
  }
}

function markedDigest(digest: Digest, { buffer, byteOffset }: DataView, start: number, end: number): DataView {
  const id = new Uint8Array(buffer, byteOffset + start, end - start)
  return viewOf(Uint8Array.of(DIGEST_MARK, ...digest(id)))
}

/** Copies bytes[start, end) to target[at…], four at a time: ids are some twenty bytes long, and there are millions. */
function copyWords(bytes: DataView, start: number, end: number, target: DataView, at: number): void {
  const shift = at - start
  let from = start
  for (; from + 4 <= end; from += 4) target.setInt32(from + shift, bytes.getInt32(from))
  for (; from < end; from++) target.setUint8(from + shift, bytes.getUint8(from))
}

/** The same bytes, to be read several at a time. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

/** Four bytes a round: ids are hashed for every record. Both ends of the hash are used, so the last steps mix them. */
export function hashId(bytes: DataView, start: number, end: number): number {
  let hash = 0x9e3779b9 | 0
  let i = start
  for (; i + 4 <= end; i += 4) {
    hash = Math.imul(hash ^ bytes.getInt32(i, true), 0x85ebca6b | 0)
    hash ^= hash >>> 15
  }
  for (; i < end; i++) hash = Math.imul(hash ^ bytes.getUint8(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35 | 0)
  return hash ^ (hash >>> 16)
}
