/** What a batch run says of itself beside its numbers: as facts, and in English. */
import { PLAIN_WRITING, type Wording, wordsFor } from './wording.ts'

export type RunNote =
  /** For a service that does not answer. */
  | { readonly cause: 'waiting'; readonly why: string }
  | { readonly cause: 'to-be-decided'; readonly edition: number }
  | { readonly cause: 'deleting' }
  /** Compaction has made few files of many. */
  | { readonly cause: 'files-joined'; readonly files: number; readonly into: number }
  | { readonly cause: 'not-sealing'; readonly why: string }
  /** Otherwise than was asked for. */
  | { readonly cause: 'ended'; readonly why: string }

export const NOTE_WORDS: Wording<RunNote> = {
  waiting: ({ why }) => `waiting: ${why}`,
  'to-be-decided': ({ edition }) => `compare it, then publish or reject it: tendance publish ${edition}`,
  deleting: () => 'cancelled: what it has computed is deleted',
  'files-joined': ({ files, into }, { count }) => `${count(files)} files have become ${count(into)}`,
  'not-sealing': ({ why }) => why,
  ended: ({ why }) => why,
}

export interface Noted {
  /** For people; empty when there is nothing to say. */
  readonly note: string
  /** The same as facts. */
  readonly noted: RunNote | null
}

export function noting(noted: RunNote | null): Noted {
  return { note: noted ? wordsFor(NOTE_WORDS, noted, PLAIN_WRITING) : '', noted }
}
