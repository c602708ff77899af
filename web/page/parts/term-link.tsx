import { hrefOf } from '../state/route.ts'

/** The address of a term's view, as it was over the week up to now unless said. */
export function hrefOfTerm(term: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  return hrefOf('term', { term, ...query })
}

export function TermLink({ shown }: { readonly shown: string }) {
  return (
    <a class="term" href={hrefOfTerm(shown)} dir="auto">
      <span class="sign" aria-hidden="true">
        #
      </span>
      <bdi>{shown}</bdi>
    </a>
  )
}
