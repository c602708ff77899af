/**
 * What changes between two rankings of the same records: the same hour in two editions. Pure.
 *
 * The top n of each side is given by its tally. The count of a term that one side has in its top and the other has not is
 * looked up on the other side, where it may lie below all that the tally names: then only a bound is known, and the row
 * says so (`settled` false) rather than guess.
 */
import { type Bounds, boundsOf, type MergedTally, shownOf } from './tally-merge.ts'
import { rankedIds } from './tally-top.ts'
import { compareCodePoints } from './terms/order.ts'

export const DIFF_CHANGES = ['entered', 'left', 'up', 'down', 'count', 'same'] as const
/** entered, left: the top n. up, down: its rank in it. count: only its count. */
export type DiffChange = (typeof DIFF_CHANGES)[number]

export interface DiffSide extends Bounds {
  /** null: not in the top n. */
  readonly rank: number | null
}

export interface DiffRow {
  readonly key: string
  readonly shown: string
  readonly change: DiffChange
  readonly before: DiffSide
  readonly after: DiffSide
}

/** How a term's count changes: the truth lies in [lower, upper]. */
export interface CountChange extends Bounds {
  readonly key: string
  readonly shown: string
  readonly before: Bounds
  readonly after: Bounds
}

/** Rows in the order of the ranking after; then those that left, in the order before. */
export function diffTops(before: MergedTally, after: MergedTally, n: number): readonly DiffRow[] {
  const ranksBefore = ranksOf(before, n)
  const ranksAfter = ranksOf(after, n)
  const left = [...ranksBefore.keys()].filter((key) => !ranksAfter.has(key))
  return [...ranksAfter.keys(), ...left].map((key) => {
    const was = { rank: ranksBefore.get(key) ?? null, ...boundsOf(before, key) }
    const is = { rank: ranksAfter.get(key) ?? null, ...boundsOf(after, key) }
    const shown = is.rank === null ? shownIn(before, key) : shownIn(after, key)
    return { key, shown, change: changeOf(was, is), before: was, after: is }
  })
}

function ranksOf(merged: MergedTally, n: number): ReadonlyMap<string, number> {
  return new Map(rankedIds(merged, n).map((id, at) => [merged.keys[id]!, at + 1]))
}

function changeOf(before: DiffSide, after: DiffSide): DiffChange {
  if (before.rank === null) return 'entered'
  if (after.rank === null) return 'left'
  if (after.rank !== before.rank) return after.rank < before.rank ? 'up' : 'down'
  return before.lower === after.lower && before.upper === after.upper ? 'same' : 'count'
}

function shownIn(merged: MergedTally, key: string): string {
  const id = merged.ids.get(key)
  return id === undefined ? key : shownOf(merged, id)
}

export function isSettled({ lower, upper }: Bounds): boolean {
  return lower === upper
}

/** The rows with the counts that were looked up in their place; a key that was not looked up stays as it is. */
export function settleRows(
  rows: readonly DiffRow[],
  known: { readonly before: ReadonlyMap<string, number>; readonly after: ReadonlyMap<string, number> },
): readonly DiffRow[] {
  const settled = (side: DiffSide, count: number | undefined) =>
    count === undefined ? side : { ...side, lower: count, upper: count }
  return rows.map((row) => {
    const before = settled(row.before, known.before.get(row.key))
    const after = settled(row.after, known.after.get(row.key))
    return { ...row, before, after, change: changeOf(before, after) }
  })
}

/**
 * The terms whose counts change most, the greatest first; equal changes in code-point order. By what is certain of the
 * change: a term that may have changed, but need not, is not among them.
 */
export function greatestChanges(before: MergedTally, after: MergedTally, n: number): readonly CountChange[] {
  const found: (CountChange & { readonly size: number })[] = []
  for (const key of new Set([...before.keys, ...after.keys])) {
    const was = boundsOf(before, key)
    const is = boundsOf(after, key)
    const [lower, upper] = [is.lower - was.upper, is.upper - was.lower]
    const size = lower > 0 ? lower : upper < 0 ? -upper : 0
    if (size === 0 || (found.length === n && size < found[n - 1]!.size)) continue
    const shown = shownIn(is.lower > 0 ? after : before, key)
    const one = { key, shown, before: was, after: is, lower, upper, size }
    let at = found.length
    while (at > 0 && isGreater(one, found[at - 1]!)) at--
    found.splice(at, 0, one)
    if (found.length > n) found.pop()
  }
  return found.map(({ size: _size, ...change }) => change)
}

interface Sized {
  readonly key: string
  readonly size: number
}

function isGreater(a: Sized, b: Sized): boolean {
  return a.size > b.size || (a.size === b.size && compareCodePoints(a.key, b.key) < 0)
}

/** How many rows changed how. */
export function countChanges(rows: readonly DiffRow[]): Readonly<Record<DiffChange, number>> {
  const counts = { entered: 0, left: 0, up: 0, down: 0, count: 0, same: 0 }
  for (const { change } of rows) counts[change] += 1
  return counts
}
