/** `tendance recompute --dry-run` as people read it. */
import type { DiffSide } from '../model/diff.ts'
import type { Estimate, HourRun, Preview, SampledBoard, SampledHour, SomeHours } from '../model/preview.ts'
import { type Cli, styleFor } from './cli.ts'
import { count } from './progress.ts'
import { tableText } from './table.ts'

export function showPreview(cli: Pick<Cli, 'stdout'>, preview: Preview): string {
  const style = styleFor(cli.stdout)
  const { kind, stream, parent, boards, extractors, hours, first, last, records, bytes, open, missing } = preview
  const names = boards.map((board) => extractors[board]).join(', ')
  const on = kind === 'rebuild' || parent === null ? '' : ` on top of edition ${parent}`
  const lines = [
    style('bold', `a ${kind} of ${stream} by ${names}${on} would`),
    hours === 0
      ? '  read nothing: no sealed hour of the range has records'
      : `  compute ${count(hours)} hours, ${first} … ${last} (UTC)`,
    ...(hours === 0 ? [] : [`  read ${count(records)} records, ${megabytes(bytes)}`]),
    ...(preview.estimate ? [`  take ${durationOf(preview.estimate)}, ${basisOf(preview.estimate)}`] : []),
    ...(open.count > 0 ? [`  leave alone ${someHours(open)}: not sealed yet, computed once they are`] : []),
    ...(missing.count > 0 ? [`  find nothing in ${someHours(missing)}: the lake has no records of them`] : []),
  ]
  const samples = preview.sample.flatMap((hour) => hour.boards.map((board) => showSample(cli, hour, board)))
  return [...lines, ...samples.flatMap((sample) => ['', sample]), '', style('dim', 'nothing was written')].join('\n')
}

function showSample(cli: Pick<Cli, 'stdout'>, { hour, bytes }: SampledHour, sampled: SampledBoard): string {
  const style = styleFor(cli.stdout)
  const { board, before, after, otherFiles, rows } = sampled
  const from = before ? `edition ${before.edition}, ${before.extractor}` : 'not computed'
  const title = `${style('bold', `${board} ${hour}`)}  ${from} → ${after.extractor}  ${style('dim', `${count(after.records)} posts, ${megabytes(bytes)}${otherFiles ? ', late ones among them that are not counted yet' : ''}`)}`
  if (rows.length === 0) return `${title}\n\n${style('dim', 'no terms in it')}`
  const head = ['now', 'posts', 'would be', 'posts', 'hashtag']
  const cells = rows.map(({ shown, change, before: was, after: is }) => {
    const name = `#${shown}`
    const shownName = change === 'entered' ? style('green', name) : change === 'left' ? style('red', name) : name
    return [rankText(was), countText(was), rankText(is), countText(is), shownName]
  })
  return `${title}\n\n${tableText(
    head.map((text) => style('dim', text)),
    cells,
    { right: [0, 1, 2, 3] },
  )}`
}

function rankText({ rank }: DiffSide): string {
  return rank === null ? '-' : String(rank)
}

function countText({ lower, upper }: DiffSide): string {
  return lower === upper ? count(lower) : `${count(lower)}–${count(upper)}`
}

function durationOf({ secondsLeast, secondsMost }: Estimate): string {
  const [least, most] = [secondsText(secondsLeast), secondsText(secondsMost)]
  return least === most ? `about ${most}` : `${least} to ${most}`
}

function basisOf({ edition, measured: { hours, bytes, ms } }: Estimate): string {
  const size = `${count(hours)} hours, ${megabytes(bytes)}`
  const took = secondsText(ms / 1_000)
  return edition === null
    ? `as counting the hours below took ${took}, without storing them (${size})`
    : `as building edition ${edition} took ${took} (${size})`
}

function secondsText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3_600).toFixed(1)} h`
}

function someHours({ count: number, runs }: SomeHours): string {
  const named = runs.slice(0, 3).map(runText).join(', ')
  return `${count(number)} ${number === 1 ? 'hour' : 'hours'} (${named}${runs.length > 3 ? ', …' : ''})`
}

function runText({ first, last }: HourRun): string {
  return first === last ? first : `${first} … ${last}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
