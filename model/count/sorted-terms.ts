/**
 * All terms of a unit in key order, as slices of whatever memory they lie in: what is written out as a full tally, without
 * being copied together first.
 *
 * Boundary: a view. What a counter gives is true until it counts on or is reset.
 */
import { type PartialTally, shownAt } from './partial-tally.ts'

/** Slice i is bytes[starts[ids[i]], starts[ids[i] + 1]). */
export interface SliceColumn {
  readonly bytes: Uint8Array
  readonly starts: Int32Array | Uint32Array
  readonly ids: Uint32Array
}

export interface SortedTerms {
  readonly records: number
  readonly copies: number
  /** Terms left out because they are longer than the board takes. */
  readonly longTerms: number
  /** Sum of all counts. */
  readonly total: number
  readonly counts: Uint32Array
  readonly keys: SliceColumn
  /** The spelling to show of each. */
  readonly shown: SliceColumn
}

export function sortedTermsOf(partial: PartialTally): SortedTerms {
  const { records, copies, longTerms, total, counts, keyBytes, keyStarts, spellingBytes, spellingStarts } = partial
  const size = counts.length
  return {
    records,
    copies,
    longTerms,
    total,
    counts,
    keys: { bytes: keyBytes, starts: keyStarts, ids: Uint32Array.from({ length: size }, (_, index) => index) },
    shown: {
      bytes: spellingBytes,
      starts: spellingStarts,
      ids: Uint32Array.from({ length: size }, (_, index) => shownAt(partial, index)),
    },
  }
}

/**
 * Reads where slices [from, end) begin: memory is asked for many of them at once, where writing them out would wait for each. What
 * it gives means nothing; who calls keeps it, so that the reading is not optimised away.
 */
export function touchSlices({ bytes, starts, ids }: SliceColumn, from: number, end: number): number {
  let touched = 0
  for (let index = from; index < end; index++) touched ^= bytes[starts[ids[index]!]!]!
  return touched
}

/** Slice `index` as a string, taken as UTF-8. */
export function textAt({ bytes, starts, ids }: SliceColumn, index: number): string {
  const id = ids[index]!
  const start = starts[id]!
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, starts[id + 1]! - start).toString()
}
