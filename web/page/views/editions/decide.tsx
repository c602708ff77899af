/** Publish or reject what is held; roll back what is live. Each asks once more before it does it. */
import { useRef, useState } from 'preact/hooks'
import type { Edition, EditionsResponse } from '../../../contract/editions.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { Said } from '../../parts/said.tsx'
import { useMayChange } from '../../parts/standing-token.tsx'
import { usePage } from '../../state/page-context.ts'
import { useChange } from './use-change.ts'

type Choice = 'publish' | 'reject' | 'rollback'

const LOOKS: Readonly<Record<Choice, string>> = { publish: '', reject: 'danger', rollback: 'plain' }

export function Decide({ edition, live }: { readonly edition: Edition; readonly live: EditionsResponse['live'] }) {
  const { text, api } = usePage()
  const mayChange = useMayChange()
  const change = useChange()
  const [asking, setAsking] = useState<Choice | null>(null)
  const place = useRef<HTMLFieldSetElement>(null)
  const { number, state } = edition
  const { decide, numbered } = text.editions
  const isLive = live?.edition === number
  const choices: readonly Choice[] =
    state === 'held' ? ['publish', 'reject'] : isLive && live.previous !== null ? ['rollback'] : []
  if (!mayChange || (choices.length === 0 && !change.said && !change.problem)) return null

  const act = (choice: Choice, reason: string) =>
    change.run(async () => {
      if (choice === 'rollback') {
        const body = live ? { expectedVersion: live.version } : {}
        const now = await api.change<'rollback'>('/api/v1/rollback', body)
        return decide.rolledBack(now.live.edition)
      }
      const body = reason === '' ? {} : { reason }
      const told = await api.change<'publish'>(`/api/v1/editions/${number}/${choice}`, body)
      return Object.hasOwn(decide.outcomes, told.outcome) ? decide.outcomes[told.outcome] : told.said
    })
  const confirm = (event: SubmitEvent) => {
    const isSure = event.submitter?.hasAttribute('data-sure') ?? false
    if (!isSure || !asking) return
    const reason = new FormData(event.currentTarget as HTMLFormElement).get('reason')
    void act(asking, typeof reason === 'string' ? reason.trim() : '')
    // the button that asked goes: what came of it is said here
    requestAnimationFrame(() => place.current?.focus())
  }
  return (
    <fieldset class="decide" ref={place} tabIndex={-1} aria-label={numbered(number)}>
      <p class="row">
        {choices.map((choice) => (
          <button
            key={choice}
            type="button"
            class={LOOKS[choice]}
            disabled={change.isBusy}
            onClick={() => setAsking(choice)}
          >
            {decide[choice]}
          </button>
        ))}
      </p>
      {asking && (
        <Dialog
          title={decide.sure[asking](asking === 'rollback' ? (live?.previous ?? 0) : number)}
          onClose={() => setAsking(null)}
        >
          <form method="dialog" onSubmit={confirm}>
            <p>{decide.means[asking]}</p>
            {asking !== 'rollback' && (
              <label>
                {decide.reason}
                <input name="reason" maxLength={1_000} />
              </label>
            )}
            <p class="row">
              <button type="submit" class={asking === 'reject' ? 'danger' : ''} data-sure>
                {decide[asking]}
              </button>
              <button type="submit" class="plain" formNoValidate>
                {decide.no}
              </button>
            </p>
          </form>
        </Dialog>
      )}
      <Said problem={change.problem} said={change.said} />
    </fieldset>
  )
}
