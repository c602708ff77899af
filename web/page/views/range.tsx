/** The proven top between two moments, to look at, to take along, and to show to others by its address. */
import { useState } from 'preact/hooks'
import type { Answer, TopResponse } from '../../contract/top.ts'
import { toCsv } from '../format/csv.ts'
import { localOf } from '../format/zoned.ts'
import { Icon } from '../parts/icons.tsx'
import { MadeFrom } from '../parts/made-from.tsx'
import { ShareBar } from '../parts/share-bar.tsx'
import { ProofBadge } from '../parts/standing.tsx'
import { WhenKnown } from '../parts/states.tsx'
import { TermLink } from '../parts/term-link.tsx'
import { type Question, question } from '../state/api.ts'
import { type Page, useAsked, usePage } from '../state/page-context.ts'
import { hrefOf } from '../state/route.ts'
import { tellDoubt } from '../text/told.ts'
import { hourFrom, LASTS, type Last, type RangeWindow, readWindow } from './range-window.ts'

const SIZES = [10, 20, 50, 100]
const OTHERWISE: Last = '24h'

type Where = Pick<Page, 'route' | 'preferences' | 'now'>

function windowOf({ route, preferences, now }: Where): RangeWindow | undefined {
  return readWindow(route.query, { zone: preferences.zone, now, otherwise: OTHERWISE })
}

function sizeOf({ route }: Pick<Page, 'route'>): number {
  const n = Number(route.query['n'])
  return SIZES.includes(n) ? n : 20
}

export function askRange(where: Where): readonly Question<'top'>[] {
  const window = windowOf(where)
  if (!window) return []
  const { edition, digest } = where.route.query
  const { from, to } = window
  return [question('top', { from, to, n: sizeOf(where), edition, digest })]
}

export function RangeView() {
  const page = usePage()
  const { text, api } = page
  const asked = askRange(page)[0] ?? null
  const known = useAsked(asked, page.route.query['digest'] ? 3_600_000 : 30_000)
  return (
    <>
      <header class="view-head">
        <div>
          <h1>{text.range.title}</h1>
          <p class="lead">{text.range.lead}</p>
        </div>
      </header>
      <RangeForm />
      {asked ? (
        <WhenKnown known={known} again={() => void api.ask(asked)}>
          {(response) => <Result response={response} path={asked.path} />}
        </WhenKnown>
      ) : (
        <p class="note" role="alert">
          {text.range.wrong}
        </p>
      )}
    </>
  )
}

function RangeForm() {
  const page = usePage()
  const { text, route, preferences } = page
  const { zone } = preferences
  const window = windowOf(page)
  const n = sizeOf(page)
  const { from, to, last } = route.query
  return (
    <section class="card form-card">
      <form method="get" action="/range" class="row">
        <label>
          {text.range.from}
          <input
            type="datetime-local"
            name="from"
            step={3_600}
            required
            value={localOfGiven(window?.from ?? from, zone)}
          />
        </label>
        <label>
          {text.range.to}
          <input type="datetime-local" name="to" step={3_600} required value={localOfGiven(window?.to ?? to, zone)} />
        </label>
        <label>
          {text.range.n}
          <select name="n">
            {SIZES.map((size) => (
              <option key={size} value={size} selected={size === n}>
                {size}
              </option>
            ))}
          </select>
        </label>
        <input type="hidden" name="tz" value={zone} />
        <button type="submit">{text.range.ask}</button>
        <span class="presets">
          {(Object.keys(LASTS) as Last[]).map((one) => {
            const isOn = from === undefined && (last ?? OTHERWISE) === one
            return (
              <a
                key={one}
                class={`button${isOn ? ' on' : ''}`}
                href={hrefOf('range', { last: one, n })}
                aria-current={isOn ? 'true' : undefined}
              >
                {text.range.last[one]}
              </a>
            )
          })}
        </span>
      </form>
    </section>
  )
}

/** Of a window that is none, what was given of it stays in the form. */
function localOfGiven(given: string | undefined, zone: string): string | undefined {
  const hour = given === undefined ? undefined : hourFrom(given, zone)
  return hour && localOf(hour, zone)
}

