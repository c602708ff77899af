/**
 * The port through which an answer is proven: looking up terms in the full tallies, which hold every term of an hour.
 * The lake implements it; views and model/tally-lookups.ts only know this.
 */
import type { TermCount } from './tally.ts'

/** Names one full tally; immutable, so what was looked up once stays true. */
export interface FullTallyRef {
  /** Path in the lake, as BatchDocument.tallyPath says. */
  readonly path: string
}

export interface FullTallies {
  /** The exact counts of `keys`, in their order; 0 for a term that the tally does not have. */
  lookup(ref: FullTallyRef, keys: readonly string[]): Promise<readonly number[]>
  /** All terms counted at least `minCount` times (≥ 1), in any order. */
  above(ref: FullTallyRef, minCount: number): Promise<readonly TermCount[]>
}
