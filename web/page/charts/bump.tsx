/**
 * Ranks over the hours: a column an hour, a line a term. What is not final has another ground, and says why below the chart. For the eye
 * and the pointer only: who reads otherwise has the table that says the same, so there are no hundreds of stops for the keyboard here.
 */
import { curveBumpX, line as lineOf } from 'd3-shape'
import { useRef } from 'preact/hooks'
import type { Answer } from '../../contract/top.ts'
import { Scroll } from '../parts/scroll.tsx'
import { useNewestInSight } from '../parts/use-newest-in-sight.ts'
import { usePage } from '../state/page-context.ts'
import { ellipsis } from '../text/ellipsis.ts'
import { placeLabels } from './labels.ts'
import type { RankLine, RankPoint } from './ranks.ts'

const COLUMN = 46
const ROW = 34
const HEAD = 62
const FOOT = 10
const SIDE_LEFT = 34
const SIDE_RIGHT = 168
const LABEL_LENGTH = 16

type GapWhy = Answer['provenance']['gaps'][number]['why']

/** A name in the chart is about this long, at most. */
const LABEL_ROOM = { columns: 3, ranks: 1 }
const DOT = 11
const SMALL_DOT = 4

export interface HotPoint {
  readonly key: string
  readonly column: number
}

interface BumpProps {
  readonly answers: readonly Answer[]
  readonly lines: readonly RankLine[]
  readonly ranks: number
  readonly hot: HotPoint | null
  readonly onHot: (hot: HotPoint | null, at?: Element) => void
  /** Address of a term's view. */
  readonly hrefOfTerm: (term: string) => string
}

const x = (column: number) => SIDE_LEFT + (column + 0.5) * COLUMN
const y = (rank: number) => HEAD + (rank - 0.5) * ROW
const path = lineOf<RankPoint>()
  .x(({ column }) => x(column))
  .y(({ rank }) => y(rank))
  .curve(curveBumpX)

export function BumpChart({ answers, lines, ranks, hot, onHot, hrefOfTerm }: BumpProps) {
  const { text, format } = usePage()
  const scroller = useRef<HTMLDivElement>(null)
  const width = SIDE_LEFT + answers.length * COLUMN + SIDE_RIGHT
  const height = HEAD + ranks * ROW + FOOT
  useNewestInSight(scroller, answers.at(-1)?.from ?? '')
  const labels = placeLabels(lines, { ...LABEL_ROOM, lastColumn: answers.length - 1 })
  const kinds = new Map(lines.map(({ key, colour }) => [key, `k${colour}`]))
  const shownOf = new Map(lines.map(({ key, shown }) => [key, shown]))
  const first = answers[0]
  const last = answers.at(-1)
  if (!first || !last) return null
  return (
    <Scroll
      of="chart"
      box={scroller}
      label={text.hours.chartAbout(ranks, format.momentOf(first.from), format.momentOf(last.to))}
    >
      <svg
        class={hot ? 'bump has-hot' : 'bump'}
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        aria-hidden="true"
      >
        <defs>
          <pattern id="missing" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect class="hatch" width="2.5" height="8" />
          </pattern>
        </defs>
        {answers.map((answer, column) => (
          <HourColumn key={answer.from} answer={answer} column={column} ranks={ranks} isFirst={column === 0} />
        ))}
        {gapsOf(answers).map(({ why, middle }) => (
          <text
            key={middle}
            class="why"
            transform={`translate(${x(middle)} ${HEAD + (ranks * ROW) / 2}) rotate(-90)`}
            text-anchor="middle"
            dominant-baseline="central"
          >
            {text.gapWhy[why]}
          </text>
        ))}
        {Array.from({ length: ranks }, (_, i) => (
          <text key={i} class="axis" x={SIDE_LEFT - 14} y={y(i + 1)} text-anchor="middle" dominant-baseline="central">
            {i + 1}
          </text>
        ))}
        {lines.map((line) => (
          <Line key={line.key} {...{ line, hot, onHot, hrefOfTerm, columns: answers.length }} />
        ))}
        {labels.map(({ key, point }) => (
          <text
            key={key}
            class={`name short ${kinds.get(key)}${hot?.key === key ? ' hot' : ''}`}
            x={x(point.column)}
            y={y(point.rank) - DOT - 5}
            text-anchor="middle"
          >
            {`#${ellipsis(shownOf.get(key) ?? key, LABEL_LENGTH)}`}
          </text>
        ))}
      </svg>
    </Scroll>
  )
}

