/**
 * What the server tells as facts and codes, and each language says in words of its own. The English ones are also what the API says to
 * programs (`message`, `remedy`, `title`).
 *
 * Words begin as in the middle of a sentence, as the command line writes them: `capitalised` makes a sentence of them.
 */
import type { Doubt } from '../../../model/doubt.ts'
import type { ChangeFacts } from '../../../model/edition-change.ts'
import type { Remedied } from '../../../model/ledger-words.ts'
import type { RunNote } from '../../../model/run-note.ts'
import { type Caused, type Wording, type Writing, wordsFor } from '../../../model/wording.ts'
import type { ProblemCode, ServiceName } from '../../contract/common.ts'
import type { ProblemFacts } from '../../contract/problem-facts.ts'

export interface FactsText {
  /** Of a problem+json, by its code. */
  readonly titles: Readonly<Record<ProblemCode, string>>
  /** As in a sentence: `the lake`. */
  readonly services: Readonly<Record<ServiceName, string>>
  readonly problems: Wording<ProblemFacts, Remedied>
  readonly doubts: Wording<Doubt>
  readonly notes: Wording<RunNote>
  readonly changes: Wording<ChangeFacts>
}

/** undefined: a newer server tells of something that these words do not know; its English says all. */
export function knownWords<Facts extends Caused, Words>(
  wording: Wording<Facts, Words>,
  facts: Facts,
  writing: Writing,
): Words | undefined {
  return Object.hasOwn(wording, facts.cause) ? wordsFor(wording, facts, writing) : undefined
}
