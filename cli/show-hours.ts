/**
 * The ledger as people read it: a grid of days and hours, a row an hour, one hour whole, problems. Pure.
 *
 * Each state has a glyph of its own, so that the grid is read as well without colour.
 */
import { DateTime } from 'luxon'
import { type HourState, lagOf } from '../model/ledger.ts'
import type { Problem } from '../model/ledger-problems.ts'
import { hourStart, nextHour } from '../model/time.ts'
import type { HourReport, HoursPage } from '../views/ask-hours.ts'
import { count } from './progress.ts'
import { type ShowContext, windowText } from './show-answer.ts'
import { tableText } from './table.ts'

/** Pages of a range, joined. */
export type Ledger = Pick<HoursPage, 'stream' | 'from' | 'to' | 'hours' | 'archive' | 'known'>

type Context = Pick<ShowContext, 'zone' | 'style'>

interface Look {
  readonly glyph: string
  readonly style: Parameters<ShowContext['style']>[0]
  readonly legend: string
}

const looks: Readonly<Record<HourState, Look>> = {
  computed: { glyph: '✓', style: 'green', legend: 'computed' },
  amended: { glyph: '+', style: 'cyan', legend: 'amended: computed again with late records' },
  sealed: { glyph: '◦', style: 'yellow', legend: 'sealed, not computed yet' },
  open: { glyph: '~', style: 'yellow', legend: 'open' },
  behind: { glyph: '!', style: 'red', legend: 'behind: should be sealed' },
  failed: { glyph: '✗', style: 'red', legend: 'failed' },
  gap: { glyph: '·', style: 'yellow', legend: 'gap: no records' },
  none: { glyph: ' ', style: 'dim', legend: '' },
}

/** The worst first: what stands in a cell that holds two hours, when clocks are set back. */
const SEVERITY: readonly HourState[] = ['failed', 'behind', 'gap', 'sealed', 'open', 'amended', 'computed', 'none']
const AMENDED_LISTED_MAX = 10
const DAY_HOURS = 24

