/**
 * What has been met of one extractor's terms: each spelling, as bytes, with the key it belongs to. A key is computed
 * once per distinct spelling, never per record. The table outlives hours and counters: the same few hundred
 * thousand terms come back all day.
 *
 * Grows with the number of distinct spellings and never shrinks; who runs for weeks starts a new one now and then.
 */
import { keyOf } from '../terms/key.ts'
import { ByteTable, grown, hashBytes } from './byte-table.ts'
import { KeyKernel } from './key-kernel.ts'
import { KeyOrder } from './key-order.ts'

export class SpellingTable {
  readonly spellings = new ByteTable()
  readonly keys = new ByteTable()
  private keyIds = new Uint32Array(1024)
  private readonly order = new KeyOrder(this.keys)
  private readonly key: (shown: string) => string
  private readonly kernel: KeyKernel | null

  /** `key`: the extractor's. */
  constructor(key: (shown: string) => string) {
    this.key = key
    this.kernel = key === keyOf ? new KeyKernel() : null
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

  /** All key ids, in byte order of the keys; true until the table grows. */
  keysInOrder(): Uint32Array {
    return this.order.get()
  }

  private setKey(spelling: number, bytes: Uint8Array, start: number, end: number): void {
    if (spelling >= this.keyIds.length) this.keyIds = grown(this.keyIds, this.keyIds.length * 2)
    this.keyIds[spelling] = this.internKey(bytes, start, end)
  }

  private internKey(bytes: Uint8Array, start: number, end: number): number {
    const { keys, kernel } = this
    if (kernel?.make(bytes, start, end)) return keys.intern(kernel.bytes, 0, kernel.length, kernel.hash)
    const shown = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
    const key = Buffer.from(this.key(shown))
    return keys.intern(key, 0, key.length, hashBytes(key, 0, key.length))
  }
}
