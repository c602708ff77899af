/** How far the run is that builds an edition. */
import { Quoted } from '../../parts/problem-words.tsx'
import { question } from '../../state/api.ts'
import { useAsked, usePage } from '../../state/page-context.ts'
import { tellNote } from '../../text/told.ts'

const REFRESH_MS = 2_000

export function Progress({ workflowId }: { readonly workflowId: string }) {
  const page = usePage()
  const { text, format } = page
  const known = useAsked(question('run', { id: workflowId }), REFRESH_MS)
  const { progress, failure } = known?.data ?? {}
  if (failure) {
    return (
      <p class="note stale">
        {text.runs.failed} <Quoted>{failure}</Quoted>
      </p>
    )
  }
  if (!progress) return null
  const { phase, fraction, hoursDone, hoursPlanned, hoursAhead, records, failed, paused } = progress
  const note = tellNote(page, progress)
  const percent = Math.round(fraction * 100)
  const hours = hoursDone + hoursPlanned + hoursAhead
  return (
    <div class="progress">
      <p>
        <strong>{paused ? text.editions.paused : text.editions.phases[phase]}</strong>{' '}
        {hours > 0 && (
          <span class="quiet">
            {text.editions.done(format.count(hoursDone), format.count(hours), format.count(records))}
          </span>
        )}
      </p>
      <progress value={percent} max={100} aria-label={text.editions.phases[phase]}>
        {percent} %
      </progress>
      {note && <p class="quiet small">{note}</p>}
      {failed.map(({ hour, message }) => (
        <p key={hour} class="note stale">
          {text.runs.failedHour(format.momentOf(hour))} <Quoted>{message}</Quoted>
        </p>
      ))}
    </div>
  )
}
