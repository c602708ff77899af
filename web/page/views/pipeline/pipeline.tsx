/** How far everything is. What is wrong now stands on top, in words; then the hours as a calendar, then who reads, how far, how fast. */
import { hourOf, nextHour } from '../../../../model/time.ts'
import type { PipelineProblem } from '../../../contract/pipeline.ts'
import { Icon } from '../../parts/icons.tsx'
import { WhenKnown } from '../../parts/states.tsx'
import { question } from '../../state/api.ts'
import { type Page, useAsked, usePage } from '../../state/page-context.ts'
import { hrefOf } from '../../state/route.ts'
import { tellProblem } from '../../text/told.ts'
import { HourCalendar } from './calendar.tsx'
import { DeadLetters, Groups, Schedule, Services, Sources, Workers } from './tables.tsx'

const REFRESH_MS = 5_000
/** While dead letters are being read. */
const REFRESH_SOON_MS = 1_000
const SOURCES_MS = 5_000
const LEDGER_MS = 20_000
const DAYS = 14

export function askPipeline({ route, now }: Pick<Page, 'route' | 'now'>) {
  return [question('pipeline'), question('sources'), askLedger({ route, now })] as const
}

function askLedger({ now }: Pick<Page, 'route' | 'now'>) {
  const to = nextHour(hourOf(now))
  return question('hours', { from: nextHour(to, -24 * DAYS), to })
}

export function PipelineView() {
  const page = usePage()
  const { text, api } = page
  const isReading = api.known(question('pipeline'))?.data?.deadLetters?.reading ?? false
  const pipeline = useAsked(question('pipeline'), isReading ? REFRESH_SOON_MS : REFRESH_MS)
  const sources = useAsked(question('sources'), SOURCES_MS)
  const ledgerAsked = askLedger(page)
  const ledger = useAsked(ledgerAsked, LEDGER_MS)
  return (
    <>
      <header class="view-head">
        <div>
          <h1>{text.pipeline.title}</h1>
          <p class="lead">{text.pipeline.lead}</p>
        </div>
      </header>
      <WhenKnown known={pipeline} again={() => void api.ask(question('pipeline'))}>
        {({ problems }) => <Problems problems={problems} />}
      </WhenKnown>
      <section class="card" aria-labelledby="calendar">
        <h2 id="calendar">{text.pipeline.hoursTitle}</h2>
        <WhenKnown known={ledger} again={() => void api.ask(ledgerAsked)}>
          {(response) => <HourCalendar ledger={response} />}
        </WhenKnown>
      </section>
      {pipeline?.data && (
        <div class="two-columns">
          <Groups pipeline={pipeline.data} />
          <Workers workers={pipeline.data.workers} />
          <Schedule schedule={pipeline.data.schedule} />
          <Services services={pipeline.data.services} />
        </div>
      )}
      {sources && (
        <WhenKnown known={sources} again={() => void api.ask(question('sources'))}>
          {({ sources: told }) => <Sources sources={told} />}
        </WhenKnown>
      )}
      {pipeline?.data?.deadLetters && <DeadLetters deadLetters={pipeline.data.deadLetters} />}
    </>
  )
}

function Problems({ problems }: { readonly problems: readonly PipelineProblem[] }) {
  const page = usePage()
  const { text, format } = page
  if (problems.length === 0) {
    return (
      <p class="note well" role="status">
        <Icon name="done" /> <strong>{text.pipeline.well}</strong>
      </p>
    )
  }
  return (
    <section class="problems" aria-label={text.pipeline.problems(problems.length)}>
      <h2>{text.pipeline.problems(problems.length)}</h2>
      <ul>
        {problems.map((problem) => {
          const { severity, code, message, hours } = problem
          const { what, todo, lang } = tellProblem(page, problem)
          return (
            <li key={`${code} ${message} ${hours?.from}`} class={`problem ${severity}`}>
              <Icon name="warning" />
              <div>
                <p>
                  <span class={`badge ${severity}`}>{text.pipeline.severities[severity]}</span>{' '}
                  <strong lang={lang}>{what}</strong>
                  {hours && (
                    <>
                      {' · '}
                      <a href={hrefOf('pipeline', { hour: hours.from })}>
                        {text.range.resultTitle(format.momentOf(hours.from), format.momentOf(hours.to))}
                      </a>
                    </>
                  )}
                </p>
                <p class="quiet" lang={lang}>
                  {todo}
                </p>
              </div>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