function Result({ response, path }: { readonly response: TopResponse; readonly path: string }) {
  const page = usePage()
  const { text, format } = page
  const answer = response.answers[0]
  if (!answer) return null
  const { rows, exact, bound, records, distinct, provenance } = answer
  const doubt = tellDoubt(page, answer)
  const most = rows[0]?.count ?? 0
  const lacking = provenance.quarantined.reduce((sum, { records }) => sum + records, 0)
  return (
    <section class="card" aria-labelledby="result">
      <header class="card-head">
        <div>
          <h2 id="result">{text.range.resultTitle(format.momentOf(answer.from), format.momentOf(answer.to))}</h2>
          <p class="facts quiet">
            <span>{text.posts(format.count(records))}</span>
            <span>{text.range.distinct(format.count(distinct))}</span>
            <Hours answer={answer} />
            <MadeFrom answers={[answer]} />
          </p>
        </div>
        <div class="badges">
          <ProofBadge exact={exact} bound={bound} why={doubt} />
        </div>
      </header>
      {doubt && <p class="note">{text.proof.notExact(doubt)}</p>}
      {provenance.extractors.length > 1 && <p class="note">{text.range.mixed(provenance.extractors.join(', '))}</p>}
      {lacking > 0 && <p class="note">{text.range.lacks(format.count(lacking))}</p>}
      <Take response={response} answer={answer} path={path} />
      <table class="range-table">
        <thead>
          <tr>
            <th scope="col">{text.table.rank}</th>
            <th scope="col">{text.table.term}</th>
            <th scope="col" class="number">
              {text.table.count}
            </th>
            <th scope="col" class="number">
              {text.table.share}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td class="rank">{row.rank}</td>
              <td>
                <TermLink shown={row.shown} />
                <ShareBar part={row.count} of={most} />
              </td>
              <td class="number">
                {format.count(row.count)}
                {row.countMax > row.count && <span class="quiet"> –{format.count(row.countMax)}</span>}
              </td>
              <td class="number quiet">{format.share(row.count, records)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet small">{text.range.shareNote}</p>
    </section>
  )
}

function Hours({ answer }: { readonly answer: Answer }) {
  const { text } = usePage()
  const { hours } = answer.provenance
  const kinds = (['sealed', 'amended', 'provisional', 'missing'] as const).filter((kind) => hours[kind] > 0)
  return (
    <>
      <span>{text.range.hoursBy(hours.sealed + hours.amended + hours.provisional + hours.missing)}</span>
      {kinds.map((kind) => (
        <span key={kind} class={`badge ${kind}`} title={text.standingWhy[kind]}>
          {text.range.standings[kind](hours[kind])}
        </span>
      ))}
    </>
  )
}

/** Export, and the address that shows the same to others: with its hours, and with the digest where the answer has one. */
function Take({
  response,
  answer,
  path,
}: {
  readonly response: TopResponse
  readonly answer: Answer
  readonly path: string
}) {
  const { text, isAlive, preferences } = usePage()
  const [copied, setCopied] = useState(false)
  const { from, to, n, digest, permanent } = response
  const name = `tendance-${from}-${to}`
  const edition = new URLSearchParams(permanent?.split('?')[1]).get('edition') ?? undefined
  const link = hrefOf('range', { from, to, n, tz: preferences.zone, ...(digest && edition ? { edition, digest } : {}) })
  const copy = async () => {
    await navigator.clipboard?.writeText(new URL(link, location.href).href).then(
      () => setCopied(true),
      () => undefined,
    )
  }
  const save = () => {
    const header = ['rank', 'term', 'key', 'count', 'count_max', 'share_of_posts']
    const rows = answer.rows.map((row) => [
      row.rank,
      row.shown,
      row.key,
      row.count,
      row.countMax,
      answer.records === 0 ? 0 : row.count / answer.records,
    ])
    download(`${name}.csv`, 'text/csv', toCsv(header, rows))
  }
  return (
    <p class="row take">
      {isAlive && (
        <button type="button" class="plain" onClick={save}>
          {text.range.csv}
        </button>
      )}
      <a class="button" href={path} download={`${name}.json`} data-native>
        {text.range.json}
      </a>
      {isAlive && (
        <button type="button" class="plain" onClick={() => void copy()}>
          <Icon name={copied ? 'done' : 'link'} />
          <span role="status">{copied ? text.range.copied : text.range.link}</span>
        </button>
      )}
      {permanent && (
        <a class="quiet" href={link}>
          {text.range.permanent}
        </a>
      )}
    </p>
  )
}

function download(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob(['\uFEFF', content], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
