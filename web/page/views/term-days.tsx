/** A term day by day: a row a day with its hours as cells, darker where it was counted more. */
import type { TermHour } from '../../contract/term.ts'
import { dayOf, fieldsOf } from '../format/zoned.ts'
import { Scroll } from '../parts/scroll.tsx'
import { usePage } from '../state/page-context.ts'
import { hrefOf } from '../state/route.ts'

const CELL = 10
const GAP = 1
const SHADES = 6

export function TermDays({ hours }: { readonly hours: readonly TermHour[] }) {
  const { text, format } = usePage()
  const { zone } = format
  const most = Math.max(1, ...hours.map(({ count }) => count))
  const days = [...Map.groupBy(hours, ({ hour }) => dayOf(startOf(hour), zone))].reverse()
  return (
    <section class="card" aria-labelledby="days">
      <h2 id="days">{text.term.daysTitle}</h2>
      <Scroll of="table" label={text.term.daysTitle}>
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">{text.table.day}</th>
              <th scope="col" class="number">
                {text.table.count}
              </th>
              <th scope="col">{text.term.byHour}</th>
              <th scope="col">{text.term.peak}</th>
              <th scope="col">{text.term.best}</th>
            </tr>
          </thead>
          <tbody>
            {days.map(([day, ofDay]) => {
              const total = ofDay.reduce((sum, { count }) => sum + count, 0)
              const peak = ofDay.reduce((best, one) => (one.count > best.count ? one : best))
              const ranks = ofDay.flatMap(({ rank }) => (rank === null ? [] : [rank]))
              return (
                <tr key={day}>
                  <th scope="row">
                    <a href={hrefOf('hours', { day, tz: zone })}>{format.day(startOf(ofDay[0]!.hour))}</a>
                  </th>
                  <td class="number">{format.count(total)}</td>
                  <td>
                    <DayStrip hours={ofDay} most={most} zone={zone} label={`${format.count(total)}`} />
                  </td>
                  <td>
                    {peak.count > 0 && (
                      <>
                        {format.count(peak.count)} <span class="quiet">{format.hour(peak.hour)}</span>
                      </>
                    )}
                  </td>
                  <td>{ranks.length > 0 ? text.term.rank(Math.min(...ranks)) : <span class="quiet">–</span>}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

interface DayStripProps {
  readonly hours: readonly TermHour[]
  readonly most: number
  readonly zone: string
  readonly label: string
}

/** Columns are the clock's hours: of an hour that comes twice the later is drawn over the earlier. */
function DayStrip({ hours, most, zone, label }: DayStripProps) {
  const { text, format } = usePage()
  return (
    <svg
      class="day-strip"
      viewBox={`0 0 ${24 * (CELL + GAP)} ${CELL + 4}`}
      preserveAspectRatio="xMinYMid"
      role="img"
      aria-label={label}
    >
      {hours.map(({ hour, count, standing }) => {
        const column = Number(fieldsOf(startOf(hour), zone).time.slice(0, 2))
        const shade = count === 0 ? 0 : Math.max(1, Math.ceil((count / most) * (SHADES - 1)))
        const kind = standing === 'missing' ? 'missing' : `shade${shade}`
        return (
          <rect key={hour} class={kind} x={column * (CELL + GAP)} width={CELL} height={CELL + 4} rx={2}>
            <title>{`${format.hourSpan(hour)}: ${text.posts(format.count(count))}, ${text.standing[standing]}`}</title>
          </rect>
        )
      })}
    </svg>
  )
}

function startOf(hour: string): number {
  return Date.parse(`${hour}:00Z`)
}
