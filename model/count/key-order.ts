/**
 * The ids of a table's slices in byte order, kept while the table grows: what is new is sorted and put between what is old.
 *
 * Merging by longest common prefixes (Ng and Kakehi, "Merging String Sequences by Longest Common Prefixes", IPSJ 2008): of two
 * slices that both stand behind a third, the one that has more of its beginning in common with the third stands first. Terms have
 * beginnings in common, and to compare slices in their arena waits for memory four times; this way most steps compare two numbers.
 *
 * Invariant: of a run of slices in order, `common[i]` bytes at the beginning of slice i are those of slice i - 1; common[0] is 0.
 */
import { type ByteTable, grown } from './byte-table.ts'

/** Slices in order, the first `size` places of its arrays. */
interface Run {
  ids: Uint32Array
  common: Uint32Array
  size: number
}

/** The places [at, end) of a run. */
interface Part {
  readonly run: Run
  readonly at: number
  readonly end: number
}

export class KeyOrder {
  private readonly table: ByteTable
  private run = emptyRun(0)
  /** Where the next merge is written. */
  private spare = emptyRun(0)
  /** What is new, sorted from one to the other. */
  private from = emptyRun(0)
  private to = emptyRun(0)

  constructor(table: ByteTable) {
    this.table = table
  }

  /** All ids; true until the table grows. Costs a sort of the slices that are new since the last call, and a copy of the others. */
  get(): Uint32Array {
    const { table, run } = this
    if (run.size < table.size) {
      const fresh = this.sorted(run.size, table.size)
      const merged = withRoom(this.spare, run.size + fresh.size)
      merged.size = 0
      mergeParts(table, { run, at: 0, end: run.size }, { run: fresh, at: 0, end: fresh.size }, merged)
      this.spare = run
      this.run = merged
    }
    return this.run.ids.subarray(0, this.run.size)
  }

  /** The ids from `first` up to `end` as a run: a merge sort from the bottom up. */
  private sorted(first: number, end: number): Run {
    const size = end - first
    let from = withRoom(this.from, size)
    let to = withRoom(this.to, size)
    from.size = size
    from.common.fill(0, 0, size)
    for (let at = 0; at < size; at++) from.ids[at] = first + at
    for (let width = 1; width < size; width *= 2) {
      to.size = 0
      for (let left = 0; left < size; left += 2 * width) {
        const middle = Math.min(left + width, size)
        const right = Math.min(middle + width, size)
        mergeParts(this.table, { run: from, at: left, end: middle }, { run: from, at: middle, end: right }, to)
      }
      ;[from, to] = [to, from]
    }
    this.from = from
    this.to = to
    return from
  }
}

/** Appends the slices of both parts, each in order, to `into` in order. */
function mergeParts({ arena, starts }: ByteTable, one: Part, other: Part, into: Run): void {
  const { run: a, end: aEnd } = one
  const { run: b, end: bEnd } = other
  let aAt = one.at
  let bAt = other.at
  const { ids, common } = into
  let out = into.size
  // What the next of each has in common with the slice that was put out last; of a part's first nothing is known: 0.
  let aCommon = 0
  let bCommon = 0
  while (aAt < aEnd && bAt < bEnd) {
    let takeA = aCommon > bCommon
    if (aCommon === bCommon) {
      const aId = a.ids[aAt]!
      const bId = b.ids[bAt]!
      const aStart = starts[aId]!
      const bStart = starts[bId]!
      const length = Math.min(starts[aId + 1]! - aStart, starts[bId + 1]! - bStart)
      let same = aCommon
      while (same < length && arena[aStart + same] === arena[bStart + same]) same++
      takeA = same === length ? starts[aId + 1]! - aStart === length : arena[aStart + same]! < arena[bStart + same]!
      // The one that stays is now known to have `same` in common with the one that goes.
      if (takeA) {
        common[out] = aCommon
        bCommon = same
      } else {
        common[out] = bCommon
        aCommon = same
      }
    } else {
      // The other one's common prefix with the slice that goes is the shorter of both: it stays what it is.
      common[out] = takeA ? aCommon : bCommon
    }
    if (takeA) {
      ids[out++] = a.ids[aAt++]!
      aCommon = a.common[aAt]!
    } else {
      ids[out++] = b.ids[bAt++]!
      bCommon = b.common[bAt]!
    }
  }
  for (; aAt < aEnd; aCommon = a.common[++aAt]!) {
    common[out] = aCommon
    ids[out++] = a.ids[aAt]!
  }
  for (; bAt < bEnd; bCommon = b.common[++bAt]!) {
    common[out] = bCommon
    ids[out++] = b.ids[bAt]!
  }
  into.size = out
}

function emptyRun(length: number): Run {
  return { ids: new Uint32Array(length), common: new Uint32Array(length), size: 0 }
}

/** The run, or a longer copy, with room for so many and one behind, which is read and means nothing. */
function withRoom(run: Run, size: number): Run {
  if (run.ids.length > size) return run
  const length = Math.ceil(size * 1.5) + 1
  return { ids: grown(run.ids, length), common: grown(run.common, length), size: run.size }
}
