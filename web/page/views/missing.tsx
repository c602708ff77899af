import { usePage } from '../state/page-context.ts'

export function Missing() {
  const { text } = usePage()
  return (
    <section class="state">
      <h1>{text.states.missingTitle}</h1>
      <p>
        {text.states.missingBody} <a href="/">{text.nav.now}</a>.
      </p>
    </section>
  )
}
