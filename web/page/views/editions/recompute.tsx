/** Starts a recompute: first what it would read and change, then the start. The preview counts a few hours really, so it takes a moment. */
import { useRef, useState } from 'preact/hooks'
import type { Edition, PreviewResponse, RecomputeBody } from '../../../contract/editions.ts'
import { hourAt } from '../../format/zoned.ts'
import { Said } from '../../parts/said.tsx'
import { useMayChange } from '../../parts/standing-token.tsx'
import { askAbout } from '../../state/about.ts'
import { useAsked, usePage } from '../../state/page-context.ts'
import { PreviewCard } from './preview.tsx'
import { Progress } from './progress.tsx'
import { useChange } from './use-change.ts'

const LOOK_AGAIN_MS = 1_000
const LOOKS_MAX = 120

interface Looked {
  readonly body: RecomputeBody
  readonly response: PreviewResponse
}

interface RecomputeProps {
  readonly live: number | null
  readonly editions: readonly Edition[]
}

export function Recompute({ live, editions }: RecomputeProps) {
  const { text, api, format, isAlive } = usePage()
  const { recompute } = text
  const mayChange = useMayChange()
  const about = useAsked(askAbout)?.data
  const preview = useChange()
  const start = useChange()
  const [looked, setLooked] = useState<Looked | null>(null)
  const [started, setStarted] = useState<string | null>(null)
  const form = useRef<HTMLFormElement>(null)
  if (!isAlive || live === null) return null
  const board = about?.boards[0]?.name ?? 'hashtags'

  const look = (event: SubmitEvent) => {
    event.preventDefault()
    const body = readBody(new FormData(form.current!), board, format.zone)
    setLooked(null)
    void preview.run(async () => {
      for (let looks = 0; looks < LOOKS_MAX; looks++) {
        const response = await api.change<'preview'>('/api/v1/recompute/preview', body)
        setLooked({ body, response })
        if (response.preview) return recompute.looked
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
      }
      return recompute.tooLong
    })
  }
  const begin = (body: RecomputeBody) =>
    start.run(async () => {
      const { workflowId } = await api.change<'recompute'>('/api/v1/recompute', body)
      setLooked(null)
      setStarted(workflowId)
      return recompute.started(workflowId)
    })
  // until its edition is opened, and stands above with its progress
  const isUnseen = started !== null && !editions.some(({ run }) => run?.workflowId === started)
  return (
    <section class="card" aria-labelledby="recompute">
      <h2 id="recompute">{recompute.title}</h2>
      <p class="quiet small">{recompute.lead}</p>
      <form class="row recompute" data-own ref={form} onSubmit={look} onChange={() => setLooked(null)}>
        <label>
          {recompute.kind}
          <select name="kind">
            <option value="recompute">{recompute.kinds.recompute}</option>
            <option value="rebuild">{recompute.kinds.rebuild}</option>
          </select>
        </label>
        <label>
          {recompute.since}
          <input type="datetime-local" name="since" step={3_600} />
        </label>
        <label>
          {recompute.until}
          <input type="datetime-local" name="until" step={3_600} />
        </label>
        <label>
          {recompute.rule}
          <select name="extractor">
            <option value="">{recompute.sameRule}</option>
            {about?.extractors.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="grow">
          {recompute.reason}
          <input name="reason" maxLength={1_000} />
        </label>
        <label class="tick">
          <input type="checkbox" name="hold" defaultChecked />
          {recompute.hold}
        </label>
        <button type="submit" disabled={preview.isBusy}>
          {preview.isBusy ? recompute.looking : recompute.look}
        </button>
      </form>
      <Said problem={preview.problem} said={preview.isBusy ? recompute.looking : null} />
      {looked?.response.preview && (
        <>
          <PreviewCard preview={looked.response.preview} />
          {mayChange ? (
            <p class="row">
              <button type="button" disabled={start.isBusy} onClick={() => void begin(looked.body)}>
                {looked.body.hold ? recompute.startHeld : recompute.startNow}
              </button>
            </p>
          ) : (
            <p class="note">{about?.changing === 'off' ? text.token.off : text.token.about}</p>
          )}
        </>
      )}
      <Said problem={start.problem} said={start.said} />
      {isUnseen && <Progress workflowId={started} />}
    </section>
  )
}

function readBody(form: FormData, board: string, zone: string): RecomputeBody {
  const given = (name: string) => {
    const value = form.get(name)
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  }
  const hour = (name: string) => {
    const local = given(name)
    return local === undefined ? undefined : hourAt(local, zone)
  }
  const since = hour('since')
  const until = hour('until')
  const extractor = given('extractor')
  const reason = given('reason')
  const kind = given('kind') === 'rebuild' ? 'rebuild' : 'recompute'
  return {
    kind,
    hold: form.get('hold') === 'on',
    newestFirst: false,
    ...(since && kind === 'recompute' ? { since } : {}),
    ...(until && kind === 'recompute' ? { until } : {}),
    ...(extractor ? { extractors: { [board]: extractor } } : {}),
    ...(reason ? { reason } : {}),
  }
}
