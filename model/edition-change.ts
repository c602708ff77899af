/**
 * Why an edition came into a state, where Tendance itself is the reason: as facts, and in English. What a person gave as a reason, and what
 * made a run fail, are texts alone.
 */
import { PLAIN_WRITING, type Wording, wordsFor } from './wording.ts'

export type ChangeFacts =
  /** By a run that found it begun. */
  | { readonly cause: 'gone-on-with' }
  | { readonly cause: 'to-be-decided' }
  | { readonly cause: 'published'; readonly insteadOf: number | null }
  | { readonly cause: 'gone-back-to'; readonly insteadOf: number | null }
  /** Another edition is live in its place: published, or gone back to. */
  | { readonly cause: 'replaced-by'; readonly edition: number }
  | { readonly cause: 'left-for'; readonly edition: number }

export const CHANGE_WORDS: Wording<ChangeFacts> = {
  'gone-on-with': () => 'gone on with',
  'to-be-decided': () => 'waits for a person',
  published: ({ insteadOf }) => `published${insteadOfText(insteadOf)}`,
  'gone-back-to': ({ insteadOf }) => `gone back to${insteadOfText(insteadOf)}`,
  'replaced-by': ({ edition }) => `edition ${edition} was published`,
  'left-for': ({ edition }) => `edition ${edition} was gone back to`,
}

function insteadOfText(edition: number | null): string {
  return edition === null ? '' : ` in place of edition ${edition}`
}

/** What a change notes. */
export function changing(facts: ChangeFacts): { readonly why: string; readonly facts: ChangeFacts } {
  return { why: wordsFor(CHANGE_WORDS, facts, PLAIN_WRITING), facts }
}
