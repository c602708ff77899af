/** How a term moved against the window before. Pure. */
import { boundsOf, type MergedTally } from '../model/tally-merge.ts'
import { rankOf } from '../model/tally-top.ts'

export type Movement =
  /** `moved` places up; negative: down; 0: none. */
  | { readonly kind: 'ranked'; readonly before: number; readonly moved: number; readonly countBefore: number }
  /** It was not counted before. */
  | { readonly kind: 'new' }
  /** It was behind all that the tally before names. */
  | { readonly kind: 'below' }
  /** There is nothing to compare with. */
  | { readonly kind: 'unknown' }

/** @param before the merged tally of the window before; undefined when there is none */
export function movementOf(before: MergedTally | undefined, key: string, rank: number): Movement {
  if (!before) return { kind: 'unknown' }
  const { lower, upper } = boundsOf(before, key)
  if (upper === 0) return { kind: 'new' }
  if (lower === 0) return { kind: 'below' }
  const rankBefore = rankOf(before, key)
  return { kind: 'ranked', before: rankBefore, moved: rankBefore - rank, countBefore: lower }
}
