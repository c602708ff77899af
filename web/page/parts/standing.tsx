import type { Standing } from '../../contract/top.ts'
import { usePage } from '../state/page-context.ts'

/** How final an hour is: told by its shape and its words, not by its colour alone. */
export function StandingBadge({ standing }: { readonly standing: Standing }) {
  const { text } = usePage()
  return (
    <span class={`badge ${standing}`} title={text.standingWhy[standing]}>
      {text.standing[standing]}
    </span>
  )
}

export function ProofBadge({
  exact,
  bound,
  why,
}: {
  readonly exact: boolean
  readonly bound: number
  readonly why?: string | null
}) {
  const { text, format } = usePage()
  return exact ? (
    <span class="badge exact" title={text.proof.exactWhy}>
      {text.proof.exact}
    </span>
  ) : (
    <span class="badge bound" title={why ?? undefined}>
      {text.proof.bound(format.count(bound))}
    </span>
  )
}
