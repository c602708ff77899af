/** The ledger as a calendar: a row a day, a cell an hour, told by shape and words; the chosen hour in full below. */
import { useRef } from 'preact/hooks'
import type { HoursResponse, LedgerHour } from '../../../contract/hours.ts'
import { dayOf, fieldsOf } from '../../format/zoned.ts'
import { Quoted } from '../../parts/problem-words.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useRoving } from '../../parts/use-roving.ts'
import { usePage } from '../../state/page-context.ts'
import { hrefOf } from '../../state/route.ts'
import { tellCode } from '../../text/told.ts'

/** What a cell shows beside its colour. */
const SIGNS: Readonly<Record<LedgerHour['state'], string>> = {
  none: '',
  gap: '∅',
  open: '…',
  behind: '!',
  sealed: '▪',
  failed: '✕',
  computed: '✓',
  amended: '✎',
}

export function HourCalendar({ ledger }: { readonly ledger: HoursResponse }) {
  const { text, format, route } = usePage()
  const grid = useRef<HTMLTableElement>(null)
  const { zone } = format
  const days = [...Map.groupBy(ledger.hours, ({ hour }) => dayOf(startOf(hour), zone))]
    .filter(([, hours]) => hours.some(({ state }) => state !== 'none'))
    .reverse()
  useRoving(grid, `${days.length} ${ledger.to} ${zone}`)
  const chosen = ledger.hours.find(({ hour }) => hour === route.query['hour'])
  const states = (Object.keys(SIGNS) as LedgerHour['state'][]).filter((state) =>
    ledger.hours.some((hour) => hour.state === state && state !== 'none'),
  )
  if (days.length === 0) return <p class="quiet">{text.states.emptyTitle}</p>
  return (
    <>
      <Scroll of="table" label={text.pipeline.hoursTitle}>
        <table class="calendar" ref={grid}>
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">{text.table.day}</span>
              </th>
              {Array.from({ length: 24 }, (_, hour) => (
                <th key={hour} scope="col">
                  {hour}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map(([day, hours]) => (
              <DayRow key={day} hours={hours} chosen={chosen?.hour} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <ul class="key">
        {states.map((state) => (
          <li key={state} title={text.ledger.why[state]}>
            <span class={`cell ${state}`} aria-hidden="true">
              {SIGNS[state]}
            </span>
            {text.ledger.states[state]}
          </li>
        ))}
      </ul>
      {chosen ? <HourFacts hour={chosen} /> : <p class="quiet small">{text.ledger.choose}</p>}
    </>
  )
}

function DayRow({ hours, chosen }: { readonly hours: readonly LedgerHour[]; readonly chosen: string | undefined }) {
  const { text, format, route } = usePage()
  // of an hour that comes twice when clocks go back, the later shows; the link of the earlier is in the problems
  const byClock = new Map(
    hours.map((hour) => [Number(fieldsOf(startOf(hour.hour), format.zone).time.slice(0, 2)), hour]),
  )
  return (
    <tr data-row>
      <th scope="row">{format.day(startOf(hours[0]!.hour))}</th>
      {Array.from({ length: 24 }, (_, column) => {
        const hour = byClock.get(column)
        if (!hour || hour.state === 'none') return <td key={column} />
        const words = text.ledger.cell(
          format.hourSpan(hour.hour),
          text.ledger.states[hour.state],
          text.posts(format.count(hour.archived?.records ?? 0)),
        )
        return (
          <td key={column}>
            <a
              class={`cell ${hour.state}`}
              href={hrefOf('pipeline', { ...route.query, hour: hour.hour })}
              aria-current={hour.hour === chosen ? 'true' : undefined}
              aria-label={words}
              title={words}
              data-cell
            >
              {SIGNS[hour.state]}
            </a>
          </td>
        )
      })}
    </tr>
  )
}

function HourFacts({ hour }: { readonly hour: LedgerHour }) {
  const page = usePage()
  const { text, format } = page
  const { ledger } = text
  const { state, archived, computed, sealedAt, amendments, quarantined, agreements, failure, refused } = hour
  const agreement = agreements.at(-1)
  const gone = quarantined.vanished?.records ?? 0
  const accepted = quarantined.accepted?.records ?? 0
  const aside = quarantined.records - gone
  const facts = [
    {
      name: ledger.archived,
      value: archived && `${text.posts(format.count(archived.records))}, ${format.bytes(archived.bytes)}`,
    },
    { name: ledger.sealed, value: sealedAt && format.moment(sealedAt) },
    {
      name: ledger.computed,
      value: computed && `${text.posts(format.count(computed.records))}, ${format.moment(computed.at)}`,
    },
    { name: ledger.copies, value: computed && format.count(computed.copies) },
    { name: ledger.late, value: archived && archived.late > 0 ? format.count(archived.late) : null },
    { name: ledger.lost, value: archived && archived.lost > 0 ? format.count(archived.lost) : null },
    { name: ledger.quarantined, value: aside > 0 ? format.count(aside) : null },
    { name: ledger.vanished, value: gone > accepted ? format.count(gone - accepted) : null },
    { name: ledger.lostForEver, value: accepted > 0 ? format.count(accepted) : null },
    { name: ledger.lacking, value: computed && computed.lacking > 0 ? format.count(computed.lacking) : null },
    { name: ledger.agreement, value: agreement && (agreement.agrees ? ledger.agrees : ledger.differs) },
  ].filter(({ value }) => value)
  return (
    <section class="hour-facts" aria-live="polite">
      <h3>
        {format.momentOf(hour.hour)} <span class={`badge ${state}`}>{ledger.states[state]}</span>
      </h3>
      <p>{ledger.why[state]}</p>
      {failure && (
        <p class="note stale">
          {ledger.failed(tellCode(page, { code: failure.code, title: failure.code }), format.moment(failure.at))}{' '}
          <Quoted>{failure.message}</Quoted>
        </p>
      )}
      {refused && (
        <p class="note stale">
          {ledger.refused} <Quoted>{refused}</Quoted>
        </p>
      )}
      <dl class="facts">
        {facts.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {amendments.map(({ at, records }) => (
        <p key={at} class="small">
          {ledger.amendment(format.count(records), format.moment(at))}
        </p>
      ))}
    </section>
  )
}

function startOf(hour: string): number {
  return Date.parse(`${hour}:00Z`)
}
