/** `tendance diff 3 4`: what readers would see differently, hour by hour or of one hour. */
import type { BoardName } from '../model/boards.ts'
import { boards } from '../model/boards.ts'
import {
  type CountChange,
  countChanges,
  type DiffChange,
  type DiffRow,
  type DiffSide,
  isSettled,
} from '../model/diff.ts'
import type { Bounds } from '../model/tally-merge.ts'
import { type HourId, nextHour } from '../model/time.ts'
import { type DiffSummary, diffEditions, type HourDiff } from '../views/diff.ts'
import { openAnswers } from './answers.ts'
import { type Cli, print, styleFor } from './cli.ts'
import { count } from './progress.ts'
import { tableText } from './table.ts'

export interface DiffOptions {
  readonly before: number
  readonly after: number
  readonly board: BoardName
  readonly hour?: HourId
  readonly n: number
  readonly json: boolean
}

/** Hours that are shown one by one, those that differ most; JSON has all. */
const HOURS_SHOWN = 20

/** @throws AppError `not-found` (an edition) */
export async function showDiff(cli: Cli, options: DiffOptions): Promise<void> {
  const { before, after, board, hour, n, json } = options
  await using answers = await openAnswers(cli.load().config, cli.clock)
  const question = {
    ...{ stream: boards[board].stream, board, before, after, n },
    ...(hour ? { from: hour, to: nextHour(hour) } : {}),
  }
  const hours: HourDiff[] = []
  const { fullTallies } = answers.ask(board)
  const summary = await diffEditions(answers.views, question, {
    fullTallies,
    greatestMax: n,
    take: (one) => (json ? print(cli, JSON.stringify(one)) : keepMost(hours, one)),
  })
  if (json) print(cli, JSON.stringify({ summary }))
  else print(cli, hour ? describeHour(cli, options, summary, hours[0]) : describeAll(cli, options, summary, hours))
}

/** The hours with most changes, in time order. */
function keepMost(hours: HourDiff[], one: HourDiff): void {
  hours.push(one)
  if (hours.length <= HOURS_SHOWN) return
  const least = hours.reduce((a, b) => (weightOf(b) <= weightOf(a) ? b : a))
  hours.splice(hours.indexOf(least), 1)
}

/** A term that comes or goes is seen before one that moves, and that before a count. */
function weightOf({ rows }: HourDiff): number {
  const { entered, left, up, down, count: counts } = countChanges(rows)
  return 100 * (entered + left) + 10 * (up + down) + counts
}

function describeAll(cli: Cli, options: DiffOptions, summary: DiffSummary, hours: readonly HourDiff[]): string {
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
    !summary.settled &&
      '? a count lies below what the views keep, and the lake could not be asked: it is known within bounds',
    hours.some(({ otherFiles }) => otherFiles) &&
      '* one edition has late records of that hour that the other has not computed',
  ].filter((note) => note !== false)
  if (notes.length > 0) parts.push('', ...notes.map((note) => style('dim', note)))
  return parts.join('\n')
}

function describeHour(cli: Cli, options: DiffOptions, summary: DiffSummary, one: HourDiff | undefined): string {
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

function titleText(cli: Cli, { before, after, board }: DiffOptions, hours: readonly HourDiff[]): string {
  const extractors = [...new Set(hours.map((one) => `${one.extractors.before} → ${one.extractors.after}`))].join(', ')
  return `${styleFor(cli.stdout)('bold', `${board}: edition ${before} → ${after}`)}${extractors ? `  ${extractors}` : ''}`
}

function rangeOf({ first, last }: DiffSummary): string {
  if (first === null) return ''
  return first === last ? ` (${first})` : ` (${first} … ${last})`
}

function onlyText({ before, after }: DiffOptions, { shared, onlyBefore, onlyAfter }: DiffSummary): string[] {
  const some = (hours: readonly HourId[]) => (hours.length === 1 ? hours[0] : `${hours[0]} … ${hours.at(-1)}`)
  return [
    ...(onlyBefore.length > 0
      ? [
          `${count(onlyBefore.length)} hours are in edition ${before} only (${some(onlyBefore)}): not computed in ${after}`,
        ]
      : []),
    ...(onlyAfter.length > 0
      ? [
          `${count(onlyAfter.length)} hours are in edition ${after} only (${some(onlyAfter)}): not computed in ${before}`,
        ]
      : []),
    ...(shared > 0 ? [`${count(shared)} hours are the same: both read them from the same edition`] : []),
  ]
}

function changesText({ entered, left, up, down, count: counts }: Readonly<Record<DiffChange, number>>): string {
  if (entered + left + up + down + counts === 0) return 'nothing changes'
  return `${count(entered)} entered, ${count(left)} left, ${count(up + down)} moved, ${count(counts)} with another count`
}

function changeCells(rows: readonly DiffRow[]): string[] {
  const { entered, left, up, down, count: counts } = countChanges(rows)
  return [entered, left, up + down, counts].map((number) => (number === 0 ? '' : String(number)))
}

function namesText(cli: Cli, rows: readonly DiffRow[]): string {
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

function changeName(cli: Cli, change: DiffChange, before: DiffSide, after: DiffSide): string {
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
  cli: Cli,
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
