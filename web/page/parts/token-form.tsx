/** The token is kept for the tab (sessionStorage), sent as a header, and never becomes part of an address. */
import { usePage } from '../state/page-context.ts'

export function TokenForm() {
  const { text, isAlive, setToken } = usePage()
  const { token } = text
  if (!isAlive) return <p class="quiet">{token.needsScript}</p>
  const enter = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const given = new FormData(form).get('token')
    if (typeof given === 'string' && given.trim() !== '') setToken(given.trim())
  }
  return (
    <form class="row" data-own onSubmit={enter}>
      <label>
        {token.label}
        <input name="token" type="password" autocomplete="off" required />
      </label>
      <button type="submit">{token.enter}</button>
    </form>
  )
}
