/** One term: its counts by hour over days, where it ranked, how people spell it. The same as `tendance term`. */
import { hourOf, nextHour } from '../../../model/time.ts'
import type { TermResponse } from '../../contract/term.ts'
import { HourCounts, rankWords } from '../charts/hour-counts.tsx'
import { ProofBadge } from '../parts/standing.tsx'
import { WhenKnown } from '../parts/states.tsx'
import { type Question, question } from '../state/api.ts'
import { type Page, useAsked, usePage } from '../state/page-context.ts'
import { tellDoubt } from '../text/told.ts'
import { TermDays } from './term-days.tsx'

const LASTS = { '24h': 24, '7d': 168, '30d': 720, '90d': 2_160 } as const
type Last = keyof typeof LASTS
const OTHERWISE: Last = '7d'

type Where = Pick<Page, 'route' | 'now'>

function lastOf({ route }: Where): Last {
  const { last } = route.query
  return last !== undefined && Object.hasOwn(LASTS, last) ? (last as Last) : OTHERWISE
}

/** The running hour is the last. An address with `from` and `to` (UTC hours) shows just those. */
export function askTerm(where: Where): readonly Question<'term'>[] {
  const { term, from, to, edition } = where.route.query
  if (term === undefined) return []
  const running = hourOf(where.now)
  const isFixed = from !== undefined && to !== undefined
  const window = isFixed ? { from, to } : { from: nextHour(running, 1 - LASTS[lastOf(where)]), to: nextHour(running) }
  return [question('term', { term, ...window, edition })]
}

export function TermView() {
  const page = usePage()
  const { text, api, route } = page
  const asked = askTerm(page)[0] ?? null
  const known = useAsked(asked)
  const { term } = route.query
  return (
    <>
      <header class="view-head">
        <div>
          <h1 dir="auto">{term === undefined ? text.term.title : `#${term.replace(/^#/, '')}`}</h1>
          <p class="lead">{text.term.lead}</p>
        </div>
        <Search />
      </header>
      {asked ? (
        <WhenKnown known={known} again={() => void api.ask(asked)}>
          {(answer) => <Story answer={answer} />}
        </WhenKnown>
      ) : (
        <section class="state">
          <h2>{text.term.askTitle}</h2>
          <p>{text.term.askBody}</p>
        </section>
      )}
    </>
  )
}

function Search() {
  const page = usePage()
  const { text, route } = page
  const last = lastOf(page)
  return (
    <form method="get" action="/term" class="row">
      <label>
        {text.table.term}
        <input
          key={route.query['term']}
          type="search"
          name="term"
          required
          maxLength={300}
          value={route.query['term'] ?? ''}
          placeholder="#"
        />
      </label>
      <label>
        {text.term.over}
        <select name="last" data-submit>
          {(Object.keys(LASTS) as Last[]).map((one) => (
            <option key={one} value={one} selected={one === last}>
              {text.term.lasts[one]}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{text.range.ask}</button>
    </form>
  )
}

function Story({ answer }: { readonly answer: TermResponse }) {
  const page = usePage()
  const { text, format } = page
  const { hours, count, countMax, exact, shown, term } = answer
  const doubt = tellDoubt(page, answer)
  const name = `#${shown ?? term.replace(/^#/, '')}`
  if (countMax === 0) {
    return (
      <section class="state">
        <h2>{text.term.nobody(name)}</h2>
        <p>{text.term.nobodyWhy(format.momentOf(answer.from), format.momentOf(answer.to))}</p>
      </section>
    )
  }
  const label = text.term.chartAbout(name, format.momentOf(answer.from), format.momentOf(answer.to))
  return (
    <>
      <Facts answer={answer} />
      <section class="card" aria-labelledby="counts">
        <header class="card-head">
          <div>
            <h2 id="counts">{text.term.chartTitle}</h2>
            <p class="quiet">
              {text.posts(format.count(count))}
              {countMax > count && ` – ${format.count(countMax)}`}
            </p>
          </div>
          <ProofBadge exact={exact} bound={countMax - count} why={doubt} />
        </header>
        {doubt && <p class="note">{text.proof.notExact(doubt)}</p>}
        <HourCounts hours={hours} label={label} />
      </section>
      <TermDays hours={hours} />
      {answer.spellings.length > 0 && <Spellings spellings={answer.spellings} />}
    </>
  )
}

function Facts({ answer }: { readonly answer: TermResponse }) {
  const { text, format } = usePage()
  const { firstSeen, lastSeen, peak, best, hours } = answer
  const last = hours.findLast(({ count }) => count > 0)
  const facts = [
    { name: text.term.first, value: firstSeen && format.momentOf(firstSeen), more: null },
    {
      name: text.term.peak,
      value: peak && text.posts(format.count(peak.count)),
      more: peak && format.momentOf(peak.hour),
    },
    { name: text.term.best, value: best && text.term.rank(best.rank), more: best && format.momentOf(best.hour) },
    {
      name: text.term.last,
      value: lastSeen && format.momentOf(lastSeen),
      more: last ? rankWords(last, text.term) : null,
    },
  ]
  return (
    <dl class="fact-cards">
      {facts.map(({ name, value, more }) => (
        <div key={name} class="card">
          <dt>{name}</dt>
          <dd>
            <strong>{value ?? '–'}</strong>
            {more && <span class="quiet">{more}</span>}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Spellings({ spellings }: Pick<TermResponse, 'spellings'>) {
  const { text, format } = usePage()
  return (
    <section class="card" aria-labelledby="spellings">
      <h2 id="spellings">{text.term.spellings}</h2>
      <p class="quiet small">{text.term.spellingsWhy}</p>
      <ul class="chips">
        {spellings.map(({ shown, hours, count }) => (
          <li key={shown}>
            <span class="chip">
              <bdi>#{shown}</bdi>
              <span class="quiet">
                {text.range.hours(hours)}, {text.posts(format.count(count))}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
