/** Two editions compared, as people read it. */
import type { BoardName } from '../model/boards.ts'
import {
  type CountChange,
  countChanges,
  type DiffChange,
  type DiffRow,
  type DiffSide,
  isSettled,
} from '../model/diff.ts'
import type { Bounds } from '../model/tally-merge.ts'
import type { HourId } from '../model/time.ts'
import type { DiffSummary, HourDiff } from '../views/diff.ts'
import { type Cli, styleFor } from './cli.ts'
import { count } from './progress.ts'
import { tableText } from './table.ts'

export interface DiffAsked {
  readonly before: number
  readonly after: number
  readonly board: BoardName
  readonly hour?: HourId
  readonly n: number
}

type Output = Pick<Cli, 'stdout'>

/** A term that comes or goes is seen before one that moves, and that before a count. */
export function weightOf({ rows }: HourDiff): number {
  const { entered, left, up, down, count: counts } = countChanges(rows)
  return 100 * (entered + left) + 10 * (up + down) + counts
}

/** All hours: how many differ, the greatest changes, and the hours given one by one. */
export function showDiffOfAll(
  cli: Output,
  options: DiffAsked,
  summary: DiffSummary,
  hours: readonly HourDiff[],
): string {
  const style = styleFor(cli.stdout)
  const differing = hours.filter((one) => weightOf(one) > 0)
  const { hours: compared, changes, greatest } = summary
  const parts = [
    titleText(cli, options, hours),
    '',
    `${count(summary.differing)} of ${count(compared)} hours differ in their top ${options.n}${rangeOf(summary)}: ${changesText(changes)}`,
    ...onlyText(options, summary),
  ]
  if (greatest.length > 0) {
    const rows = greatest.map((one) => [
      `#${one.shown}`,
      boundsText(one.before),
      boundsText(one.after),
      changeText(one),
    ])
    parts.push(
      '',
      style('bold', 'over all hours compared'),
      tableOf(cli, ['hashtag', 'before', 'after', 'change'], rows, [1, 2, 3]),
    )
  }
  if (differing.length > 0) {
    const rows = differing.map((one) => [one.hour, markText(one), ...changeCells(one.rows), namesText(cli, one.rows)])
    const head = ['hour (UTC)', '', 'entered', 'left', 'moved', 'counts', '']
    const title =
      differing.length < summary.differing ? `the ${differing.length} hours that differ most` : 'hour by hour'
    parts.push('', style('bold', title), tableOf(cli, head, rows, [2, 3, 4, 5]))
  }
  const notes = [
    !greatest.every(isSettled) &&
      'a range of counts: some hours keep the term below their 1,000 greatest; --hour asks the lake',
    !summary.settled &&
      '? a count lies below what the views keep, and the lake could not be asked: it is known within bounds',
    hours.some(({ otherFiles }) => otherFiles) &&
      '* one edition has late records of that hour that the other has not computed',
  ].filter((note) => note !== false)
  if (notes.length > 0) parts.push('', ...notes.map((note) => style('dim', note)))
  return parts.join('\n')
}

/** One hour, term by term. */
export function showDiffOfHour(
  cli: Output,
  options: DiffAsked,
  summary: DiffSummary,
  one: HourDiff | undefined,
): string {
  const style = styleFor(cli.stdout)
  if (!one) {
    const why =
      summary.shared > 0
        ? 'both editions read it from the same ancestor: it is the same'
        : (onlyText(options, summary)[0] ?? 'neither edition has it')
    return `${titleText(cli, options, [])}\n\n${options.hour}: ${why}`
  }
  const rows = one.rows.map(({ key: _key, shown, change, before, after }) => [
    style('bold', `#${shown}`),
    rankText(before),
    rankText(after),
    changeName(cli, change, before, after),
    boundsText(before),
    boundsText(after),
  ])
  const head = ['hashtag', 'rank', 'would be', '', 'posts', 'would be']
  return [
    titleText(cli, options, [one]),
    '',
    `${one.hour} (UTC): ${changesText(countChanges(one.rows))}`,
    '',
    tableOf(cli, head, rows, [1, 2, 4, 5]),
    '',
    style(
      'dim',
      [
        one.settled ? 'all counts are exact' : 'some counts are known within bounds only: the lake could not be asked',
        `${count(one.records.before)} and ${count(one.records.after)} posts${one.otherFiles ? ' (one lacks late records)' : ''}`,
        `${count(one.distinct.before)} and ${count(one.distinct.after)} different hashtags`,
      ].join(' · '),
    ),
  ].join('\n')
}

