/**
 * The ids of a table's slices in byte order, kept while the table grows: what is new is sorted and put between what is old.
 *
 * Most comparisons are of two numbers, the first six bytes of each slice, which lie in order themselves: to compare slices in
 * their arena waits for memory four times.
 */
import type { ByteTable } from './byte-table.ts'

const HEAD_BYTES = 6

export class KeyOrder {
  private readonly table: ByteTable
  private ids: Uint32Array = new Uint32Array(0)
  /** Of each id in `ids`, at its place. */
  private heads: Float64Array = new Float64Array(0)

  constructor(table: ByteTable) {
    this.table = table
  }

  /** All ids; true until the table grows. Costs a sort of the slices that are new since the last call, and a copy of the others. */
  get(): Uint32Array {
    const { table, ids: oldIds, heads: oldHeads } = this
    if (oldIds.length === table.size) return oldIds
    const fresh = this.sortFresh()
    const ids = new Uint32Array(table.size)
    const heads = new Float64Array(table.size)
    let from = 0
    const keep = (to: number, young: number) => {
      for (let old = from; old < to; old++) {
        ids[old + young] = oldIds[old]!
        heads[old + young] = oldHeads[old]!
      }
      from = to
    }
    for (let young = 0; young < fresh.ids.length; young++) {
      const to = this.placeOf(fresh.ids[young]!, fresh.heads[young]!, from)
      keep(to, young)
      ids[to + young] = fresh.ids[young]!
      heads[to + young] = fresh.heads[young]!
    }
    keep(oldIds.length, fresh.ids.length)
    this.ids = ids
    this.heads = heads
    return ids
  }

  private sortFresh(): { readonly ids: Uint32Array; readonly heads: Float64Array } {
    const { table } = this
    const first = this.ids.length
    const unsorted = Float64Array.from({ length: table.size - first }, (_, young) => headOf(table, first + young))
    const ids = Uint32Array.from(unsorted, (_, young) => first + young)
    ids.sort((a, b) => unsorted[a - first]! - unsorted[b - first]! || table.compare(a, b))
    return { ids, heads: Float64Array.from(ids, (id) => unsorted[id - first]!) }
  }

  /** How many of the old ones stand before the slice, of which `from` are known to. Looks near `from` first. */
  private placeOf(id: number, head: number, from: number): number {
    let low = from
    let step = 1
    while (low + step <= this.heads.length && this.isBefore(low + step - 1, id, head)) {
      low += step
      step *= 2
    }
    let high = Math.min(low + step - 1, this.heads.length)
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.isBefore(middle, id, head)) low = middle + 1
      else high = middle
    }
    return low
  }

  private isBefore(place: number, id: number, head: number): boolean {
    const other = this.heads[place]!
    return other === head ? this.table.compare(this.ids[place]!, id) < 0 : other < head
  }
}

/** The first bytes as a number, zeros behind a shorter slice: 48 bits, so exact. */
function headOf({ arena, starts }: ByteTable, id: number): number {
  const start = starts[id]!
  const end = starts[id + 1]!
  let head = 0
  for (let at = start; at < start + HEAD_BYTES; at++) head = head * 256 + (at < end ? arena[at]! : 0)
  return head
}