/** Days down, hours across, a glyph each. */
export function showGrid(ledger: Ledger, context: Context): string {
  const { style, zone } = context
  const days = Map.groupBy(ledger.hours, (one) => localOf(one, zone).toFormat('ccc d LLL'))
  const head = Array.from({ length: DAY_HOURS / 6 }, (_, i) => String(6 * i).padEnd(12)).join('')
  const rows = [...days].map(([day, hours]) => {
    const cells = Array.from({ length: DAY_HOURS }, (_, column) => cellOf(hours, column, context)).join(' ')
    const records = hours.reduce((sum, one) => sum + (one.archived?.records ?? 0), 0)
    return `${day.padEnd(11)} ${cells}  ${style('dim', records > 0 ? count(records) : '')}`.trimEnd()
  })
  const used = SEVERITY.toReversed().filter(
    (state) => state !== 'none' && ledger.hours.some((one) => one.state === state),
  )
  const legend = used.map((state) => `${glyphOf(state, context)} ${looks[state].legend}`).join('  ')
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

function cellOf(hours: readonly HourReport[], column: number, context: Context): string {
  const states = hours.filter((one) => localOf(one, context.zone).hour === column).map(({ state }) => state)
  const worst = SEVERITY.find((state) => states.includes(state)) ?? 'none'
  return glyphOf(worst, context)
}

function glyphOf(state: HourState, { style }: Context): string {
  return style(looks[state].style, looks[state].glyph)
}

function amendedLines({ hours }: Ledger, { zone, style }: Context): readonly string[] {
  const lines = hours.flatMap((one) =>
    one.amendments.map(
      ({ at, records }) =>
        `${glyphOf('amended', { zone, style })} ${localOf(one, zone).toFormat('ccc d LLL HH:mm')}  amended, ${signed(records)} at ${timeText(at, one, zone)}`,
    ),
  )
  const more = lines.length - AMENDED_LISTED_MAX
  return [
    ...lines.slice(0, AMENDED_LISTED_MAX),
    ...(more > 0 ? [style('dim', `  and ${count(more)} more: 'tendance hours --list'`)] : []),
  ]
}

/** `48 hours: 45 computed, 1 amended, 2 open · 1,234,567 records, 37 late · 310 MB · the archive had everything at 16:05` */
function summaryLine({ hours, archive }: Ledger, { style, zone }: Context): string {
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
    aside > 0 ? style('red', `${count(aside)} quarantined`) : '',
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
export function showList(ledger: Ledger, context: Context): string {
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
      one.agreements.map((agreement) => (agreement.agrees ? '=' : offText(agreement))).join(' '),
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
    ...one.amendments.map(({ at, records }) => `amended, ${signed(records)} at ${timeText(at, one, zone)}`),
    one.quarantined.files > 0 ? `${count(one.quarantined.records)} quarantined` : '',
    one.archived && one.archived.lost > 0 ? `up to ${count(one.archived.lost)} lost` : '',
    one.refused ?? '',
    one.failure?.message ?? '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** Everything of one hour. */
export function showHour(one: HourReport, context: Context): string {
  const { style, zone } = context
  const { archived, computed, completeness } = one
  const moment = (ms: number | null) => (ms === null ? '-' : timeText(ms, one, zone))
  const lines: [string, string][] = [
    [
      'state',
      `${glyphOf(one.state, context)} ${one.state}${looks[one.state].legend ? style('dim', `  ${looks[one.state].legend}`) : ''}`,
    ],
    ['sealed', one.sealedAt === null ? 'no' : moment(one.sealedAt)],
    ...one.amendments.map(({ at, records }): [string, string] => ['amended', `${signed(records)} at ${moment(at)}`]),
  ]
  if (archived) {
    lines.push(
      ['records', `${count(archived.records)} archived, ${count(archived.late)} of them late`],
      ['files', `${count(archived.files)}, ${bytesText(archived.bytes)}`],
      ['arrived', `first ${moment(archived.firstArrivedAt)}, last ${moment(archived.lastArrivedAt)}`],
    )
    if (archived.lost > 0) lines.push(['lost', style('red', `up to ${count(archived.lost)}: Kafka had deleted them`)])
  }
  if (one.quarantined.files > 0) {
    lines.push([
      'quarantined',
      style('red', `${count(one.quarantined.records)} records in ${one.quarantined.files} files`),
    ])
  }
  if (one.refused) lines.push(['not sealed', style('red', one.refused)])
  if (one.failure) lines.push(['failed', style('red', `${one.failure.message} (at ${moment(one.failure.at)})`)])
  if (computed) {
    const by = computed.boards.map(({ board, edition, extractor }) => `${board} in edition ${edition} by ${extractor}`)
    lines.push(
      [
        'computed',
        `${count(computed.records)} records, ${count(computed.copies)} copies removed, at ${moment(computed.at)}${computed.current ? '' : style('yellow', ', to be computed again')}`,
      ],
      ['by', by.join(', ')],
    )
  }
  lines.push(
    [
      'complete',
      `${shareText(completeness.computed) || 'not known'} of what is archived${completeness.archived === null ? '' : `, ${shareText(completeness.archived)} of what Kafka took`}`,
    ],
    ['editions', one.editions.join(', ') || 'none'],
    ...one.agreements.map((agreement): [string, string] => [
      `live ${agreement.board}`,
      agreement.agrees
        ? style('green', 'agreed with batch: the same records, top 10 and counts')
        : `${count(agreement.speedRecords)} records, batch ${count(agreement.batchRecords)}; ${agreement.topDiffers} of the top 10 were others; ${agreement.countOffTerm === null ? 'counts the same' : `#${agreement.countOffTerm} off by ${count(agreement.countOff)}, at most ${percent(agreement.shareOff)}`}`,
    ]),
  )
  const width = Math.max(...lines.map(([name]) => name.length)) + 2
  const partitions = archived?.partitions ?? []
  return [
    `${style('bold', one.stream)}  ${windowText(one.hour, nextHour(one.hour), zone)}`,
    '',
    ...lines.map(([name, text]) => `${style('dim', name.padEnd(width))}${text}`),
    ...(partitions.length > 0
      ? [
          '',
          tableText(
            ['partition', 'from offset', 'to', 'records'].map((title) => style('dim', title)),
            partitions.map(({ partition, from, to, records }) => [partition, from, to, count(records)].map(String)),
            { right: [0, 1, 2, 3] },
          ),
        ]
      : []),
  ].join('\n')
}

/** Problems with what to do; or that there are none. */
export function showProblems(
  problems: readonly Problem[],
  ledger: Pick<Ledger, 'stream' | 'from' | 'to'>,
  { style, zone }: Context,
): string {
  const window = windowText(ledger.from, ledger.to, zone)
  if (problems.length === 0) return `${style('green', '✓')} all is well with ${ledger.stream}, ${window}`
  const told = problems.map(
    ({ kind, from, to, what, todo }) =>
      `${style('red', kind)}  ${windowText(from, to, zone)}\n  ${what}\n  ${style('dim', '→')} ${todo}`,
  )
  return [
    ...told,
    `${count(problems.length)} ${problems.length === 1 ? 'problem' : 'problems'} with ${ledger.stream}, ${window}`,
  ].join('\n\n')
}

function localOf({ hour }: Pick<HourReport, 'hour'>, zone: string): DateTime {
  return DateTime.fromMillis(hourStart(hour), { zone })
}

/** The time of day; with the day when that is not the hour's own. */
function timeText(ms: number, { hour }: HourReport, zone: string): string {
  const at = DateTime.fromMillis(ms, { zone })
  const sameDay = at.hasSame(DateTime.fromMillis(hourStart(hour), { zone }), 'day')
  return at.toFormat(sameDay ? 'HH:mm' : 'ccc d LLL HH:mm')
}

function signed(records: number): string {
  return records < 0 ? `−${count(-records)}` : `+${count(records)}`
}

/** `100%` only when it is all. */
function shareText(share: number | null): string {
  return share === null ? '' : share === 1 ? '100%' : percent(Math.min(share, 0.9999))
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`
}

function offText({
  speedRecords,
  batchRecords,
}: {
  readonly speedRecords: number
  readonly batchRecords: number
}): string {
  return signed(speedRecords - batchRecords)
}

function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  const step = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1_000 ** step
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`
}
