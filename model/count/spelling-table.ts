/**
 * What has been met of one extractor's terms: each spelling, as bytes, with the key it belongs to. A key is computed as a
 * string once per distinct spelling, never per record. The table outlives hours and counters: the same few hundred
 * thousand terms come back all day.
 *
 * Grows with the number of distinct spellings and never shrinks; who runs for weeks starts a new one now and then.
 */
import { ByteTable, grown, hashBytes } from './byte-table.ts'

/** All keys are ranked anew when more than one in so many of a unit's keys has no rank. */
const FRESH_SHARE = 8

export class SpellingTable {
  readonly spellings = new ByteTable()
  readonly keys = new ByteTable()
  private keyIds = new Uint32Array(1024)
  private order = new Uint32Array(0)
  private rankOfKey = new Uint32Array(0)
  private readonly key: (shown: string) => string

  /** `key`: the extractor's. */
  constructor(key: (shown: string) => string) {
    this.key = key
  }

  /** The id of a spelling given as UTF-8; `hash` is `hashBytes` of the slice. */
  intern(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const known = this.spellings.size
    const id = this.spellings.intern(bytes, start, end, hash)
    if (id === known) this.setKey(id, bytes, start, end)
    return id
  }

  /** The id of a spelling's key. */
  keyOf(spelling: number): number {
    return this.keyIds[spelling]!
  }

  /**
   * The positions of `keyIds`, in byte order of the keys. Most keys come back hour after hour: they have a rank, and numbers are
   * sorted several times faster than slices. Those that have none yet are sorted by their bytes and put between.
   */
  orderOf(keyIds: Uint32Array): Uint32Array {
    let fresh = this.withoutRank(keyIds)
    if (fresh.length * FRESH_SHARE > keyIds.length) {
      this.rankAll()
      fresh = []
    }
    const known = this.sortByRank(keyIds, fresh.length)
    if (fresh.length === 0) return known
    const keys = this.keys
    fresh.sort((a, b) => keys.compare(keyIds[a]!, keyIds[b]!))
    const order = new Uint32Array(keyIds.length)
    let from = 0
    for (const [young, position] of fresh.entries()) {
      const to = this.placeOf(keyIds[position]!, known, keyIds, from)
      order.set(known.subarray(from, to), from + young)
      order[to + young] = position
      from = to
    }
    order.set(known.subarray(from), from + fresh.length)
    return order
  }

  private withoutRank(keyIds: Uint32Array): number[] {
    const positions: number[] = []
    for (let position = 0; position < keyIds.length; position++) {
      if (keyIds[position]! >= this.order.length) positions.push(position)
    }
    return positions
  }

  /** Positions of the keys that have a rank, by rank. */
  private sortByRank(keyIds: Uint32Array, without: number): Uint32Array {
    const size = keyIds.length
    // Rank and position in one double, since typed arrays sort numbers several times faster than by a function.
    const packed = new Float64Array(size - without)
    for (let position = 0, at = 0; position < size; position++) {
      const id = keyIds[position]!
      if (id < this.order.length) packed[at++] = this.rankOfKey[id]! * size + position
    }
    packed.sort()
    const positions = new Uint32Array(packed.length)
    for (let at = 0; at < packed.length; at++) positions[at] = packed[at]! % size
    return positions
  }

  /** How many of `known`, from `from` on, stand before the key. */
  private placeOf(id: number, known: Uint32Array, keyIds: Uint32Array, from: number): number {
    let low = from
    let high = known.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.keys.compare(keyIds[known[middle]!]!, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Gives every key its place in byte order among all. Costs as much as the table is large. */
  private rankAll(): void {
    const size = this.keys.size
    const keys = this.keys
    const fresh = Uint32Array.from({ length: size - this.order.length }, (_, i) => this.order.length + i)
    fresh.sort((a, b) => keys.compare(a, b))
    const order = new Uint32Array(size)
    for (let at = 0, old = 0, young = 0; at < size; at++) {
      const takeOld =
        young === fresh.length || (old < this.order.length && keys.compare(this.order[old]!, fresh[young]!) < 0)
      order[at] = takeOld ? this.order[old++]! : fresh[young++]!
    }
    this.order = order
    this.rankOfKey = new Uint32Array(size)
    for (let rank = 0; rank < size; rank++) this.rankOfKey[order[rank]!] = rank
  }

  private setKey(spelling: number, bytes: Uint8Array, start: number, end: number): void {
    if (spelling >= this.keyIds.length) this.keyIds = grown(this.keyIds, this.keyIds.length * 2)
    const shown = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
    const key = Buffer.from(this.key(shown))
    this.keyIds[spelling] = this.keys.intern(key, 0, key.length, hashBytes(key, 0, key.length))
  }
}
