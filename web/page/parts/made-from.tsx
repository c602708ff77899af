/** Which editions and rules an answer comes from: what a publish changes, and a roll back changes back. */
import type { Answer } from '../../contract/top.ts'
import { usePage } from '../state/page-context.ts'

export function MadeFrom({ answers }: { readonly answers: readonly Answer[] }) {
  const { text } = usePage()
  const editions = [...new Set(answers.flatMap(({ provenance }) => provenance.editions))].sort((a, b) => a - b)
  const rules = [...new Set(answers.flatMap(({ provenance }) => provenance.extractors))]
  return (
    <>
      {editions.length > 0 && <span class="made-from">{text.proof.editions(editions)}</span>}
      {rules.length > 0 && <span>{rules.join(', ')}</span>}
    </>
  )
}
