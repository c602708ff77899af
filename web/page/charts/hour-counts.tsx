/** Counts of one term by hour: a stepped area, days below, hours that are not final marked, the rank as a band under it. */
import { area as areaOf, curveStepAfter } from 'd3-shape'
import { useRef, useState } from 'preact/hooks'
import type { TermHour } from '../../contract/term.ts'
import { dayOf } from '../format/zoned.ts'
import { Scroll } from '../parts/scroll.tsx'
import { useNewestInSight } from '../parts/use-newest-in-sight.ts'
import { usePage } from '../state/page-context.ts'
import { niceTicks } from './ticks.ts'

const WIDTH = 1_000
const HEIGHT = 220
const LEFT = 46
const TOP = 12
const BAND = 12
const FOOT = 42
const TICKS = 4
/** A day's label is no longer than this. */
const LABEL_ROOM = 70

export function HourCounts({ hours, label }: { readonly hours: readonly TermHour[]; readonly label: string }) {
  const { text, format } = usePage()
  const [at, setAt] = useState<number | null>(null)
  const scroller = useRef<HTMLDivElement>(null)
  useNewestInSight(scroller, hours.at(-1)?.hour ?? '')
  const step = (WIDTH - LEFT) / hours.length
  const ticks = niceTicks(Math.max(1, ...hours.map(({ countMax }) => countMax)), TICKS)
  const most = ticks.at(-1)!
  const bottom = TOP + HEIGHT
  const x = (i: number) => LEFT + i * step
  const y = (count: number) => bottom - (count / most) * HEIGHT
  const area = areaOf<number>()
    .x((_, i) => x(i))
    .y0(bottom)
    .y1((count) => y(count))
    .curve(curveStepAfter)
  const counts = hours.map(({ count }) => count)
  const shown = at === null ? undefined : hours[at]
  const onMove = (event: PointerEvent) => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect()
    const i = Math.floor((((event.clientX - box.left) / box.width) * WIDTH - LEFT) / step)
    setAt(hours[i] ? i : null)
  }
  return (
    <>
      <Scroll of="chart" box={scroller} label={label}>
        <svg
          class="hour-counts"
          viewBox={`0 0 ${WIDTH} ${bottom + BAND + FOOT}`}
          role="img"
          aria-label={label}
          onPointerMove={onMove}
          onPointerLeave={() => setAt(null)}
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line class="rule" x1={LEFT} x2={WIDTH} y1={y(tick)} y2={y(tick)} />
              <text class="axis" x={LEFT - 8} y={y(tick)} text-anchor="end" dominant-baseline="central">
                {format.short(tick)}
              </text>
            </g>
          ))}
          {stretches(hours).map(({ standing, from, to }) => (
            <rect key={from} class={`span ${standing}`} x={x(from)} y={TOP} width={(to - from) * step} height={HEIGHT}>
              <title>{text.standingWhy[standing]}</title>
            </rect>
          ))}
          <path class="area" d={area([...counts, counts.at(-1) ?? 0]) ?? ''} />
          <rect class="band none" x={LEFT} y={bottom + 4} width={WIDTH - LEFT} height={BAND} />
          {hours.map(({ hour, rank }, i) =>
            rank === null ? null : (
              <rect
                key={hour}
                class={`band ${bandOf(rank)}`}
                x={x(i)}
                y={bottom + 4}
                width={step + 0.2}
                height={BAND}
              />
            ),
          )}
          <Days hours={hours} x={x} y={bottom + BAND + 22} />
          {at !== null && (
            <rect class="cursor" x={x(at)} y={TOP} width={Math.max(step, 1)} height={HEIGHT + BAND + 4} />
          )}
        </svg>
      </Scroll>
      <p class="readout quiet" aria-hidden="true">
        {shown
          ? `${format.momentOf(shown.hour)} · ${text.posts(format.count(shown.count))} · ${rankWords(shown, text.term)} · ${text.standing[shown.standing]}`
          : text.term.bandLegend}
      </p>
    </>
  )
}

function bandOf(rank: number): 'top' | 'high' | 'low' {
  return rank <= 10 ? 'top' : rank <= 100 ? 'high' : 'low'
}

export function rankWords(
  { rank, rankMin, count }: Pick<TermHour, 'rank' | 'rankMin' | 'count'>,
  words: { readonly rank: (n: number) => string; readonly behind: (n: number) => string; readonly unranked: string },
): string {
  if (rank !== null) return words.rank(rank)
  return count > 0 && rankMin !== null ? words.behind(rankMin) : words.unranked
}

interface Stretch {
  readonly standing: TermHour['standing']
  /** Places in the hours: [from, to). */
  readonly from: number
  readonly to: number
}

/** Hours that are not final, as few rectangles: seams between them would show. */
function stretches(hours: readonly TermHour[]): readonly Stretch[] {
  const found: Stretch[] = []
  hours.forEach(({ standing }, i) => {
    const last = found.at(-1)
    if (last && last.standing === standing && last.to === i) found[found.length - 1] = { ...last, to: i + 1 }
    else if (standing !== 'sealed') found.push({ standing, from: i, to: i + 1 })
  })
  return found
}

interface DaysProps {
  readonly hours: readonly TermHour[]
  readonly x: (i: number) => number
  readonly y: number
}

function Days({ hours, x, y }: DaysProps) {
  const { format } = usePage()
  let labelled = Number.NEGATIVE_INFINITY
  return hours.map(({ hour }, i) => {
    const start = Date.parse(`${hour}:00Z`)
    const before = hours[i - 1]
    if (before && dayOf(Date.parse(`${before.hour}:00Z`), format.zone) === dayOf(start, format.zone)) return null
    // the last day has not begun long ago: its label ends where the chart does
    const isLast = x(i) > WIDTH - LABEL_ROOM
    const left = isLast ? WIDTH - LABEL_ROOM : x(i)
    const isLabelled = left - labelled >= LABEL_ROOM
    if (isLabelled) labelled = left
    return (
      <g key={hour}>
        <line class="rule day" x1={x(i)} x2={x(i)} y1={TOP} y2={y - 14} />
        {isLabelled && (
          <text class="axis" x={isLast ? WIDTH : x(i) + 3} y={y} text-anchor={isLast ? 'end' : 'start'}>
            {format.day(start)}
          </text>
        )}
      </g>
    )
  })
}
