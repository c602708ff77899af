/**
 * The counts of one large unit of batch work: an hour, or one of its partitions.
 *
 * One number a spelling, at the place of its id in the shared table: to count is one addition, and the terms that come most
 * were met first, so they lie together. What a term's key has in all is added up at the end.
 *
 * Invariant: the arrays are as long as the table, so the end of a unit costs as much as the table is large; who has many small
 * units open at once takes SlotTermCounter.
 */
import { grown } from './byte-table.ts'
import { PartialBuilder, type PartialTally } from './partial-tally.ts'
import type { SortedTerms } from './sorted-terms.ts'
import type { SpellingTable } from './spelling-table.ts'
import { TermCounter } from './term-counter.ts'

const LENGTH_FIRST = 1024
/**
 * So many places at a time. A loop over all of them that runs once a unit would be compiled while it runs, again for each unit; a
 * function that does some and is called often is compiled once: a twelfth of a rebuild's processor time.
 */
const STEP = 1024
const NONE = 0xffff_ffff

/** By key id. */
interface CountsByKey {
  readonly keyCounts: Uint32Array
  /** The most used spelling; of equally used ones the first in code-point order. */
  readonly shown: Uint32Array
  /** How many keys were counted. */
  size: number
}

/** A place for each key that was counted, in the order of the keys. */
interface Columns {
  readonly counts: Uint32Array
  readonly keyIds: Uint32Array
  readonly shownIds: Uint32Array
}

export class HourCounter extends TermCounter {
  /** By spelling id. Shorter than the table while nothing beyond was counted. */
  private counts = new Uint32Array(LENGTH_FIRST)
  /** By key id, made anew at the end of each unit. */
  private keyCounts = new Uint32Array(0)
  private shown = new Uint32Array(0)
  /** Of `sorted`. */
  private columns: Columns = { counts: new Uint32Array(0), keyIds: new Uint32Array(0), shownIds: new Uint32Array(0) }

  /** The full tally of what was counted since the last reset, without the counts of spellings and without copying; true until the counter counts on. */
  sorted(): SortedTerms {
    const { keys, spellings } = this.table
    const byKey = this.byKey()
    const { counts, keyIds, shownIds } = this.columnsOf(byKey.size)
    const order = this.table.keysInOrder()
    const columns = { counts, keyIds, shownIds, end: 0 }
    for (let from = 0; from < order.length; from += STEP) {
      pickCounted(byKey, order, from, Math.min(from + STEP, order.length), columns)
    }
    return {
      records: this.records,
      copies: this.copies,
      longTerms: this.longTerms,
      total: counts.reduce((sum, count) => sum + count, 0),
      counts,
      keys: { bytes: keys.arena, starts: keys.starts, ids: keyIds },
      shown: { bytes: spellings.arena, starts: spellings.starts, ids: shownIds },
    }
  }

  /** What was counted since the last reset, with the counts of all spellings. The counter is as before. */
  take(): PartialTally {
    const { keys, spellings } = this.table
    const { keyCounts } = this.byKey()
    const { first, next } = this.spellingsByKey()
    const builder = new PartialBuilder()
    for (const key of this.table.keysInOrder()) {
      if (keyCounts[key] === 0) continue
      builder.addKey(keys.arena, keys.starts[key]!, keys.starts[key + 1]!, keyCounts[key]!)
      const used: number[] = []
      for (let id = first[key]!; id !== NONE; id = next[id]!) used.push(id)
      if (used.length > 1) used.sort((a, b) => spellings.compare(a, b))
      for (const id of used) {
        builder.addSpelling(spellings.arena, spellings.starts[id]!, spellings.starts[id + 1]!, this.counts[id]!)
      }
    }
    return builder.finish(this.records, this.copies, this.longTerms)
  }

  override reset(): void {
    super.reset()
    this.counts.fill(0)
  }

  protected override countSpelling(id: number): void {
    if (id >= this.counts.length) this.counts = grown(this.counts, id * 2)
    this.counts[id]!++
  }

  private byKey(): CountsByKey {
    const { table, counts, end } = this
    if (this.keyCounts.length < table.keys.size) {
      this.keyCounts = new Uint32Array(2 * table.keys.size)
      this.shown = new Uint32Array(2 * table.keys.size)
    }
    const byKey = { keyCounts: this.keyCounts, shown: this.shown, size: 0 }
    byKey.keyCounts.fill(0)
    for (let from = 0; from < end; from += STEP) addByKey(table, counts, from, Math.min(from + STEP, end), byKey)
    return byKey
  }

  /** So long, of memory that is used again. */
  private columnsOf(size: number): Columns {
    if (this.columns.counts.length < size) {
      const made = () => new Uint32Array(Math.ceil(size * 1.5))
      this.columns = { counts: made(), keyIds: made(), shownIds: made() }
    }
    const { counts, keyIds, shownIds } = this.columns
    return {
      counts: counts.subarray(0, size),
      keyIds: keyIds.subarray(0, size),
      shownIds: shownIds.subarray(0, size),
    }
  }

  /** The counted spellings of each key, as lists: the first, and the next of each. */
  private spellingsByKey(): { readonly first: Uint32Array; readonly next: Uint32Array } {
    const first = new Uint32Array(this.table.keys.size).fill(NONE)
    const next = new Uint32Array(this.end)
    for (let id = 0; id < this.end; id++) {
      if (this.counts[id] === 0) continue
      const key = this.table.keyOf(id)
      next[id] = first[key]!
      first[key] = id
    }
    return { first, next }
  }

  /** Behind the last spelling that can have a count. */
  private get end(): number {
    return Math.min(this.counts.length, this.table.spellings.size)
  }
}

/** Adds the counts of spellings [from, end) to their keys'. */
function addByKey(table: SpellingTable, counts: Uint32Array, from: number, end: number, into: CountsByKey): void {
  const { keyCounts, shown } = into
  let size = into.size
  for (let id = from; id < end; id++) {
    const count = counts[id]!
    if (count === 0) continue
    const key = table.keyOf(id)
    if (keyCounts[key] === 0) {
      size++
      shown[key] = id
    } else {
      const other = shown[key]!
      const more = count - counts[other]!
      if (more > 0 || (more === 0 && table.spellings.compare(id, other) < 0)) shown[key] = id
    }
    keyCounts[key]! += count
  }
  into.size = size
}

/** Appends those of the keys order[from, end) that were counted to the columns. */
function pickCounted(
  { keyCounts, shown }: CountsByKey,
  order: Uint32Array,
  from: number,
  end: number,
  into: Columns & { end: number },
): void {
  const { counts, keyIds, shownIds } = into
  let at = into.end
  for (let place = from; place < end; place++) {
    const key = order[place]!
    const count = keyCounts[key]!
    if (count === 0) continue
    counts[at] = count
    keyIds[at] = key
    shownIds[at] = shown[key]!
    at++
  }
  into.end = at
}
