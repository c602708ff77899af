/** The greatest terms of a window as bars. Pure. */
import { scaleLinear } from 'd3-scale'
import type { Answer } from '../../views/answer.ts'
import { count } from '../progress.ts'
import { COLOURS, clip, footer, page, round, text, widthOf } from './svg.ts'

/** Words around the chart, made by whoever knows zone and language. */
export interface ChartWords {
  /** `hashtags  Mon 16 Nov 2026 07:00–08:00 (Europe/Paris)` */
  readonly title: string
  /** Where the answer comes from, and how sure it is. */
  readonly provenance: string
}

const WIDTH = 900
const MARGIN = 28
const TOP = 74
const ROW = 34
const FOOT = 62
const LABEL_SIZE = 16
const LABEL_MAX = 320
const RANK_WIDTH = 34

export function barChart({ rows, records }: Answer, { title, provenance }: ChartWords): string {
  const labels = rows.map(({ shown }) => clip(`#${shown}`, LABEL_SIZE, LABEL_MAX))
  const labelWidth = Math.max(60, ...labels.map((label) => widthOf(label, LABEL_SIZE)))
  const counts = rows.map((row) => countText(row))
  const countWidth = Math.max(40, ...counts.map((shown) => widthOf(shown, 14)))
  const left = MARGIN + RANK_WIDTH + labelWidth + 14
  const scale = scaleLinear(
    [0, Math.max(1, ...rows.map((row) => row.countMax))],
    [0, WIDTH - left - countWidth - MARGIN - 8],
  )
  const bars = rows.flatMap((row, i) => {
    const y = TOP + i * ROW
    const middle = y + ROW / 2 + 5
    const length = round(Math.max(1, scale(row.count)))
    // what the count may be at most, where it is not exact
    const open = row.countMax > row.count ? round(scale(row.countMax) - scale(row.count)) : 0
    return [
      text(MARGIN + RANK_WIDTH - 10, middle, String(row.rank), { fill: COLOURS.quiet, anchor: 'end' }),
      text(left - 14, middle, labels[i]!, { size: LABEL_SIZE, weight: 'bold', anchor: 'end' }),
      `<rect x="${round(left)}" y="${y + 6}" width="${length}" height="${ROW - 12}" rx="2" fill="${COLOURS.bar}"/>`,
      ...(open > 0
        ? [
            `<rect x="${round(left + length)}" y="${y + 6}" width="${open}" height="${ROW - 12}" fill="${COLOURS.bar}" fill-opacity="0.3"/>`,
          ]
        : []),
      text(left + length + open + 8, middle, counts[i]!),
    ]
  })
  const height = TOP + Math.max(1, rows.length) * ROW + FOOT
  return page({
    width: WIDTH,
    height,
    title,
    description: rows.map((row) => `${row.rank}. #${row.shown}: ${countText(row)}`).join('; '),
    body: [
      text(MARGIN, 34, title, { size: 20, weight: 'bold' }),
      text(MARGIN, 56, `posts with the term, of ${count(records)}`, { fill: COLOURS.quiet }),
      ...(rows.length === 0 ? [text(MARGIN, TOP + 22, 'nothing was counted', { fill: COLOURS.quiet })] : bars),
      ...footer(MARGIN, height - 18, provenance, WIDTH - 2 * MARGIN),
    ],
  })
}

function countText(row: Answer['rows'][number]): string {
  return row.countMax > row.count ? `${count(row.count)} to ${count(row.countMax)}` : count(row.count)
}
