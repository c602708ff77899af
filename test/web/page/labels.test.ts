import fc from 'fast-check'
import { expect, it } from 'vitest'
import { placeLabels } from '../../../web/page/charts/labels.ts'
import { rankLines } from '../../../web/page/charts/ranks.ts'

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f']
const hour = fc
  .shuffledSubarray(KEYS)
  .map((keys) => keys.map((key, i) => ({ key, shown: key, rank: i + 1, count: 10 - i })))

it('names in a chart do not touch, stand once, on a point of their line, and not twice with the edge', () => {
  fc.assert(
    fc.property(fc.array(hour, { minLength: 1, maxLength: 12 }), (hours) => {
      const lastColumn = hours.length - 1
      const places = placeLabels(rankLines(hours, 4), { columns: 3, ranks: 1, lastColumn })
      expect(new Set(places.map(({ key }) => key)).size).toBe(places.length)
      places.forEach(({ key, point }, i) => {
        expect(hours[point.column]?.find((row) => row.key === key)?.rank).toBe(point.rank)
        expect(hours[lastColumn]?.some((row) => row.key === key)).toBe(false)
        for (const other of places.slice(i + 1)) {
          const isApart = Math.abs(other.point.column - point.column) >= 3 || other.point.rank !== point.rank
          expect(isApart).toBe(true)
        }
      })
    }),
  )
})
