/** A range of the ledger as people read it: a grid of days and hours, or a row an hour. Pure. */
import { DateTime } from 'luxon'
import { type HourState, lagOf } from '../model/ledger.ts'
import type { HourReport, HoursPage } from '../views/ask-hours.ts'
import { amendmentText, bytesText, glyphOf, type HourContext, localOf, shareText, signed } from './hour-text.ts'
import { count } from './progress.ts'
import { windowText } from './show-answer.ts'
import { tableText } from './table.ts'

/** Pages of a range, joined. */
export type Ledger = Pick<HoursPage, 'stream' | 'from' | 'to' | 'hours' | 'archive' | 'known'>

/** The worst first: what stands in a cell that holds two hours, when clocks are set back. */
const SEVERITY: readonly HourState[] = ['failed', 'behind', 'gap', 'sealed', 'open', 'amended', 'computed', 'none']
const AMENDED_LISTED_MAX = 10
const DAY_HOURS = 24

/** Days down, hours across, a glyph each. */
export function showGrid(ledger: Ledger, context: HourContext): string {
  const { style, zone } = context
  const days = Map.groupBy(ledger.hours, (one) => localOf(one, zone).toISODate())
  const head = Array.from({ length: DAY_HOURS / 6 }, (_, i) => String(6 * i).padEnd(12)).join('')
  const rows = [...days.values()].map((hours) => {
    const day = localOf(hours[0]!, zone).toFormat('ccc d LLL')
    const cells = Array.from({ length: DAY_HOURS }, (_, column) => cellOf(hours, column, context)).join(' ')
    const records = hours.reduce((sum, one) => sum + (one.archived?.records ?? 0), 0)
    return `${day.padEnd(11)} ${cells}  ${style('dim', records > 0 ? count(records) : '')}`.trimEnd()
  })
  const used = SEVERITY.toReversed().filter(
    (state) => state !== 'none' && ledger.hours.some((one) => one.state === state),
  )
  const legend = used.map((state) => `${glyphOf(state, context)} ${state}`).join('  ')
  return [
    `${style('bold', ledger.stream)}  ${windowText(ledger.from, ledger.to, zone)}`,
    '',
    style('dim', `${' '.repeat(12)}${head}`.trimEnd()),
    ...rows,
    '',
    ...(legend ? [legend] : []),
    ...amendedLines(ledger, context),
    summaryLine(ledger, context),
  ].join('\n')
}

function cellOf(hours: readonly HourReport[], column: number, context: HourContext): string {
  const states = hours.filter((one) => localOf(one, context.zone).hour === column).map(({ state }) => state)
  const worst = SEVERITY.find((state) => states.includes(state)) ?? 'none'
  return glyphOf(worst, context)
}

function amendedLines({ hours }: Ledger, { zone, style }: HourContext): readonly string[] {
  const lines = hours.flatMap((one) =>
    one.amendments.map(
      (amendment) =>
        `${glyphOf('amended', { zone, style })} ${localOf(one, zone).toFormat('ccc d LLL HH:mm')}  ${amendmentText(amendment, one, zone)}`,
    ),
  )
  const more = lines.length - AMENDED_LISTED_MAX
  return [
    ...lines.slice(0, AMENDED_LISTED_MAX),
    ...(more > 0 ? [style('dim', `  and ${count(more)} more: 'tendance hours --list'`)] : []),
  ]
}

/** `48 hours: 45 computed, 1 amended, 2 open · 1,234,567 records, 37 late · 310 MB · the archive had everything at 16:05` */
function summaryLine({ hours, archive }: Ledger, { style, zone }: HourContext): string {
  const known = hours.filter(({ state }) => state !== 'none')
  const ofState = SEVERITY.toReversed().flatMap((state) => {
    const number = known.filter((one) => one.state === state).length
    return number > 0 ? [`${count(number)} ${state}`] : []
  })
  const sum = (of: (one: HourReport) => number | undefined) => hours.reduce((total, one) => total + (of(one) ?? 0), 0)
  const late = sum((one) => one.archived?.late)
  const copies = sum((one) => one.computed?.copies)
  const aside = sum((one) => one.quarantined.records)
  return [
    `${count(known.length)} ${known.length === 1 ? 'hour' : 'hours'}${ofState.length > 0 ? `: ${ofState.join(', ')}` : ''}`,
    `${count(sum((one) => one.archived?.records))} records`,
    copies > 0 ? `${count(copies)} copies counted once` : '',
    late > 0 ? `${count(late)} late` : '',
    aside > 0 ? style('red', `${count(aside)} missing`) : '',
    bytesText(sum((one) => one.archived?.bytes)),
    archiveText(archive, zone),
  ]
    .filter(Boolean)
    .join(' · ')
}

function archiveText(archive: Ledger['archive'], zone: string): string {
  if (!archive) return "the hourly work has not run yet: 'tendance hourly'"
  const lag = lagOf(archive)
  const at = DateTime.fromMillis(archive.at, { zone }).toFormat('ccc HH:mm')
  return lag > 0 ? `the archive lacked ${count(lag)} records at ${at}` : `the archive had everything at ${at}`
}

/** A row an hour. */
export function showList(ledger: Ledger, context: HourContext): string {
  const { style, zone } = context
  const head = ['hour', '', 'state', 'records', 'copies', 'late', 'size', 'files', 'complete', 'live', 'editions', '']
  const rows = ledger.hours
    .filter(({ state }) => state !== 'none')
    .map((one) => [
      localOf(one, zone).toFormat('ccc d LLL HH:mm'),
      glyphOf(one.state, context),
      one.state,
      one.archived ? count(one.archived.records) : '',
      one.computed ? count(one.computed.copies) : '',
      one.archived ? count(one.archived.late) : '',
      one.archived ? bytesText(one.archived.bytes) : '',
      one.archived ? count(one.archived.files) : '',
      shareText(one.completeness.computed),
      one.agreements.map(agreementText).join(' '),
      one.editions.join(' '),
      style('dim', noteOf(one, zone)),
    ])
  return [
    tableText(
      head.map((title) => style('dim', title)),
      rows,
      { right: [3, 4, 5, 6, 7, 8] },
    ),
    '',
    summaryLine(ledger, context),
  ].join('\n')
}

function noteOf(one: HourReport, zone: string): string {
  return [
    ...one.amendments.map((amendment) => amendmentText(amendment, one, zone)),
    one.quarantined.files > 0 ? `${count(one.quarantined.records)} missing` : '',
    one.archived && one.archived.lost > 0 ? `up to ${count(one.archived.lost)} lost` : '',
    one.refused ?? '',
    one.failure?.message ?? '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** `=`, or by how many records live counting was off. */
function agreementText({ agrees, speedRecords, batchRecords }: HourReport['agreements'][number]): string {
  return agrees ? '=' : signed(speedRecords - batchRecords)
}
