/**
 * Merging tallies of disjoint sets of records: hours of a range, partitions of an hour, slots of an hour, in any mixture.
 *
 * A merged tally keeps two sums for each term t it has heard of, and one for all:
 *
 *   lower(t)   = Σ of the counts of t in the parts that have t
 *   covered(t) = Σ of the floors of the parts that have t
 *   floor      = Σ of the floors of all parts
 *
 * The true count lies in [lower(t), lower(t) + floor − covered(t)], since a part that does not have t holds it at most
 * `floor` times; a term never heard of lies in [0, floor]. Both ends meet exactly when every part that is cut off has t.
 *
 * What holds (test/model/tally-merge.test.ts):
 * - Sums of triples, so merging is associative and commutative without reservation, with EMPTY_TALLY as neutral element.
 * - lower ≤ true ≤ upper for every term, whatever the merge's shape.
 * - Without cut-off parts (all floors 0) merging the parts' tallies is the tally of the parts' records.
 * - `records` and `total` are exact sums. `distinct` is exact without cut-off parts, else bounded.
 * - The spelling shown is that of the part which has the term most often (then of the part with the greater total, then the
 *   first in code-point order): associative too, but not always the most used spelling overall, because parts keep no count
 *   for each spelling.
 * What does not hold: cutting a merged tally down to K terms and merging on. A cut turns exact counts into bounds that
 * depend on the order of merging, so a merged tally is never cut, and is made from stored tallies, never stored.
 */
import type { FullTallyRef } from './full-tallies.ts'
import type { TallyColumns } from './tally.ts'
import { compareCodePoints } from './terms/order.ts'

/** A stored tally as an operand, and where its full tally lies when there is one. */
export interface TallyPart {
  readonly tally: TallyColumns
  readonly full?: FullTallyRef | undefined
}

/** What a merged tally remembers of each stored tally in it, so that it knows which ones lack a term. */
export interface MergedPart {
  readonly floor: number
  readonly full?: FullTallyRef | undefined
  /** Ids (positions in MergedTally.keys) of the terms whose count in this part is known, also when it is 0. */
  readonly known: Uint32Array
  /** Its spellings, read only for the terms that are shown: stored tallies split them only then. */
  readonly tally: Pick<TallyColumns, 'shown' | 'total'>
}

/** By id, where a term's spelling stands. */
export interface SpellingPlaces {
  /** Position in MergedTally.parts. */
  readonly part: Uint32Array
  /** Position in that part's spellings. */
  readonly at: Uint32Array
  /** In how many records the part has the term; 0: no part names it, and the key stands for it. */
  readonly count: Float64Array
}

export interface MergedTally {
  readonly keys: readonly string[]
  readonly ids: ReadonlyMap<string, number>
  /** `shownOf` reads it. */
  readonly spelling: SpellingPlaces
  /** By id. */
  readonly lower: Float64Array
  /** By id. */
  readonly covered: Float64Array
  /** Bounds a term that is not in `keys`. */
  readonly floor: number
  readonly total: number
  readonly records: number
  /** The greatest `distinct` of a part: the merge has at least as many. */
  readonly distinctMax: number
  /** Σ over parts of the keys they do not name: the merge has at most as many more than it names. */
  readonly unnamed: number
  readonly parts: readonly MergedPart[]
}

export interface Bounds {
  readonly lower: number
  readonly upper: number
}

/** Merges stored and merged tallies of disjoint sets of records. Costs a hash look-up a term and part; changes no operand. */
export function mergeTallies(operands: readonly (TallyPart | MergedTally)[]): MergedTally {
  const sums = new Sums()
  for (const operand of operands) {
    if ('tally' in operand) sums.addPart(operand)
    else sums.addMerged(operand)
  }
  return sums.merged()
}

/** Between which counts the truth lies for one term. */
export function boundsOf(merged: MergedTally, key: string): Bounds {
  const id = merged.ids.get(key)
  return id === undefined ? { lower: 0, upper: merged.floor } : { lower: merged.lower[id]!, upper: upperOf(merged, id) }
}

/** The spelling of the part that has the term most often. */
export function shownOf({ spelling, parts, keys }: MergedTally, id: number): string {
  return spelling.count[id] === 0 ? keys[id]! : parts[spelling.part[id]!]!.tally.shown[spelling.at[id]!]!
}

export function upperOf(merged: MergedTally, id: number): number {
  return merged.lower[id]! + merged.floor - merged.covered[id]!
}

