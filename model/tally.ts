/**
 * The tally, the one algebraic idea: the counts of one board over one slot, hour, partition or range.
 *
 * A count is a number of records: a post that repeats a hashtag is one post, copies of one record (same id) are one record.
 * `top` holds the greatest terms by count descending, then key in code-point order, with exact counts; `floor` bounds the
 * count of every term that is not in `top`, and is 0 exactly when all terms are there.
 *
 * How tallies merge, and what stays exact then: model/tally-merge.ts. Which top n is proven: model/tally-top.ts.
 */
import { compareCodePoints } from './terms/order.ts'
import { selectGreatest } from './topk.ts'

/** How many terms a stored tally keeps. */
export const TALLY_TERMS_MAX = 1_000

export interface TermCount {
  /** The key: NFKC, case-folded. What is counted and compared. */
  readonly key: string
  /** The most used spelling of the key, as people wrote it. */
  readonly shown: string
  readonly count: number
}

export interface TallyFacts {
  /** The greatest count of a term that is not in the top; 0 when all are. */
  readonly floor: number
  /** Number of different keys. Exact in one tally; a merge of tallies that are cut off only bounds it (see MergedTally). */
  readonly distinct: number
  /** Sum of all counts: (record, key) pairs. */
  readonly total: number
  /** Records counted, copies removed. */
  readonly records: number
}

export interface Tally extends TallyFacts {
  readonly top: readonly TermCount[]
}

/** A tally as columns, which is how it is stored and merged: no object for each term. Sorted as `Tally.top` is. */
export interface TallyColumns extends TallyFacts {
  readonly keys: readonly string[]
  readonly shown: readonly string[]
  readonly counts: ArrayLike<number>
}

/** Counts as a counter holds them, by index; keys and spellings are made only for the terms that are kept. */
export interface Counts {
  readonly counts: ArrayLike<number>
  readonly records: number
  key(index: number): string
  shown(index: number): string
  /** `sorted`: indices stand in the keys' code-point order. Else a comparison of two indices' keys; by default of `key()`. */
  readonly order?: 'sorted' | ((a: number, b: number) => number)
}

/** Count descending, then key in code-point order: how terms rank, everywhere. */
export function compareRank(a: Pick<TermCount, 'key' | 'count'>, b: Pick<TermCount, 'key' | 'count'>): number {
  return b.count - a.count || compareCodePoints(a.key, b.key)
}

/** The tally of all counts of a window, given in any order; each key once. Terms with count 0 are not there. */
export function tallyOf(terms: readonly TermCount[], records: number, termsMax = TALLY_TERMS_MAX): Tally {
  const columns = columnsOfCounts(
    {
      counts: Float64Array.from(terms, (term) => term.count),
      records,
      key: (i) => terms[i]!.key,
      shown: (i) => terms[i]!.shown,
    },
    termsMax,
  )
  return tallyOfColumns(columns)
}

/** The same from a counter's own arrays: the path of batch and speed, with no object or string for what is cut off. */
export function columnsOfCounts(source: Counts, termsMax = TALLY_TERMS_MAX): TallyColumns & { counts: Float64Array } {
  const order =
    source.order === 'sorted'
      ? undefined
      : (source.order ?? ((a: number, b: number) => compareCodePoints(source.key(a), source.key(b))))
  const { indices, floor, distinct, total } = selectGreatest(source.counts, termsMax, order)
  return {
    keys: Array.from(indices, (i) => source.key(i)),
    shown: Array.from(indices, (i) => source.shown(i)),
    counts: Float64Array.from(indices, (i) => source.counts[i]!),
    floor,
    distinct,
    total,
    records: source.records,
  }
}

export function columnsOf(tally: Tally): TallyColumns {
  const { top, floor, distinct, total, records } = tally
  return {
    keys: top.map((term) => term.key),
    shown: top.map((term) => term.shown),
    counts: top.map((term) => term.count),
    floor,
    distinct,
    total,
    records,
  }
}

export function tallyOfColumns(columns: TallyColumns): Tally {
  const { keys, shown, counts, floor, distinct, total, records } = columns
  const top = keys.map((key, i) => ({ key, shown: shown[i]!, count: counts[i]! }))
  return { top, floor, distinct, total, records }
}

/** UTF-8 takes at most 3 bytes for a UTF-16 unit; a count has at most 16 digits, and each value a separator. */
const UNIT_BYTES = 3
const ROW_BYTES = 20

/**
 * The tally with only as many of its greatest terms as fit into `bytesMax` bytes at rest. What is left out is bounded by the floor, as for every other term that is not in the top: so the tally says less,
 * and nothing wrong. A tally that fits is returned as it is.
 */
export function cutToBytes<T extends TallyColumns>(tally: T, bytesMax: number): T {
  const { keys, shown, counts } = tally
  let bytes = 0
  for (let rows = 0; rows < keys.length; rows++) {
    const spelling = shown[rows]! === keys[rows]! ? 0 : shown[rows]!.length
    bytes += UNIT_BYTES * (keys[rows]!.length + spelling) + ROW_BYTES
    if (bytes <= bytesMax) continue
    return {
      ...tally,
      keys: keys.slice(0, rows),
      shown: shown.slice(0, rows),
      counts: Array.from(counts).slice(0, rows),
      // Counts descend, so the first that is left out is the greatest of those.
      floor: Math.max(tally.floor, counts[rows]!),
    }
  }
  return tally
}

/** The window in which nothing was counted: the neutral element of merging. */
export const EMPTY_TALLY: Tally = { top: [], floor: 0, distinct: 0, total: 0, records: 0 }
