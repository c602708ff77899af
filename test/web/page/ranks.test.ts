import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rankLines } from '../../../web/page/charts/ranks.ts'

const KEYS = ['a', 'b', 'c', 'd', 'e']
/** Some of the terms in some order, ranked. */
const hour = fc
  .shuffledSubarray(KEYS)
  .map((keys) => keys.map((key, i) => ({ key, shown: key.toUpperCase(), rank: i + 1, count: 10 - i })))
const hours = fc.array(hour, { maxLength: 12 })

describe('the lines of a bump chart', () => {
  it('hold every ranked term of every hour once, in runs of hours that follow one another', () => {
    fc.assert(
      fc.property(hours, (given) => {
        const lines = rankLines(given, 2)
        const points = lines.flatMap(({ key, runs }) =>
          runs.flatMap((run) => run.map(({ column, rank, count }) => `${column} ${key} ${rank} ${count}`)),
        )
        const truth = given.flatMap((rows, column) =>
          rows.map(({ key, rank, count }) => `${column} ${key} ${rank} ${count}`),
        )
        expect(points.sort()).toEqual(truth.sort())
        for (const { runs } of lines) {
          for (const run of runs) {
            run.forEach(({ column }, i) => void expect(column).toBe(run[0]!.column + i))
          }
          runs.slice(1).forEach((run, i) => void expect(run[0]!.column).toBeGreaterThan(runs[i]!.at(-1)!.column + 1))
        }
      }),
    )
  })

  it('give colours to the most counted, which are drawn last', () => {
    const lines = rankLines([[row('a', 1, 5), row('b', 2, 3)], [row('b', 1, 9)]], 1)
    expect(lines.map(({ key, colour, count }) => [key, colour, count])).toEqual([
      ['a', null, 5],
      ['b', 0, 12],
    ])
    expect(lines.at(-1)!.best).toEqual({ column: 1, rank: 1, count: 9 })
  })
})

function row(key: string, rank: number, count: number) {
  return { key, shown: key, rank, count }
}
