/** What would change for readers if edition b were live instead of a. */
import type { DiffResponse, DiffRow } from '../../../contract/editions.ts'
import { Scroll } from '../../parts/scroll.tsx'
import { WhenKnown } from '../../parts/states.tsx'
import { TermLink } from '../../parts/term-link.tsx'
import { type Question, question } from '../../state/api.ts'
import { type Page, useAsked, usePage } from '../../state/page-context.ts'
import { hrefOf } from '../../state/route.ts'

const GREATEST = 12

export function askDiff({ route }: Pick<Page, 'route'>): Question<'diff'> | null {
  const { a, b } = route.query
  return a !== undefined && b !== undefined ? question('diff', { a, b, n: 10, limit: 24 }) : null
}

export function DiffSection({ asked }: { readonly asked: Question<'diff'> }) {
  const { text, api, route } = usePage()
  const known = useAsked(asked, 60_000)
  const { a = '', b = '' } = route.query
  return (
    <section class="card" aria-labelledby="diff">
      <header class="card-head">
        <h2 id="diff">{text.diff.title(a, b)}</h2>
        <a href={hrefOf('editions')}>{text.diff.close}</a>
      </header>
      <WhenKnown known={known} again={() => void api.ask(asked)}>
        {(diff) => <Diff diff={diff} />}
      </WhenKnown>
    </section>
  )
}

function Diff({ diff }: { readonly diff: DiffResponse }) {
  const { text, format } = usePage()
  const { compared, differing, shared, greatest, hours, settled, onlyBefore, onlyAfter } = diff
  return (
    <>
      <p class="facts">
        <span>{text.diff.compared(compared, differing)}</span>
        {shared > 0 && <span class="quiet">{text.diff.shared(shared)}</span>}
        {onlyBefore.length > 0 && <span class="quiet">{text.diff.only(onlyBefore.length, diff.a)}</span>}
        {onlyAfter.length > 0 && <span class="quiet">{text.diff.only(onlyAfter.length, diff.b)}</span>}
        {!settled && <span class="badge bound">{text.diff.bounds}</span>}
      </p>
      {greatest.length > 0 && (
        <>
          <h3>{text.diff.greatest}</h3>
          <Scroll of="table" label={text.diff.greatest}>
            <table class="plain-table">
              <thead>
                <tr>
                  <th scope="col">{text.table.term}</th>
                  <th scope="col" class="number">
                    {text.editions.numbered(diff.a)}
                  </th>
                  <th scope="col" class="number">
                    {text.editions.numbered(diff.b)}
                  </th>
                  <th scope="col" class="number">
                    {text.diff.change}
                  </th>
                </tr>
              </thead>
              <tbody>
                {greatest.slice(0, GREATEST).map(({ key, shown, before, after, lower, upper }) => (
                  <tr key={key}>
                    <th scope="row">
                      <TermLink shown={shown} />
                    </th>
                    <td class="number">{format.count(before.lower)}</td>
                    <td class="number">{format.count(after.lower)}</td>
                    <td class="number">
                      <span class={`move ${upper > 0 ? 'up' : 'down'}`}>
                        {upper > 0 ? '+' : ''}
                        {format.count(lower)}
                        {upper !== lower && ` … ${format.count(upper)}`}
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        </>
      )}
      {hours.length > 0 && (
        <details class="by-hour">
          <summary>{text.diff.byHour(hours.length)}</summary>
          {hours.map(({ hour, rows, extractors }) => (
            <details key={hour}>
              <summary>
                {format.momentOf(hour)}{' '}
                <span class="quiet">
                  {extractors.before} → {extractors.after}
                </span>
              </summary>
              <DiffTable rows={rows} a={diff.a} b={diff.b} label={format.momentOf(hour)} />
            </details>
          ))}
        </details>
      )}
    </>
  )
}

interface DiffTableProps {
  readonly rows: readonly DiffRow[]
  readonly a: number | null
  readonly b: number | null
  readonly label: string
}

export function DiffTable({ rows, a, b, label }: DiffTableProps) {
  const { text, format } = usePage()
  const head = (number: number | null, otherwise: string) =>
    number === null ? otherwise : text.editions.numbered(number)
  const side = ({ rank, lower, upper }: DiffRow['before']) =>
    `${rank === null ? '–' : `${rank}.`} ${format.count(lower)}${upper > lower ? `–${format.count(upper)}` : ''}`
  return (
    <Scroll of="table" label={label}>
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">{text.table.term}</th>
            <th scope="col" class="number">
              {head(a, text.diff.before)}
            </th>
            <th scope="col" class="number">
              {head(b, text.diff.after)}
            </th>
            <th scope="col">{text.diff.change}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} class={`diff ${row.change}`}>
              <th scope="row">
                <TermLink shown={row.shown} />
              </th>
              <td class="number">{side(row.before)}</td>
              <td class="number">{side(row.after)}</td>
              <td>{text.diff.changes[row.change]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
