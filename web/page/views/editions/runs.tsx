/** The latest runs of batch work, as Temporal has them. */
import { Scroll } from '../../parts/scroll.tsx'
import { WhenKnown } from '../../parts/states.tsx'
import { question } from '../../state/api.ts'
import { useAsked, usePage } from '../../state/page-context.ts'
import { wordOf } from '../../text/told.ts'

export function RunsSection() {
  const { text, api, format } = usePage()
  const asked = question('runs')
  const known = useAsked(asked, 10_000)
  return (
    <section class="card" aria-labelledby="runs">
      <h2 id="runs">{text.runs.title}</h2>
      <WhenKnown known={known} again={() => void api.ask(asked)}>
        {({ runs }) =>
          runs.length === 0 ? (
            <p class="quiet">{text.runs.none}</p>
          ) : (
            <Scroll of="table" label={text.runs.title}>
              <table class="plain-table">
                <thead>
                  <tr>
                    <th scope="col">{text.runs.kind}</th>
                    <th scope="col">{text.table.state}</th>
                    <th scope="col">{text.runs.started}</th>
                    <th scope="col">{text.runs.took}</th>
                    <th scope="col">{text.runs.inTemporal}</th>
                  </tr>
                </thead>
                <tbody>
                  {runs.map(({ workflowId, kind, status, startedAt, closedAt, url }) => (
                    <tr key={`${workflowId} ${startedAt}`}>
                      <th scope="row">{wordOf(text.runs.kinds, kind)}</th>
                      <td>
                        <span class={`badge ${RUN_BADGE[status] ?? ''}`}>{text.runs.statuses[status]}</span>
                      </td>
                      <td>{format.moment(startedAt)}</td>
                      <td>{closedAt === null ? '–' : format.seconds((closedAt - startedAt) / 1_000)}</td>
                      <td>
                        <a href={url} rel="noreferrer">
                          {workflowId}
                        </a>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </WhenKnown>
    </section>
  )
}

const RUN_BADGE: Readonly<Record<string, string>> = {
  running: 'building',
  completed: 'ok',
  failed: 'failed',
  'timed-out': 'failed',
  terminated: 'failed',
}
