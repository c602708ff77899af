/**
 * From rankings of consecutive hours to the lines of a bump chart. Pure.
 *
 * Invariant: each line's points are in time order; a run is a longest stretch of consecutive hours in which the term is ranked, and
 * the runs of a line together hold each of its points once.
 */
export interface RankedRow {
  readonly rank: number
  readonly key: string
  readonly shown: string
  readonly count: number
}

export interface RankPoint {
  readonly column: number
  readonly rank: number
  readonly count: number
}

export interface RankLine {
  readonly key: string
  /** As in the hour where it was counted most. */
  readonly shown: string
  readonly runs: readonly (readonly RankPoint[])[]
  /** Of the hours in which it is ranked. */
  readonly count: number
  readonly best: RankPoint
  /** 0 to `colours` − 1 for the most counted; null: one of the many. */
  readonly colour: number | null
}

/** @param hours rows of each hour, in time order; most counted lines last, so that they are drawn on top */
export function rankLines(hours: readonly (readonly RankedRow[])[], colours: number): readonly RankLine[] {
  const points = new Map<string, { shown: string; most: number; points: RankPoint[] }>()
  hours.forEach((rows, column) => {
    for (const { key, shown, rank, count } of rows) {
      const line = points.get(key) ?? { shown, most: 0, points: [] }
      line.points.push({ column, rank, count })
      if (count > line.most) Object.assign(line, { most: count, shown })
      points.set(key, line)
    }
  })
  const lines = [...points].map(([key, line]) => ({
    key,
    shown: line.shown,
    runs: runsOf(line.points),
    count: line.points.reduce((sum, { count }) => sum + count, 0),
    best: line.points.reduce((best, point) => (point.rank < best.rank ? point : best)),
  }))
  lines.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
  return lines.map((line, i) => ({ ...line, colour: i < colours ? i : null })).reverse()
}

function runsOf(points: readonly RankPoint[]): readonly (readonly RankPoint[])[] {
  const runs: RankPoint[][] = []
  for (const point of points) {
    const run = runs.at(-1)
    if (run?.at(-1)?.column === point.column - 1) run.push(point)
    else runs.push([point])
  }
  return runs
}
