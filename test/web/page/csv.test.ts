import { expect, it } from 'vitest'
import { toCsv } from '../../../web/page/format/csv.ts'

it('quotes what has to be, and defuses what a spreadsheet would compute', () => {
  const csv = toCsv(
    ['term', 'count'],
    [
      ['a"b', 1],
      ['x,y', 2],
      ['=cmd()', 3],
      ['-1', -1],
      ['plain', 0.5],
    ],
  )
  expect(csv).toBe('term,count\r\n"a""b",1\r\n"x,y",2\r\n\'=cmd(),3\r\n\'-1,-1\r\nplain,0.5\r\n')
})