/** Missing hours side by side say why once, in their middle. */
function gapsOf(answers: readonly Answer[]) {
  const gaps: { readonly why: GapWhy; readonly first: number; readonly last: number }[] = []
  answers.forEach(({ standing, provenance }, column) => {
    if (standing !== 'missing' && standing !== null) return
    const why = provenance.gaps[0]?.why ?? 'unknown'
    const before = gaps.at(-1)
    if (before?.why === why && before.last === column - 1) gaps[gaps.length - 1] = { ...before, last: column }
    else gaps.push({ why, first: column, last: column })
  })
  return gaps.map(({ why, first, last }) => ({ why, middle: (first + last) / 2 }))
}

function HourColumn({
  answer,
  column,
  ranks,
  isFirst,
}: {
  readonly answer: Answer
  readonly column: number
  readonly ranks: number
  readonly isFirst: boolean
}) {
  const { text, format } = usePage()
  const standing = answer.standing ?? 'missing'
  const left = SIDE_LEFT + column * COLUMN
  const label = format.hour(answer.from)
  const startsDay = isFirst || label === '00:00' || label === '00:30'
  return (
    <g class={`column ${standing}`}>
      <title>{`${format.hourSpan(answer.from)}: ${text.standing[standing]}. ${text.standingWhy[standing]}`}</title>
      <rect class="ground" x={left + 1} y={HEAD - 4} width={COLUMN - 2} height={ranks * ROW + 8} rx={6} />
      {startsDay && (
        <text class="axis day" x={left + 3} y={13}>
          {format.day(Date.parse(`${answer.from}:00Z`))}
        </text>
      )}
      <text class="axis" x={x(column)} y={32} text-anchor="middle">
        {label}
      </text>
      {standing === 'amended' && <path class="flag" d={`M${x(column) - 5} 39h10l-5 6z`} />}
      {standing === 'provisional' && <circle class="flag" cx={x(column)} cy={42} r={3.5} />}
    </g>
  )
}

interface LineProps extends Pick<BumpProps, 'hot' | 'onHot' | 'hrefOfTerm'> {
  readonly line: RankLine
  readonly columns: number
}

function Line({ line, hot, onHot, hrefOfTerm, columns }: LineProps) {
  const { key, shown, runs, colour } = line
  const kind = colour === null ? 'plain' : `k${colour}`
  const isHot = hot?.key === key
  const isBig = colour !== null || isHot
  return (
    <g class={`line ${kind}${isHot ? ' hot' : ''}`} onPointerLeave={() => onHot(null)}>
      {runs.map((run) => {
        const d = path([...run]) ?? ''
        const end = run.at(-1)!
        const begin = run[0]!
        const reachesEnd = end.column === columns - 1
        return (
          <g key={begin.column}>
            {run.length > 1 && <path class="stroke" d={d} />}
            {run.map((point) => (
              <a
                key={point.column}
                href={hrefOfTerm(shown)}
                tabindex={-1}
                onPointerEnter={(event) => onHot({ key, column: point.column }, event.currentTarget)}
              >
                <circle class="reach" cx={x(point.column)} cy={y(point.rank)} r={ROW / 2} />
                <circle class="dot" cx={x(point.column)} cy={y(point.rank)} r={isBig ? DOT : SMALL_DOT} />
                {isBig && (
                  <text
                    class="rank"
                    x={x(point.column)}
                    y={y(point.rank)}
                    text-anchor="middle"
                    dominant-baseline="central"
                  >
                    {point.rank}
                  </text>
                )}
              </a>
            ))}
            {reachesEnd && (
              <a
                href={hrefOfTerm(shown)}
                tabindex={-1}
                onPointerEnter={(event) => onHot({ key, column: end.column }, event.currentTarget)}
              >
                <text class="name" x={x(end.column) + 18} y={y(end.rank)} dominant-baseline="central">
                  {`#${ellipsis(shown, LABEL_LENGTH)}`}
                </text>
              </a>
            )}
          </g>
        )
      })}
    </g>
  )
}