function titleText(cli: Output, { before, after, board }: DiffAsked, hours: readonly HourDiff[]): string {
  const extractors = [...new Set(hours.map((one) => `${one.extractors.before} → ${one.extractors.after}`))].join(', ')
  return `${styleFor(cli.stdout)('bold', `${board}: edition ${before} → ${after}`)}${extractors ? `  ${extractors}` : ''}`
}

function rangeOf({ first, last }: DiffSummary): string {
  if (first === null) return ''
  return first === last ? ` (${first})` : ` (${first} … ${last})`
}

function onlyText({ before, after }: DiffAsked, { shared, onlyBefore, onlyAfter }: DiffSummary): string[] {
  const some = (hours: readonly HourId[]) => (hours.length === 1 ? hours[0] : `${hours[0]} … ${hours.at(-1)}`)
  return [
    ...(onlyBefore.length > 0
      ? [`${hoursAre(onlyBefore)} in edition ${before} only (${some(onlyBefore)}): not computed in ${after}`]
      : []),
    ...(onlyAfter.length > 0
      ? [`${hoursAre(onlyAfter)} in edition ${after} only (${some(onlyAfter)}): not computed in ${before}`]
      : []),
    ...(shared > 0
      ? [`${shared === 1 ? '1 hour is' : `${count(shared)} hours are`} the same: both read them from the same edition`]
      : []),
  ]
}

function hoursAre({ length }: readonly HourId[]): string {
  return length === 1 ? '1 hour is' : `${count(length)} hours are`
}

function changesText({ entered, left, up, down, count: counts }: Readonly<Record<DiffChange, number>>): string {
  if (entered + left + up + down + counts === 0) return 'nothing changes'
  return `${count(entered)} entered, ${count(left)} left, ${count(up + down)} moved, ${count(counts)} with another count`
}

function changeCells(rows: readonly DiffRow[]): string[] {
  const { entered, left, up, down, count: counts } = countChanges(rows)
  return [entered, left, up + down, counts].map((number) => (number === 0 ? '' : String(number)))
}

function namesText(cli: Output, rows: readonly DiffRow[]): string {
  const style = styleFor(cli.stdout)
  const named = (change: DiffChange) => rows.filter((row) => row.change === change).map(({ shown }) => shown)
  return [
    ...named('entered').map((shown) => style('green', `+#${shown}`)),
    ...named('left').map((shown) => style('red', `-#${shown}`)),
  ].join(' ')
}

function markText({ settled, otherFiles }: HourDiff): string {
  return `${settled ? '' : '?'}${otherFiles ? '*' : ''}`
}

function changeName(cli: Output, change: DiffChange, before: DiffSide, after: DiffSide): string {
  const style = styleFor(cli.stdout)
  const places = Math.abs((after.rank ?? 0) - (before.rank ?? 0))
  switch (change) {
    case 'entered':
      return style('green', 'enters')
    case 'left':
      return style('red', 'leaves')
    case 'up':
      return style('green', `▲ ${places}`)
    case 'down':
      return style('red', `▼ ${places}`)
    case 'count':
      return 'count'
    case 'same':
      return style('dim', '=')
    default:
      return change satisfies never
  }
}

function rankText({ rank }: DiffSide): string {
  return rank === null ? '-' : String(rank)
}

function boundsText({ lower, upper }: Bounds): string {
  return lower === upper ? count(lower) : `${count(lower)}–${count(upper)}`
}

function changeText(change: CountChange): string {
  const signed = (value: number) => `${value > 0 ? '+' : ''}${count(value)}`
  return isSettled(change) ? signed(change.lower) : `${signed(change.lower)} to ${signed(change.upper)}`
}

function tableOf(
  cli: Output,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const style = styleFor(cli.stdout)
  return tableText(
    head.map((title) => style('dim', title)),
    rows,
    { right },
  )
}
