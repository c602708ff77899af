/** A day hour by hour: the bump chart of ranks, the grid of the same, and what is different about some hours. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { hourOf, nextHour } from '../../../model/time.ts'
import type { Answer } from '../../contract/top.ts'
import { BumpChart, type HotPoint } from '../charts/bump.tsx'
import { type RankLine, rankLines } from '../charts/ranks.ts'
import { addDays, dayOf, hoursOfDay, isDay } from '../format/zoned.ts'
import { Icon } from '../parts/icons.tsx'
import { MadeFrom } from '../parts/made-from.tsx'
import { MovementMark } from '../parts/movement.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { StandingBadge } from '../parts/standing.tsx'
import { WhenKnown } from '../parts/states.tsx'
import { hrefOfTerm } from '../parts/term-link.tsx'
import { useRoving } from '../parts/use-roving.ts'
import { type Question, question } from '../state/api.ts'
import { type Page, useAsked, usePage } from '../state/page-context.ts'
import { hrefOf } from '../state/route.ts'
import { HourNotes } from './hour-notes.tsx'

const RANKS = 10
const COLOURS = 10
const LAST_HOURS = 24
const REFRESH_MS = 15_000
/** A year that is still being typed is before it: no day yet. */
const FIRST_DAY = '1970-01-01'

type Where = Pick<Page, 'route' | 'preferences' | 'now'>

/** The running hour is the last of the 24. */
export function askHours({ route, preferences, now }: Where): readonly [Question<'top'>] {
  const day = route.query['day']
  const hours = day !== undefined && isDay(day) ? hoursOfDay(day, preferences.zone) : []
  const running = hourOf(now)
  const from = hours[0] ?? nextHour(running, 1 - LAST_HOURS)
  const to = nextHour(hours.at(-1) ?? running)
  return [question('top', { from, to, by: 'hour', n: RANKS, edition: route.query['edition'] })]
}

export function HoursView() {
  const page = usePage()
  const { text, api } = page
  const asked = askHours(page)[0]
  const known = useAsked(asked, REFRESH_MS)
  return (
    <>
      <header class="view-head">
        <div>
          <h1>{text.hours.title}</h1>
          <p class="lead">{text.hours.lead}</p>
        </div>
        <DayPicker />
      </header>
      <WhenKnown known={known} again={() => void api.ask(asked)}>
        {({ answers }) => <Day answers={answers} />}
      </WhenKnown>
    </>
  )
}

function DayPicker() {
  const { text, route, preferences, now, format } = usePage()
  const { zone } = preferences
  const today = dayOf(now, zone)
  const { day } = route.query
  const chosen = day !== undefined && isDay(day) ? day : null
  const shown = chosen ?? today
  const hrefOfDay = (to: string) => hrefOf('hours', { day: to, tz: zone, edition: route.query['edition'] })
  const before = addDays(shown, -1)
  const after = addDays(shown, 1)
  return (
    <form class="row picker" method="get" action="/hours">
      {chosen ? (
        <a class="button" href={hrefOf('hours')}>
          {text.hours.last}
        </a>
      ) : (
        <span class="button on" aria-current="true">
          {text.hours.last}
        </span>
      )}
      <a
        class="button icon-only"
        href={hrefOfDay(before)}
        aria-label={text.hours.before}
        title={format.longDay(Date.parse(before))}
      >
        <Icon name="before" />
      </a>
      <label class="unseen" for="day">
        {text.hours.day}
      </label>
      <input id="day" type="date" name="day" value={chosen ?? ''} min={FIRST_DAY} max={today} data-submit />
      <input type="hidden" name="tz" value={zone} />
      {after <= today ? (
        <a
          class="button icon-only"
          href={hrefOfDay(after)}
          aria-label={text.hours.after}
          title={format.longDay(Date.parse(after))}
        >
          <Icon name="after" />
        </a>
      ) : (
        <span class="button icon-only off" aria-hidden="true">
          <Icon name="after" />
        </span>
      )}
      <button type="submit" class="without-script">
        {text.hours.show}
      </button>
    </form>
  )
}

function Day({ answers }: { readonly answers: readonly Answer[] }) {
  const { text } = usePage()
  const lines = useMemo(
    () =>
      rankLines(
        answers.map(({ rows }) => rows),
        COLOURS,
      ),
    [answers],
  )
  const [hot, setHot] = useState<{ readonly point: HotPoint; readonly at: Element } | null>(null)
  const onHot = (point: HotPoint | null, at?: Element) => setHot(point && at ? { point, at } : null)
  const legend = lines.filter(({ colour }) => colour !== null).reverse()
  if (lines.length === 0) {
    return (
      <section class="state empty">
        <h2>{text.hours.emptyDay}</h2>
        <HourNotes answers={answers} />
      </section>
    )
  }
  return (
    <>
      <section class="card" aria-labelledby="ranks">
        <header class="card-head">
          <h2 id="ranks">{text.hours.chartTitle}</h2>
          <p class="facts quiet">
            <MadeFrom answers={answers} />
          </p>
        </header>
        <BumpChart
          answers={answers}
          lines={lines}
          ranks={RANKS}
          hot={hot?.point ?? null}
          onHot={onHot}
          hrefOfTerm={hrefOfTerm}
        />
        {hot && <Tip answers={answers} point={hot.point} at={hot.at} />}
        <Legend lines={legend} onHot={onHot} />
      </section>
      <HourNotes answers={answers} />
      <Grid answers={answers} lines={lines} />
    </>
  )
}

