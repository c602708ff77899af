/** Publish or reject what is held; roll back what is live. Each asks once more before it does it. */
import { useState } from 'preact/hooks'
import type { Edition, EditionsResponse } from '../../../contract/editions.ts'
import { Said } from '../../parts/said.tsx'
import { useMayChange } from '../../parts/standing-token.tsx'
import { usePage } from '../../state/page-context.ts'
import { useChange } from './use-change.ts'

type Choice = 'publish' | 'reject' | 'rollback'

export function Decide({ edition, live }: { readonly edition: Edition; readonly live: EditionsResponse['live'] }) {
  const { text, api } = usePage()
  const mayChange = useMayChange()
  const change = useChange()
  const [asking, setAsking] = useState<Choice | null>(null)
  const { number, state } = edition
  const isLive = live?.edition === number
  const choices: readonly Choice[] =
    state === 'held' ? ['publish', 'reject'] : isLive && live.previous !== null ? ['rollback'] : []
  if (!mayChange || (choices.length === 0 && !change.said && !change.problem)) return null
  const { decide } = text.editions

  const act = (choice: Choice, reason: string) => {
    setAsking(null)
    return change.run(async () => {
      if (choice === 'rollback') {
        const body = live ? { expectedVersion: live.version } : {}
        const now = await api.change<'rollback'>('/api/v1/rollback', body)
        return decide.rolledBack(now.live.edition)
      }
      const body = reason === '' ? {} : { reason }
      const told = await api.change<'publish'>(`/api/v1/editions/${number}/${choice}`, body)
      return told.said
    })
  }
  const confirm = (event: SubmitEvent) => {
    event.preventDefault()
    const reason = new FormData(event.currentTarget as HTMLFormElement).get('reason')
    if (asking) void act(asking, typeof reason === 'string' ? reason.trim() : '')
  }
  return (
    <div class="decide">
      {asking === null ? (
        <p class="row">
          {choices.map((choice) => (
            <button
              key={choice}
              type="button"
              class={choice === 'publish' ? '' : choice === 'reject' ? 'danger' : 'plain'}
              disabled={change.isBusy}
              onClick={() => setAsking(choice)}
            >
              {decide[choice]}
            </button>
          ))}
        </p>
      ) : (
        <form class="row" data-own onSubmit={confirm}>
          <strong>{decide.sure[asking](asking === 'rollback' ? (live?.previous ?? 0) : number)}</strong>
          {asking !== 'rollback' && (
            <label>
              {decide.reason}
              <input name="reason" maxLength={1_000} />
            </label>
          )}
          <button type="submit" class={asking === 'reject' ? 'danger' : ''}>
            {decide.yes}
          </button>
          <button type="button" class="plain" onClick={() => setAsking(null)}>
            {decide.no}
          </button>
        </form>
      )}
      <Said problem={change.problem} said={change.said} />
    </div>
  )
}
