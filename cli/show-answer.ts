/** An answer as people read it: a ranking with bars and movements, then one line that says where it comes from and how sure it is. */
import { DateTime } from 'luxon'
import { HOUR_MS, type HourId, hourStart } from '../model/time.ts'
import type { Answer, AnswerRow } from '../views/answer.ts'
import { count } from './progress.ts'
import { tableText } from './table.ts'

export interface ShowContext {
  readonly zone: string
  /** Of the terminal. */
  readonly columns: number
  style(style: 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan', text: string): string
}

const BAR_MAX = 30
const BAR_MIN = 8
/** What stands beside the bar: rank, count, movement and gaps. */
const BESIDE_BAR = 30
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** One window: title, ranking, provenance. */
export function showAnswer(answer: Answer, context: ShowContext): string {
  const { style } = context
  const title = `${style('bold', answer.board)}  ${windowText(answer.from, answer.to, context.zone)}`
  const body = answer.rows.length > 0 ? ranking(answer, context) : style('dim', nothingText(answer))
  return [title, '', body, '', provenanceLine(answer, context)].join('\n')
}

/** Several hours, a line each: the hour, its records, its first terms. */
export function showHours(answers: readonly Answer[], context: ShowContext): string {
  const { style, zone } = context
  const first = answers[0]
  if (!first) return ''
  const rows = answers.map((answer) => {
    const at = DateTime.fromMillis(hourStart(answer.from), { zone })
    return [
      `${at.hour === 0 || answer === first ? at.toFormat('ccc d LLL ') : ' '.repeat(10)}${at.toFormat('HH:mm')}`,
      answer.rows.length > 0 ? count(answer.records) : '',
      standingMark(answer, context),
      answer.rows.map((row) => `#${row.shown} ${style('dim', count(row.count))}`).join('  ') ||
        style('dim', nothingText(answer)),
    ]
  })
  const head = ['hour', 'posts', '', 'top'].map((text) => style('dim', text))
  const exact = answers.every((answer) => answer.exact)
    ? 'each hour exact'
    : 'not every hour exact: ask it alone for its bound'
  return [
    `${style('bold', first.board)}  ${windowText(first.from, answers.at(-1)!.to, zone)}`,
    '',
    tableText(head, rows, { right: [1] }),
    '',
    style('dim', `${exact} · ✓ sealed  + amended  ~ live, provisional  · nothing`),
  ].join('\n')
}

function standingMark({ provenance: { hours } }: Answer, { style }: ShowContext): string {
  if (hours.amended > 0) return style('yellow', '+')
  if (hours.sealed > 0) return style('green', '✓')
  return hours.provisional > 0 ? style('yellow', '~') : style('dim', '·')
}

function ranking(answer: Answer, context: ShowContext): string {
  const { style } = context
  const greatest = Math.max(...answer.rows.map((row) => row.count))
  const moves = answer.rows.some(({ movement }) => movement !== undefined && movement.kind !== 'unknown')
  const widest = Math.max(...answer.rows.map((row) => row.shown.length))
  const barWidth = Math.max(BAR_MIN, Math.min(BAR_MAX, context.columns - widest - BESIDE_BAR))
  const head = ['#', 'hashtag', 'posts', '', ...(moves ? ['hour before'] : [])]
  return tableText(
    head.map((text) => style('dim', text)),
    answer.rows.map((row) => [
      String(row.rank),
      style('bold', `#${row.shown}`),
      countText(row),
      style('cyan', bar(row.count / greatest, barWidth)),
      ...(moves ? [movementText(row, context)] : []),
    ]),
    { right: [0, 2] },
  )
}

function countText({ count: least, countMax }: AnswerRow): string {
  return countMax > least ? `${count(least)}–${count(countMax)}` : count(least)
}

/** `share` of `width` cells, to an eighth of a cell. */
export function bar(share: number, width: number): string {
  const eighths = Math.max(1, Math.round(share * width * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
}

function movementText({ movement }: AnswerRow, { style }: ShowContext): string {
  switch (movement?.kind) {
    case 'new':
      return style('green', 'new')
    case 'below':
      return style('green', '▲')
    case 'ranked':
      if (movement.moved > 0) return style('green', `▲ ${movement.moved}`)
      return movement.moved < 0 ? style('red', `▼ ${-movement.moved}`) : style('dim', '=')
    default:
      return ''
  }
}

/** `batch · edition 2 · hashtags@2 · exact · sealed · 41,233 posts` */
export function provenanceLine(answer: Answer, { style, zone }: ShowContext): string {
  const { provenance, exact } = answer
  if (provenance.origin === 'none') return style('dim', 'no hour of it has been counted')
  const { hours, speed, gaps, amended } = provenance
  const editions = provenance.editions.length > 0 ? `edition ${provenance.editions.join(' and ')}` : ''
  const standing = [
    hours.sealed > 0 && (hours.provisional + hours.missing + hours.amended > 0 ? `${hours.sealed} sealed` : 'sealed'),
    hours.amended > 0 &&
      `amended (${amended.map(({ hour, records }) => `${timeText(hour, zone)} +${count(records)}`).join(', ')})`,
    hours.provisional > 0 &&
      style('yellow', hours.sealed + hours.amended > 0 ? `${hours.provisional} provisional` : 'provisional'),
    hours.missing > 0 &&
      style(
        'yellow',
        `${hours.missing} missing (${gaps
          .map(({ why }) => gapText(why))
          .filter(unique)
          .join(', ')})`,
      ),
  ].filter(Boolean)
  return [
    provenance.origin === 'mixed' ? 'batch and speed' : provenance.origin,
    editions,
    provenance.extractors.join(' and '),
    exact
      ? style('green', 'exact')
      : style('yellow', `within ${count(answer.bound)}${answer.unproven ? ` (${answer.unproven})` : ''}`),
    standing.join(', '),
    lackingText(answer, style),
    speed && speed.secondsBehind > 0 ? `${count(speed.secondsBehind)} s behind` : '',
    `${count(answer.records)} posts`,
    answer.copies > 0 ? `${count(answer.copies)} copies counted once` : '',
    speed && speed.late > 0 ? `${count(speed.late)} late ones left to batch` : '',
  ]
    .filter(Boolean)
    .join(' · ')
}

/** What damaged files keep from it: an answer that lacks records says so wherever it is shown. */
function lackingText({ provenance: { quarantined } }: Answer, style: ShowContext['style']): string {
  const files = quarantined.reduce((sum, one) => sum + one.files, 0)
  if (files === 0) return ''
  const records = quarantined.reduce((sum, one) => sum + one.records, 0)
  return style(
    'red',
    `${count(files)} ${files === 1 ? 'file' : 'files'} quarantined or lost, ${count(records)} records missing`,
  )
}

export const unique = (value: string, at: number, all: readonly string[]) => all.indexOf(value) === at

export function gapText(why: Answer['provenance']['gaps'][number]['why']): string {
  const texts = {
    ahead: 'not over yet',
    'not-computed': 'archived, not computed yet',
    unknown: 'no records seen',
  } as const
  return texts[why]
}

function nothingText({ provenance: { gaps } }: Answer): string {
  const why = gaps[0]?.why
  return why ? `nothing: ${gapText(why)}` : 'no terms in it'
}

function timeText(hour: HourId, zone: string): string {
  return DateTime.fromMillis(hourStart(hour), { zone }).toFormat('HH:mm')
}

/** `Mon 16 Nov 2026, 07:00–08:00 (Europe/Paris)`; over days, both ends. */
export function windowText(from: HourId, to: HourId, zone: string): string {
  const start = DateTime.fromMillis(hourStart(from), { zone })
  const end = DateTime.fromMillis(hourStart(to), { zone })
  const hours = Math.round((hourStart(to) - hourStart(from)) / HOUR_MS)
  const day = 'ccc d LLL yyyy'
  const text =
    hours === 1
      ? `${start.toFormat(`${day}, HH:mm`)}–${end.toFormat('HH:mm')}`
      : `${start.toFormat(`${day} HH:mm`)} – ${end.toFormat(`${day} HH:mm`)}, ${hours} hours`
  return `${text} (${zone})`
}
