/**
 * The top n of a merged tally, and whether it is proven.
 *
 * Terms rank by lower bound, then key in code-point order. The top n is proven exact when each of its rows has equal bounds
 * and no other term can rank before the last row: its upper bound is below the last row's count, or equal to it with a
 * key that stands behind (DESIGN.md: ties rank by code point). A term never heard of could have any key, so the floor must
 * be below. With fewer than n terms, all must be known: the floor must be 0.
 */
import { assert } from './errors.ts'
import { distinctOf, type MergedTally, shownOf, upperOf } from './tally-merge.ts'
import { compareCodePoints } from './terms/order.ts'

export interface TopRow {
  /** 1, 2, 3… */
  readonly rank: number
  readonly key: string
  readonly shown: string
  /** What is certain; the true count lies in [count, countMax]. */
  readonly count: number
  readonly countMax: number
}

export interface Top {
  readonly rows: readonly TopRow[]
  /** Proven: rows, order and counts are those of the full counts. */
  readonly exact: boolean
  /**
   * 0 when exact. Else by how much the truth may differ: no row's count is more than `bound` too low, and no term left out
   * has more than the last row's count and `bound`. (0 without `exact`: only the order of equal counts is open.)
   */
  readonly bound: number
  /** The number of different terms lies in [distinct, distinctMax]. */
  readonly distinct: number
  readonly distinctMax: number
}

/** @param n whole number ≥ 1 */
export function topOf(merged: MergedTally, n: number): Top {
  const ids = rankedIds(merged, n)
  const rows = ids.map((id, at) => ({
    rank: at + 1,
    key: merged.keys[id]!,
    shown: shownOf(merged, id),
    count: merged.lower[id]!,
    countMax: upperOf(merged, id),
  }))
  const { lower: distinct, upper: distinctMax } = distinctOf(merged)
  const inside = rows.reduce((most, row) => Math.max(most, row.countMax - row.count), 0)
  const outside = strongestOutsider(merged, ids, n)
  return {
    rows,
    exact: inside === 0 && !outside.canEnter,
    bound: Math.max(inside, outside.excess),
    distinct,
    distinctMax,
  }
}

/** The ids of the n terms with the greatest lower bounds, in order; terms that may not exist (lower bound 0) never rank. */
export function rankedIds(merged: MergedTally, n: number): readonly number[] {
  const { lower, keys } = merged
  const ids: number[] = []
  for (let id = 0; id < keys.length; id++) {
    if (lower[id] === 0 || (ids.length === n && !ranksBefore(merged, id, ids[n - 1]!))) continue
    let at = ids.length
    while (at > 0 && ranksBefore(merged, id, ids[at - 1]!)) at--
    ids.splice(at, 0, id)
    if (ids.length > n) ids.pop()
  }
  return ids
}

/** The place of a term with a lower bound above 0 among all: 1, 2, 3… */
export function rankOf(merged: MergedTally, key: string): number {
  const id = merged.ids.get(key)
  assert(id !== undefined, 'only a term that is counted has a rank', { key })
  let rank = 1
  for (let other = 0; other < merged.keys.length; other++) if (ranksBefore(merged, other, id)) rank++
  return rank
}

function ranksBefore({ lower, keys }: MergedTally, a: number, b: number): boolean {
  return lower[a]! > lower[b]! || (lower[a] === lower[b] && compareCodePoints(keys[a]!, keys[b]!) < 0)
}

/**
 * Whether a term, known by id, could rank before the row in the n-th place: what a proof has to exclude.
 * @param last id of the n-th row; undefined when there are fewer rows
 */
export function couldEnter(merged: MergedTally, id: number, last: number | undefined): boolean {
  const upper = upperOf(merged, id)
  if (last === undefined) return upper > 0
  const count = merged.lower[last]!
  return upper > count || (upper === count && compareCodePoints(merged.keys[id]!, merged.keys[last]!) < 0)
}

/** Whether any term is not among the rows that could be, and by how much it could exceed the last row. */
function strongestOutsider(
  merged: MergedTally,
  rows: readonly number[],
  n: number,
): { readonly canEnter: boolean; readonly excess: number } {
  const last = rows.length < n ? undefined : rows[n - 1]!
  const count = last === undefined ? 0 : merged.lower[last]!
  const inside = new Set(rows)
  let excess = Math.max(0, merged.floor - count)
  let canEnter = last === undefined ? merged.floor > 0 : merged.floor >= count
  for (let id = 0; id < merged.keys.length; id++) {
    if (inside.has(id) || upperOf(merged, id) < count || !couldEnter(merged, id, last)) continue
    canEnter = true
    excess = Math.max(excess, upperOf(merged, id) - count)
  }
  return { canEnter, excess }
}
