/**
 * The tally, the one algebraic idea: the counts of one board over one slot, hour, partition or range.
 *
 * A count is a number of records: a post that repeats a hashtag is one post, copies of one record (same id) are one record.
 * `top` holds the greatest terms by count descending, then key in code-point order, with exact counts; `floor` bounds the
 * count of every term that is not in `top`, and is 0 exactly when all terms are there.
 */

/** How many terms a stored tally keeps. */
export const TALLY_TERMS_MAX = 1_000

export interface TermCount {
  /** The key: NFKC, case-folded. What is counted and compared. */
  readonly key: string
  /** The most used spelling of the key, as people wrote it. */
  readonly shown: string
  readonly count: number
}

export interface Tally {
  readonly top: readonly TermCount[]
  readonly floor: number
  /** Number of different keys. Exact in one tally; a merge of tallies that are cut off only bounds it (see MergedTally). */
  readonly distinct: number
  /** Sum of all counts: (record, key) pairs. */
  readonly total: number
  /** Records counted, copies removed. */
  readonly records: number
}
