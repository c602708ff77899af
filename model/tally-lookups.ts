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
import {
  type MergedPart,
  type MergedTally,
  resized,
  resizedPlaces,
  type SpellingPlaces,
  upperOf,
} from './tally-merge.ts'
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
  const refinement = new Refinement(merged)
  for (const answer of answers) {
    if ('keys' in answer) refinement.know(answer.part, answer.keys, answer.counts)
    else refinement.lowerFloor(answer.part, answer.above, answer.terms)
  }
  return refinement.merged()
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

/** A merged tally being refined. Sums are copied once; keys only when a look-up brings new ones. */
class Refinement {
  readonly #from: MergedTally
  readonly #parts: MergedPart[]
  #keys: readonly string[]
  #ids: ReadonlyMap<string, number>
  #lower: Float64Array
  #covered: Float64Array
  #spelling: SpellingPlaces
  /** By id: 1 and the part that was last seen to know it. */
  #knownBy: Uint32Array
  #floor: number
  #unnamed: number

  constructor(from: MergedTally) {
    const size = from.keys.length
    this.#from = from
    this.#parts = [...from.parts]
    this.#keys = from.keys
    this.#ids = from.ids
    this.#lower = resized(from.lower, size)
    this.#covered = resized(from.covered, size)
    this.#spelling = resizedPlaces(from.spelling, size)
    this.#knownBy = new Uint32Array(size)
    this.#floor = from.floor
    this.#unnamed = from.unnamed
  }

  /** The part's count of each key is known from now on; keys that it knows already are left alone. Answers the keys' ids. */
  know(at: number, keys: readonly string[], counts: readonly number[]): Uint32Array {
    this.#addKeys(keys.filter((key) => !this.#ids.has(key)))
    const part = this.#parts[at]!
    for (const id of part.known) this.#knownBy[id] = at + 1
    const ids = Uint32Array.from(keys, (key) => this.#ids.get(key)!)
    const added: number[] = []
    ids.forEach((id, i) => {
      if (this.#knownBy[id] === at + 1) return
      this.#knownBy[id] = at + 1
      added.push(id)
      this.#lower[id]! += counts[i]!
      this.#covered[id]! += part.floor
      if (counts[i]! > 0) this.#unnamed -= 1
    })
    const known = resized(part.known, part.known.length + added.length)
    known.set(added, part.known.length)
    this.#parts[at] = { ...part, known }
    return ids
  }

  /** All terms that the part has at least `above` times are known from now on. */
  lowerFloor(at: number, above: number, terms: readonly TermCount[]): void {
    const counts = terms.map((term) => term.count)
    const ids = this.know(
      at,
      terms.map((term) => term.key),
      counts,
    )
    this.#spell(ids, terms)
    const part = this.#parts[at]!
    const less = Math.max(0, part.floor - (above - 1))
    this.#floor -= less
    for (const id of part.known) this.#covered[id]! -= less
    this.#parts[at] = { ...part, floor: part.floor - less }
  }

  /** The spellings of a full tally stand in a part of their own that counts nothing. */
  #spell(ids: Uint32Array, terms: readonly TermCount[]): void {
    const { part, at, count } = this.#spelling
    terms.forEach((term, i) => {
      const id = ids[i]!
      if (term.count <= count[id]!) return
      part[id] = this.#parts.length
      at[id] = i
      count[id] = term.count
    })
    const shown = terms.map((term) => term.shown)
    this.#parts.push({ floor: 0, known: new Uint32Array(0), tally: { shown, total: 0 } })
  }

  #addKeys(keys: readonly string[]): void {
    if (keys.length === 0) return
    const size = this.#keys.length
    this.#ids = new Map([...this.#ids, ...keys.map((key, i) => [key, size + i] as const)])
    this.#keys = [...this.#keys, ...keys]
    this.#lower = resized(this.#lower, this.#keys.length)
    this.#covered = resized(this.#covered, this.#keys.length)
    this.#spelling = resizedPlaces(this.#spelling, this.#keys.length)
    this.#knownBy = resized(this.#knownBy, this.#keys.length)
  }

  merged(): MergedTally {
    return {
      ...this.#from,
      keys: this.#keys,
      ids: this.#ids,
      spelling: this.#spelling,
      lower: this.#lower,
      covered: this.#covered,
      floor: this.#floor,
      unnamed: this.#unnamed,
      parts: this.#parts,
    }
  }
}
