/**
 * What to look up in the full tallies so that a top n is proven, and what is known then.
 *
 * The threshold idea of Fagin, in the two phases of TPUT (Cao and Wang, "Efficient top-K query calculation in distributed
 * networks", PODC 2004). With τ = the n-th greatest lower bound, a term whose upper bound is below τ cannot be in the top n:
 *
 * 1. `above`: while the floors sum up to τ or more, terms never heard of could be in the top n. Ask parts for their terms
 *    counted at least T times, which leaves them a floor of at most T − 1; T is the greatest that brings the sum of floors
 *    below τ. (TPUT takes τ/m for m parts; parts differ in size, so we fill from the smallest floors up, and parts
 *    whose floor is small already are not asked.)
 * 2. `keys`: each known term that could still enter the top n, or is in it with bounds that differ, is looked up in the
 *    parts that lack it.
 *
 * Lower bounds only grow and upper bounds only fall, so after 1 no unknown term can enter and after 2 every term that could
 * is exact: the top n is proven after at most two rounds, if every part in question has a full tally. Parts that have
 * none (speed) keep their floors: then `missing` may end with nothing left to ask while the top n stays a bound.
 */
import type { TermCount } from './tally.ts'
import { type MergedPart, type MergedTally, upperOf } from './tally-merge.ts'
import { couldEnter, rankedIds } from './tally-top.ts'

/** One question to one full tally: either all terms above a count, or the counts of some keys. */
export type Lookup = {
  /** Position in MergedTally.parts. */
  readonly part: number
  readonly path: string
} & ({ readonly above: number } | { readonly keys: readonly string[] })

export type LookupAnswer =
  | { readonly part: number; readonly above: number; readonly terms: readonly TermCount[] }
  | { readonly part: number; readonly keys: readonly string[]; readonly counts: readonly number[] }

/** The questions of the next round; none when the top n is proven or nothing more can be asked. */
export function missing(merged: MergedTally, n: number): readonly Lookup[] {
  const rows = rankedIds(merged, n)
  const last = rows.length < n ? undefined : rows[n - 1]!
  const threshold = last === undefined ? 0 : merged.lower[last]!
  if (merged.floor > 0 && merged.floor >= threshold) {
    const floors = lowestFloor(merged)
    if (floors === 0 || floors < threshold) return lookupsAbove(merged, threshold)
    // No proof is within reach: only make the counts of the rows themselves as good as they can be.
    return lookupsOfKeys(merged, rows)
  }
  const open = new Set(rows.filter((id) => upperOf(merged, id) > merged.lower[id]!))
  for (let id = 0; id < merged.keys.length; id++) {
    if (merged.covered[id]! < merged.floor && couldEnter(merged, id, last)) open.add(id)
  }
  return open.size === 0 ? [] : lookupsOfKeys(merged, [...open])
}

/** Takes the answers in. The same as if the parts had been stored with what was looked up; changes no operand. */
export function resolve(merged: MergedTally, answers: readonly LookupAnswer[]): MergedTally {
  const state = growable(merged)
  for (const answer of answers) {
    if ('keys' in answer) state.know(answer.part, answer.keys, answer.counts)
    else state.lowerFloor(answer.part, answer.above, answer.terms)
  }
  return state.merged()
}

/** Σ of the floors that no look-up can lower. */
function lowestFloor(merged: MergedTally): number {
  return merged.parts.reduce((sum, part) => sum + (part.full ? 0 : part.floor), 0)
}

/**
 * Asks the parts with the greatest floors for their terms above a cap, the greatest that brings the sum of floors below
 * `threshold`; for all their terms when there is no threshold yet.
 */
function lookupsAbove(merged: MergedTally, threshold: number): readonly Lookup[] {
  const fixed = lowestFloor(merged)
  const askable = merged.parts.filter((part) => part.full && part.floor > 0)
  const sumAt = (cap: number) => askable.reduce((sum, part) => sum + Math.min(part.floor, cap), fixed)
  let low = 0
  let high = Math.max(0, ...askable.map((part) => part.floor))
  while (low < high) {
    const cap = Math.ceil((low + high) / 2)
    if (sumAt(cap) < threshold) low = cap
    else high = cap - 1
  }
  return merged.parts.flatMap((part, at) =>
    part.full && part.floor > low ? [{ part: at, path: part.full.path, above: low + 1 }] : [],
  )
}

function lookupsOfKeys(merged: MergedTally, open: readonly number[]): readonly Lookup[] {
  const has = new Uint32Array(merged.keys.length)
  return merged.parts.flatMap((part, at) => {
    if (!part.full || part.floor === 0) return []
    for (const id of part.known) has[id] = at + 1
    const keys = open.filter((id) => has[id] !== at + 1).map((id) => merged.keys[id]!)
    return keys.length > 0 ? [{ part: at, path: part.full.path, keys }] : []
  })
}

/** A merged tally being refined: new terms are appended, sums are copied once. */
function growable(from: MergedTally) {
  const ids = new Map(from.ids)
  const keys = [...from.keys]
  const shown = [...from.shown]
  const lower = [...from.lower]
  const covered = [...from.covered]
  const shownCounts = [...from.shownCounts]
  const parts: MergedPart[] = [...from.parts]
  let { floor, unnamed } = from

  const idOf = (key: string): number => {
    let id = ids.get(key)
    if (id === undefined) {
      id = keys.length
      ids.set(key, id)
      keys.push(key)
      shown.push(key)
      lower.push(0)
      covered.push(0)
      shownCounts.push(0)
    }
    return id
  }
  /** The part's count of each key is known from now on; keys it had already are left alone. */
  const know = (at: number, names: readonly string[], counts: readonly number[], spellings?: readonly string[]) => {
    const part = parts[at]!
    const before = new Set(part.known)
    const added: number[] = []
    names.forEach((key, i) => {
      const id = idOf(key)
      if (before.has(id)) return
      before.add(id)
      added.push(id)
      lower[id]! += counts[i]!
      covered[id]! += part.floor
      if (counts[i]! > 0) unnamed -= 1
      if (spellings && counts[i]! > shownCounts[id]!) {
        shown[id] = spellings[i]!
        shownCounts[id] = counts[i]!
      }
    })
    parts[at] = { ...part, known: Uint32Array.from([...part.known, ...added]) }
  }
  const lowerFloor = (at: number, above: number, terms: readonly TermCount[]) => {
    know(
      at,
      terms.map((term) => term.key),
      terms.map((term) => term.count),
      terms.map((term) => term.shown),
    )
    const part = parts[at]!
    const less = Math.max(0, part.floor - (above - 1))
    floor -= less
    for (const id of part.known) covered[id]! -= less
    parts[at] = { ...part, floor: part.floor - less }
  }
  const merged = (): MergedTally => ({
    ...from,
    keys,
    ids,
    shown,
    shownCounts: Float64Array.from(shownCounts),
    lower: Float64Array.from(lower),
    covered: Float64Array.from(covered),
    floor,
    unnamed,
    parts,
  })
  return { know, lowerFloor, merged }
}