function Legend({
  lines,
  onHot,
}: {
  readonly lines: readonly RankLine[]
  readonly onHot: (point: HotPoint | null, at?: Element) => void
}) {
  const { text, format } = usePage()
  return (
    <div class="legend">
      <h3>{text.hours.legend}</h3>
      <ul>
        {lines.map(({ key, shown, colour, count, best }) => {
          const warm = (event: { readonly currentTarget: Element }) =>
            onHot({ key, column: best.column }, event.currentTarget)
          return (
            <li key={key}>
              <a
                class={`chip k${colour}`}
                href={hrefOfTerm(shown)}
                onPointerEnter={warm}
                onPointerLeave={() => onHot(null)}
                onFocus={warm}
                onBlur={() => onHot(null)}
              >
                <span class="swatch" aria-hidden="true" />
                <bdi>#{shown}</bdi>
                <span class="quiet">{format.count(count)}</span>
              </a>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

/** What is under the pointer, near it. Its place is set by script: the policy allows no style in the text of the page. */
function Tip({
  answers,
  point,
  at,
}: {
  readonly answers: readonly Answer[]
  readonly point: HotPoint
  readonly at: Element
}) {
  const { text, format } = usePage()
  const tip = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const box = tip.current
    if (!box) return
    const place = at.getBoundingClientRect()
    const half = box.offsetWidth / 2
    const middle = Math.min(Math.max(place.left + place.width / 2, half + 8), innerWidth - half - 8)
    const above = place.top - box.offsetHeight - 10
    box.style.left = `${middle - half}px`
    box.style.top = `${above < 8 ? place.bottom + 10 : above}px`
  }, [at, point])
  const answer = answers[point.column]
  const row = answer?.rows.find(({ key }) => key === point.key)
  if (!answer || !row) return null
  return (
    <div class="tip" ref={tip} aria-hidden="true">
      <strong>#{row.shown}</strong>
      <span>
        {format.hourSpan(answer.from)} · {text.table.rank} {row.rank}
      </span>
      <span>
        {text.posts(format.count(row.count))} · {format.share(row.count, answer.records)}{' '}
        <MovementMark movement={row.movement} />
      </span>
    </div>
  )
}

function Grid({ answers, lines }: { readonly answers: readonly Answer[]; readonly lines: readonly RankLine[] }) {
  const { text, format } = usePage()
  const grid = useRef<HTMLTableElement>(null)
  useRoving(grid, answers.map(({ rows }) => rows.length).join())
  const colours = new Map(lines.flatMap(({ key, colour }) => (colour === null ? [] : [[key, colour] as const])))
  return (
    <section class="card" aria-labelledby="grid">
      <h2 id="grid">{text.hours.gridTitle}</h2>
      <Scroll of="table" label={text.hours.gridTitle}>
        <table class="rank-grid" ref={grid}>
          <thead>
            <tr>
              <th scope="col">{text.table.hour}</th>
              {Array.from({ length: RANKS }, (_, i) => (
                <th key={i} scope="col" aria-label={`${text.table.rank} ${i + 1}`}>
                  {i + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answers.toReversed().map((answer, i, rows) => (
              <tr key={answer.from} class={answer.standing ?? 'missing'} data-row>
                <th scope="row">
                  {startsDay(answer, rows[i - 1], format.zone) && (
                    <span class="day">{format.day(Date.parse(`${answer.from}:00Z`))}</span>
                  )}
                  <span class="hour">{format.hour(answer.from)}</span>
                  {answer.standing !== 'sealed' && <StandingBadge standing={answer.standing ?? 'missing'} />}
                </th>
                {answer.rows.map((row) => (
                  <td key={row.key} class={colours.has(row.key) ? `k${colours.get(row.key)}` : ''}>
                    <a href={hrefOfTerm(row.shown)} dir="auto" data-cell>
                      <bdi>{row.shown}</bdi>
                    </a>
                    <span class="quiet">{format.count(row.count)}</span>
                  </td>
                ))}
                {answer.rows.length < RANKS && (
                  <td colSpan={RANKS - answer.rows.length} class="quiet why">
                    {answer.rows.length === 0 && text.gapWhy[answer.provenance.gaps[0]?.why ?? 'unknown']}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

/** The newest stands first: a day's name stands where the row above is of another day. */
function startsDay({ from }: Answer, above: Answer | undefined, zone: string): boolean {
  const day = (hour: string) => dayOf(Date.parse(`${hour}:00Z`), zone)
  return above === undefined || day(above.from) !== day(from)
}
