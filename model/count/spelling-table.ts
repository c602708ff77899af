/**
 * What has been met of one extractor's terms: each spelling, as bytes, with the key it belongs to. A key is computed as a
 * string once per distinct spelling, never per record. The table outlives hours and counters: the same few hundred
 * thousand terms come back all day.
 *
 * Grows with the number of distinct spellings and never shrinks; who runs for weeks starts a new one now and then.
 */
import { ByteTable, grown, hashBytes } from './byte-table.ts'

export class SpellingTable {
  readonly spellings = new ByteTable()
  readonly keys = new ByteTable()
  private keyIds = new Uint32Array(1024)
  private order: Uint32Array = new Uint32Array(0)
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
   * All key ids, in byte order of the keys; true until the table grows. Costs a sort of the keys that are new since the last
   * call, and a copy of the others.
   */
  keysInOrder(): Uint32Array {
    const { keys, order: old } = this
    if (old.length === keys.size) return old
    const fresh = Uint32Array.from({ length: keys.size - old.length }, (_, young) => old.length + young)
    fresh.sort((a, b) => keys.compare(a, b))
    const order = new Uint32Array(keys.size)
    let from = 0
    for (const [young, id] of fresh.entries()) {
      const to = this.placeOf(id, from)
      order.set(old.subarray(from, to), from + young)
      order[to + young] = id
      from = to
    }
    order.set(old.subarray(from), from + fresh.length)
    this.order = order
    return order
  }

  /** Where the key belongs in the order so far, of which `from` stand before it. */
  private placeOf(id: number, from: number): number {
    const { keys, order } = this
    let low = from
    let high = order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (keys.compare(order[middle]!, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  private setKey(spelling: number, bytes: Uint8Array, start: number, end: number): void {
    if (spelling >= this.keyIds.length) this.keyIds = grown(this.keyIds, this.keyIds.length * 2)
    const shown = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
    const key = Buffer.from(this.key(shown))
    this.keyIds[spelling] = this.keys.intern(key, 0, key.length, hashBytes(key, 0, key.length))
  }
}
