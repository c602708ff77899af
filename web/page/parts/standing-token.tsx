/** Whether this tab may change something, and the way to unlock it. */
import { askAbout } from '../state/about.ts'
import { useAsked, usePage } from '../state/page-context.ts'
import { TokenForm } from './token-form.tsx'

export function useMayChange(): boolean {
  const { api } = usePage()
  return useAsked(askAbout)?.data?.changing === 'token' && api.token !== null
}

export function StandingToken() {
  const { text, api, setToken, isAlive } = usePage()
  const changing = useAsked(askAbout)?.data?.changing
  if (changing === 'off') return <p class="quiet small">{text.token.off}</p>
  if (!isAlive) return null
  return api.token === null ? (
    <details class="unlock">
      <summary class="button">{text.token.enter}</summary>
      <div class="card">
        <p class="quiet small">{text.token.about}</p>
        <TokenForm />
      </div>
    </details>
  ) : (
    <p class="row unlocked">
      <span class="badge ok">{text.token.known}</span>
      <button type="button" class="plain" onClick={() => setToken(null)}>
        {text.token.forget}
      </button>
    </p>
  )
}
