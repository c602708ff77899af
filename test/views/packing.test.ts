import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, type TallyColumns, tallyOf } from '../../model/tally.ts'
import { pack, unpack } from '../../views/packing.ts'

const term = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }).filter((text) => !text.includes('\n'))
const tallies = fc
  .uniqueArray(fc.record({ key: term, shown: term, same: fc.boolean(), count: fc.integer({ min: 1, max: 1e9 }) }), {
    selector: ({ key }) => key,
    maxLength: 30,
  })
  .map((terms) =>
    tallyOf(
      terms.map(({ key, shown, same, count }) => ({ key, shown: same ? key : shown, count })),
      7,
    ),
  )

describe('documents at rest', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(tallies, (tally) => {
        const columns = columnsOf(tally)
        expect(unpack(pack(columns))).toEqual(columns)
      }),
    )
  })

  it.each([0, 1, 2])('hold %d terms whose spelling is their key', (terms) => {
    const columns = columnsOf(
      tallyOf(
        ['a', 'b'].slice(0, terms).map((key) => ({ key, shown: key, count: 1 })),
        3,
      ),
    )
    expect(unpack(pack(columns))).toEqual(columns)
  })

  it.each([
    ['an empty key', { keys: [''], shown: ['a'] }],
    ['a line feed in a key', { keys: ['a\nb'], shown: ['a'] }],
    ['a line feed in a spelling', { keys: ['a'], shown: ['a\nb'] }],
  ])('are refused with %s', (_, wrong) => {
    const columns: TallyColumns = { ...wrong, counts: [1], floor: 0, distinct: 1, total: 1, records: 1 }
    expect(() => pack(columns)).toThrow(/empty or holds a line feed/)
  })

  it('in another form are not guessed at', () => {
    const packed = pack(columnsOf(tallyOf([], 0)))
    expect(() => unpack({ ...packed, form: 99 })).toThrow(/form 99/)
  })
})
