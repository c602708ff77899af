/** Why an answer is not proven exact: as facts, and in English. */
import { PLAIN_WRITING, type Wording, wordsFor } from './wording.ts'

export type Doubt =
  | { readonly cause: 'lake-not-asked' }
  | { readonly cause: 'full-tallies-unread'; readonly why: string }
  | { readonly cause: 'live-counts-cut' }

export const DOUBT_WORDS: Wording<Doubt> = {
  'lake-not-asked': () => 'the lake was not asked',
  'full-tallies-unread': ({ why }) => `the full tallies cannot be read: ${why}`,
  'live-counts-cut': () => 'live counts keep only the greatest terms of each slot',
}

export interface Doubted {
  /** Why it is not exact, in words for people; null when it is. */
  readonly unproven: string | null
  /** The same as facts. */
  readonly doubt: Doubt | null
}

export function doubted(doubt: Doubt | null): Doubted {
  return { unproven: doubt && wordsFor(DOUBT_WORDS, doubt, PLAIN_WRITING), doubt }
}
