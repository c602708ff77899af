/**
 * Ranks over the hours (a bump chart): a line a term, through the places that it had. A term that falls out of the first n is a
 * line that ends, and a new one, with its name, when it comes back. The terms with the most hours have colours of their own. Pure.
 */
import { scalePoint } from 'd3-scale'
import { curveBumpX, line } from 'd3-shape'
import type { HourId } from '../../model/time.ts'
import type { Answer } from '../../views/answer.ts'
import type { ChartWords } from './bar-chart.ts'
import { COLOURS, clip, escapeXml, footer, page, QUIET_SERIES, round, SERIES_COLOURS, text, widthOf } from './svg.ts'

export interface BumpWords extends ChartWords {
  /** `07`, and `Mon 16` where a day begins. */
  hour(hour: HourId, first: boolean): string
}

const MARGIN = 28
const TOP = 92
const ROW = 42
const FOOT = 76
const LABEL_SIZE = 15
const LABEL_MAX = 220
const HOUR_WIDTH_MIN = 78
const CHART_WIDTH_MIN = 480

interface Point {
  readonly hour: HourId
  readonly rank: number
  readonly count: number
  /** The hour may still change. */
  readonly provisional: boolean
}

interface Series {
  readonly key: string
  readonly shown: string
  readonly points: readonly Point[]
}

export function bumpChart(answers: readonly Answer[], n: number, words: BumpWords): string {
  const hours = answers.map(({ from }) => from)
  const series = seriesOf(answers)
  const labelled = (answer: Answer | undefined) =>
    answer?.rows.map((row) => clip(`#${row.shown}`, LABEL_SIZE, LABEL_MAX)) ?? []
  const widest = (labels: readonly string[]) => Math.max(20, ...labels.map((label) => widthOf(label, LABEL_SIZE)))
  const filled = answers.filter(({ rows }) => rows.length > 0)
  const leftLabels = labelled(filled[0])
  const rightLabels = labelled(filled.at(-1))
  const left = MARGIN + widest(leftLabels) + 22
  const chartWidth = Math.max(CHART_WIDTH_MIN, (hours.length - 1) * HOUR_WIDTH_MIN)
  const width = Math.ceil(left + chartWidth + widest(rightLabels) + 22 + MARGIN)
  const height = TOP + n * ROW + FOOT
  const x = scalePoint(hours, [left, left + chartWidth])
  const y = scalePoint(
    Array.from({ length: n }, (_, i) => i + 1),
    [TOP + ROW / 2, TOP + n * ROW - ROW / 2],
  )
  const at = ({ hour, rank }: Pick<Point, 'hour' | 'rank'>) => [x(hour)!, y(rank)!] as const
  const curve = line<Point>(
    (point) => at(point)[0],
    (point) => at(point)[1],
  ).curve(curveBumpX)

  const colourOf = coloursOf(series)
  const lines = series.flatMap((one) => {
    const colour = colourOf.get(one.key) ?? QUIET_SERIES
    return runsOf(one.points, hours).flatMap((run) => [
      `<path d="${curve(run)}" fill="none" stroke="${colour}" stroke-width="3"/>`,
      ...run.map((point) => {
        const [cx, cy] = at(point)
        const fill = point.provisional ? COLOURS.paper : colour
        return `<circle cx="${round(cx)}" cy="${round(cy)}" r="5" fill="${fill}" stroke="${colour}" stroke-width="2"><title>${escapeXml(pointText(point, one.shown))}</title></circle>`
      }),
    ])
  })
  const [begin, last] = [filled[0]?.from, filled.at(-1)?.from]
  const names = series.flatMap(({ key, shown, points }) =>
    runsOf(points, hours)
      .map((run) => run[0]!)
      // at both ends the names stand beside the chart
      .filter(({ hour }) => hour !== begin && hour !== last)
      .map((point) => {
        const [cx, cy] = at(point)
        const fill = colourOf.get(key) ?? COLOURS.quiet
        return text(cx, cy - 9, clip(`#${shown}`, 10, HOUR_WIDTH_MIN), { size: 10, anchor: 'middle', fill })
      }),
  )
  const missing = answers.filter(({ rows }) => rows.length === 0)
  const end = (label: string, i: number, of: Answer, side: 'left' | 'right') =>
    text(x(of.from)! + (side === 'left' ? -14 : 14), y(i + 1)! + 5, label, {
      size: LABEL_SIZE,
      anchor: side === 'left' ? 'end' : 'start',
    })
  return page({
    width,
    height,
    title: words.title,
    description: filled
      .map((answer) => `${answer.from}: ${answer.rows.map(({ rank, shown }) => `${rank}. #${shown}`).join(', ')}`)
      .join('; '),
    body: [
      text(MARGIN, 34, words.title, { size: 20, weight: 'bold' }),
      text(MARGIN, 58, 'rank by hour · hollow: the hour may still change · shaded: nothing was counted', {
        fill: COLOURS.quiet,
      }),
      ...missing.map(({ from }) => {
        const half = hours.length > 1 ? x.step() / 2 : 20
        return `<rect x="${round(x(from)! - half)}" y="${TOP}" width="${round(half * 2)}" height="${n * ROW}" fill="${COLOURS.line}" fill-opacity="0.6"/>`
      }),
      ...hours.map(
        (hour) =>
          `<line x1="${round(x(hour)!)}" x2="${round(x(hour)!)}" y1="${TOP}" y2="${TOP + n * ROW}" stroke="${COLOURS.line}"/>`,
      ),
      ...lines,
      ...names,
      ...(filled[0] ? leftLabels.map((label, i) => end(label, i, filled[0]!, 'left')) : []),
      ...(filled.length > 1 ? rightLabels.map((label, i) => end(label, i, filled.at(-1)!, 'right')) : []),
      ...hours.map((hour, i) =>
        text(x(hour)!, TOP + n * ROW + 22, words.hour(hour, i === 0), {
          size: 12,
          fill: COLOURS.quiet,
          anchor: 'middle',
        }),
      ),
      ...footer(MARGIN, height - 18, words.provenance, width - 2 * MARGIN),
    ],
  })
}

/** A colour each for those that were there for the most hours, and for more than one. */
function coloursOf(series: readonly Series[]): ReadonlyMap<string, string> {
  const longest = series.filter(({ points }) => points.length > 1).toSorted((a, b) => b.points.length - a.points.length)
  return new Map(SERIES_COLOURS.flatMap((colour, i) => (longest[i] ? [[longest[i].key, colour]] : [])))
}

/** Terms in the order in which they first came. */
function seriesOf(answers: readonly Answer[]): readonly Series[] {
  const series = new Map<string, { shown: string; points: Point[] }>()
  for (const { from, rows, provenance } of answers) {
    for (const { key, shown, rank, count } of rows) {
      const known = series.get(key) ?? { shown, points: [] }
      known.points.push({ hour: from, rank, count, provisional: provenance.hours.provisional > 0 })
      series.set(key, known)
    }
  }
  return [...series].map(([key, { shown, points }]) => ({ key, shown, points }))
}

/** Points of hours that follow one another. */
export function runsOf(points: readonly Point[], hours: readonly HourId[]): Point[][] {
  const index = new Map(hours.map((hour, i) => [hour, i]))
  const runs: Point[][] = []
  for (const point of points) {
    const last = runs.at(-1)?.at(-1)
    if (last && index.get(point.hour)! - index.get(last.hour)! === 1) runs.at(-1)!.push(point)
    else runs.push([point])
  }
  return runs
}

function pointText({ hour, rank, count }: Point, shown: string): string {
  return `#${shown}: ${rank}. at ${hour} UTC, ${count} posts`
}
