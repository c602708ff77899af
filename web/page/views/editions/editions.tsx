/** Histories of views: which is live, which are being built, what would change, and what a person decides of them. */
import type { Edition, EditionsResponse } from '../../../contract/editions.ts'
import { StandingToken } from '../../parts/standing-token.tsx'
import { WhenKnown } from '../../parts/states.tsx'
import { question } from '../../state/api.ts'
import { type Page, useAsked, usePage } from '../../state/page-context.ts'
import { hrefOf } from '../../state/route.ts'
import { tellChange } from '../../text/told.ts'
import { Decide } from './decide.tsx'
import { askDiff, DiffSection } from './diff.tsx'
import { Progress } from './progress.tsx'
import { Recompute } from './recompute.tsx'
import { RunsSection } from './runs.tsx'

const REFRESH_MS = 5_000
/** While one is being built, or waits for what a person has decided to happen. */
const REFRESH_BUSY_MS = 1_500

export function askEditions(where: Pick<Page, 'route'>) {
  const diff = askDiff(where)
  return [question('editions'), question('runs'), ...(diff ? [diff] : [])]
}

export function EditionsView() {
  const page = usePage()
  const { text, api } = page
  const before = api.known(question('editions'))?.data?.editions ?? []
  const isBusy = before.some(({ state }) => state === 'building' || state === 'held')
  const known = useAsked(question('editions'), isBusy ? REFRESH_BUSY_MS : REFRESH_MS)
  const diff = askDiff(page)
  return (
    <>
      <header class="view-head">
        <div>
          <h1>{text.editions.title}</h1>
          <p class="lead">{text.editions.lead}</p>
        </div>
        <StandingToken />
      </header>
      {diff && <DiffSection asked={diff} />}
      <WhenKnown known={known} again={() => void api.ask(question('editions'))}>
        {(response) =>
          response.editions.length === 0 ? (
            <section class="state">
              <h2>{text.editions.none}</h2>
              <p>{text.editions.noneBody}</p>
            </section>
          ) : (
            <Editions response={response} />
          )
        }
      </WhenKnown>
      <Recompute live={known?.data?.live?.edition ?? null} editions={known?.data?.editions ?? []} />
      <RunsSection />
    </>
  )
}

function Editions({ response }: { readonly response: EditionsResponse }) {
  const { live, editions } = response
  return (
    <ol class="editions">
      {editions.map((edition) => (
        <li key={edition.number} class={`card edition ${edition.state}`}>
          <EditionCard edition={edition} live={live} />
        </li>
      ))}
    </ol>
  )
}

function EditionCard({ edition, live }: { readonly edition: Edition; readonly live: EditionsResponse['live'] }) {
  const { text, format } = usePage()
  const { editions } = text
  const { number, state, parent, since, until, extractors, reason, by, run } = edition
  const isBuilding = state === 'building' || state === 'held'
  const facts = [
    { name: editions.rules, value: Object.values(extractors).join(', ') },
    {
      name: editions.hours,
      value: editions.span(since && format.momentOf(since), until && format.momentOf(until)),
    },
    {
      name: editions.computed,
      value: `${text.range.hours(edition.hours)}, ${text.posts(format.count(edition.records))}`,
    },
    { name: editions.parent, value: parent === null ? null : `${parent}` },
    { name: editions.published, value: edition.publishedAt && format.moment(edition.publishedAt) },
    { name: editions.cleared, value: edition.clearedAt && format.moment(edition.clearedAt) },
    { name: editions.keptUntil, value: edition.keepUntil && format.moment(edition.keepUntil) },
  ].filter(({ value }) => value)
  return (
    <>
      <header class="card-head">
        <h2>
          {editions.numbered(number)} <span class={`badge ${state}`}>{editions.states[state]}</span>
        </h2>
        <p class="row links">
          {live && live.edition !== number && edition.clearedAt === null && (
            <a href={hrefOf('editions', { a: live.edition, b: number })}>{editions.compare(live.edition)}</a>
          )}
          {run && (
            <a href={run.url} rel="noreferrer">
              {editions.run}
            </a>
          )}
        </p>
      </header>
      <p>
        {reason} <span class="quiet">{editions.by(by, format.moment(edition.createdAt))}</span>
      </p>
      {isBuilding && run && <Progress workflowId={run.workflowId} />}
      <dl class="facts">
        {facts.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>{editions.changes}</summary>
        <ol class="changes">
          {edition.changes.map((change) => (
            <li key={`${change.state} ${change.at}`}>
              <span class={`badge ${change.state}`}>{editions.states[change.state]}</span> {format.moment(change.at)},{' '}
              {change.by}
              <Why change={change} />
            </li>
          ))}
        </ol>
      </details>
      <Decide edition={edition} live={live} />
    </>
  )
}

/** In the page's words where Tendance is the reason; else as somebody wrote it. */
function Why({ change }: { readonly change: Edition['changes'][number] }) {
  const told = tellChange(usePage(), change)
  if (!change.why) return null
  return (
    <>
      {' · '}
      {told ? <span class="quiet">{told}</span> : <q class="quiet">{change.why}</q>}
    </>
  )
}
