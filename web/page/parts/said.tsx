import type { Problem } from '../../contract/common.ts'
import { usePage } from '../state/page-context.ts'
import { ProblemWords } from './problem-words.tsx'

/** What came of a change. */
export function Said({ problem, said }: { readonly problem: Problem | null; readonly said: string | null }) {
  const { text } = usePage()
  if (problem) {
    return (
      <p class="note stale" role="alert">
        {problem.status === 401 ? text.token.wrong : <ProblemWords problem={problem} />}
      </p>
    )
  }
  return (
    <p role="status" class={said ? 'note' : 'unseen'}>
      {said}
    </p>
  )
}
