/**
 * Which lines of a bump chart get a name in the middle of it: each once at most, at the start of its longest run, the most counted first,
 * and none where a name stands already. Pure.
 *
 * Invariant: no two of the places touch.
 */
import type { RankLine, RankPoint } from './ranks.ts'

export interface LabelPlace {
  readonly key: string
  readonly point: RankPoint
}

export interface LabelRoom {
  /** Columns and ranks that a name takes up, to either side of its point. */
  readonly columns: number
  readonly ranks: number
  /** Lines that are ranked in this column have their name at the edge. */
  readonly lastColumn: number
}

/** @param lines as `rankLines` gives them: the most counted last */
export function placeLabels(lines: readonly RankLine[], room: LabelRoom): readonly LabelPlace[] {
  const places: LabelPlace[] = []
  for (const { key, colour, runs } of lines.toReversed()) {
    if (colour === null || runs.some((run) => run.at(-1)!.column === room.lastColumn)) continue
    const byLength = runs.toSorted((a, b) => b.length - a.length)
    const free = byLength
      .flatMap((run) => run.slice(0, 1))
      .find((point) => places.every((place) => isApart(place.point, point, room)))
    if (free) places.push({ key, point: free })
  }
  return places
}

function isApart(a: RankPoint, b: RankPoint, { columns, ranks }: LabelRoom): boolean {
  return Math.abs(a.column - b.column) >= columns || Math.abs(a.rank - b.rank) >= ranks
}
