/** What went wrong, in the reader's words; then what the server said in its own, which is English. */
import type { Problem } from '../../contract/common.ts'
import { GONE } from '../state/api.ts'
import { usePage } from '../state/page-context.ts'
import { tellCode } from '../text/told.ts'

export function ProblemWords({ problem }: { readonly problem: Problem }) {
  const page = usePage()
  if (problem.code === GONE) return <>{page.text.states.goneTitle}</>
  return (
    <>
      {tellCode(page, problem)}. <Quoted>{problem.detail}</Quoted>
    </>
  )
}

/** As the server, or a service behind it, has said it. */
export function Quoted({ children }: { readonly children: string }) {
  return (
    <q class="quiet" lang="en">
      {children}
    </q>
  )
}