/** Between which numbers the number of different terms lies. */
export function distinctOf(merged: MergedTally): Bounds {
  let named = 0
  for (const count of merged.lower) if (count > 0) named++
  return { lower: Math.max(named, merged.distinctMax), upper: named + merged.unnamed }
}

class Sums {
  readonly ids = new Map<string, number>()
  readonly keys: string[] = []
  readonly parts: MergedPart[] = []
  lower: Float64Array = new Float64Array(1_024)
  covered: Float64Array = new Float64Array(1_024)
  spelling: SpellingPlaces = {
    part: new Uint32Array(1_024),
    at: new Uint32Array(1_024),
    count: new Float64Array(1_024),
  }
  floor = 0
  total = 0
  records = 0
  distinctMax = 0
  unnamed = 0

  addPart({ tally, full }: TallyPart): void {
    const { keys, counts, floor } = tally
    const known = new Uint32Array(keys.length)
    const part = this.parts.length
    this.parts.push({ floor, full, known, tally })
    for (let i = 0; i < keys.length; i++) {
      const count = counts[i]!
      const id = this.#idOf(keys[i]!)
      known[i] = id
      this.lower[id]! += count
      this.covered[id]! += floor
      if (count >= this.spelling.count[id]!) this.#spell(id, part, i, count)
    }
    this.#addFacts(floor, tally.total, tally.records, tally.distinct, tally.distinct - keys.length)
  }

  addMerged(other: MergedTally): void {
    const firstPart = this.parts.length
    const renamed = new Uint32Array(other.keys.length)
    for (let i = 0; i < renamed.length; i++) renamed[i] = this.#idOf(other.keys[i]!)
    for (const part of other.parts) this.parts.push({ ...part, known: part.known.map((id) => renamed[id]!) })
    const { part, at, count } = other.spelling
    for (let i = 0; i < renamed.length; i++) {
      const id = renamed[i]!
      this.lower[id]! += other.lower[i]!
      this.covered[id]! += other.covered[i]!
      if (count[i]! >= this.spelling.count[id]!) this.#spell(id, firstPart + part[i]!, at[i]!, count[i]!)
    }
    this.#addFacts(other.floor, other.total, other.records, other.distinctMax, other.unnamed)
  }

  #idOf(key: string): number {
    let id = this.ids.get(key)
    if (id === undefined) {
      id = this.keys.length
      if (id === this.lower.length) this.#grow()
      this.ids.set(key, id)
      this.keys.push(key)
    }
    return id
  }

  /** Takes a spelling that is used at least as often as the one so far, if it stands before it. */
  #spell(id: number, part: number, at: number, count: number): void {
    const { spelling } = this
    if (count === 0) return
    if (count === spelling.count[id]!) {
      const tally = this.parts[part]!.tally
      const other = this.parts[spelling.part[id]!]!.tally
      if (tally.total < other.total) return
      const isBehind = () => compareCodePoints(tally.shown[at]!, other.shown[spelling.at[id]!]!) >= 0
      if (tally.total === other.total && isBehind()) return
    }
    spelling.part[id] = part
    spelling.at[id] = at
    spelling.count[id] = count
  }

  #addFacts(floor: number, total: number, records: number, distinct: number, unnamed: number): void {
    this.floor += floor
    this.total += total
    this.records += records
    this.distinctMax = Math.max(this.distinctMax, distinct)
    this.unnamed += unnamed
  }

  #grow(): void {
    this.lower = resized(this.lower, 2 * this.lower.length)
    this.covered = resized(this.covered, 2 * this.covered.length)
    this.spelling = resizedPlaces(this.spelling, 2 * this.spelling.count.length)
  }

  merged(): MergedTally {
    const size = this.keys.length
    return {
      keys: this.keys,
      ids: this.ids,
      spelling: resizedPlaces(this.spelling, size),
      lower: resized(this.lower, size),
      covered: resized(this.covered, size),
      floor: this.floor,
      total: this.total,
      records: this.records,
      distinctMax: this.distinctMax,
      unnamed: this.unnamed,
      parts: this.parts,
    }
  }
}

/** A copy of `size`: cut, or with zeros behind. */
export function resized<A extends Float64Array | Uint32Array>(array: A, size: number): A {
  const copy = new (array.constructor as new (size: number) => A)(size)
  copy.set(array.subarray(0, size))
  return copy
}

export function resizedPlaces({ part, at, count }: SpellingPlaces, size: number): SpellingPlaces {
  return { part: resized(part, size), at: resized(at, size), count: resized(count, size) }
}
