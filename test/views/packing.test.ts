import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAppError } from '../../model/errors.ts'
import { columnsOf, type TallyColumns, tallyOf } from '../../model/tally.ts'
import { pack, unpack } from '../../views/packing.ts'

const word = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\n'))
const terms = fc.uniqueArray(fc.record({ key: word, shown: word, count: fc.integer({ min: 1, max: 2 ** 40 }) }), {
  selector: (term) => term.key,
  maxLength: 20,
})
const columns = terms.map((terms) => columnsOf(tallyOf(terms, 3, 10)))

/** Read as the store gives it back: `shown` is made when it is looked at. */
function read(packed: unknown): TallyColumns {
  const { keys, shown, counts, ...facts } = unpack(packed as Parameters<typeof unpack<TallyColumns>>[0])
  return { keys, shown, counts, ...facts }
}

describe('a packed tally', () => {
  it('unpacks to what it was', () => {
    fc.assert(
      fc.property(columns, (tally) => {
        expect(read(pack(tally))).toEqual(tally)
      }),
    )
  })

  it('of one term that is shown as its key is one line, not none', () => {
    const tally = columnsOf(tallyOf([{ key: 'a', shown: 'a', count: 1 }], 1))
    expect(pack(tally)).toMatchObject({ keys: 'a', shown: '', counts: '1' })
    expect(read(pack(tally))).toEqual(tally)
  })

  it('never holds a term that would become two, or none', () => {
    for (const key of ['a\nb', '']) {
      const tally = columnsOf(tallyOf([{ key, shown: 'x', count: 1 }], 1))
      expect(() => pack(tally)).toThrow(/no term is empty or holds a line feed/)
    }
  })

  it.each([
    ['a count too few', { counts: '2' }],
    ['a count too many', { counts: '2 1 1' }],
    ['a count that is no number', { counts: '2 x' }],
    ['a spelling too few', { shown: 'A' }],
    ['another form', { form: 2 }],
    ['no form', { form: undefined }],
  ])('with %s is refused as corrupt, by its name', (_, damage) => {
    const tally = columnsOf(
      tallyOf(
        [
          { key: 'a', shown: 'A', count: 2 },
          { key: 'b', shown: 'B', count: 1 },
        ],
        1,
      ),
    )
    const packed = { ...pack(tally), _id: 'posts/hashtags/1/x' }
    expect(read(packed).counts).toEqual([2, 1])
    const error = (() => {
      try {
        return read({ ...packed, ...damage })
      } catch (error) {
        return error
      }
    })()
    expect(isAppError(error, 'corrupt') && error.message).toContain('posts/hashtags/1/x')
  })
})
