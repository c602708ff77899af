/**
 * The token is kept for the tab (sessionStorage), sent as a header, and never becomes part of an address. It is tried first: what the
 * server does not take is not kept.
 */
import { useState } from 'preact/hooks'
import type { Problem } from '../../contract/common.ts'
import { usePage } from '../state/page-context.ts'
import { ProblemWords } from './problem-words.tsx'

type Outcome = 'asking' | 'wrong' | Problem | null

export function TokenForm() {
  const { text, api, isAlive, setToken } = usePage()
  const [outcome, setOutcome] = useState<Outcome>(null)
  const { token } = text
  if (!isAlive) return <p class="quiet">{token.needsScript}</p>
  const enter = async (event: SubmitEvent) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget as HTMLFormElement).get('token')
    if (typeof given !== 'string' || given.trim() === '') return
    setOutcome('asking')
    try {
      if (await api.accepts(given.trim())) setToken(given.trim())
      else setOutcome('wrong')
    } catch (problem) {
      setOutcome(problem as Problem)
    }
  }
  const isWrong = outcome === 'wrong'
  return (
    <form class="row" data-own onSubmit={(event) => void enter(event)}>
      <label>
        {token.label}
        <input
          name="token"
          type="password"
          autocomplete="off"
          required
          aria-invalid={isWrong}
          onInput={() => setOutcome(null)}
        />
      </label>
      <button type="submit" disabled={outcome === 'asking'}>
        {token.enter}
      </button>
      {outcome !== null && outcome !== 'asking' && (
        <p class="note" role="alert">
          {outcome === 'wrong' ? token.wrong : <ProblemWords problem={outcome} />}
        </p>
      )}
    </form>
  )
}
