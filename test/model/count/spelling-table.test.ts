import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashBytes } from '../../../model/count/byte-table.ts'
import { SpellingTable } from '../../../model/count/spelling-table.ts'
import { compareCodePoints } from '../../../model/terms/order.ts'

/** The id of the key of a spelling. */
function keyIdOf(table: SpellingTable, shown: string): number {
  const bytes = Buffer.from(shown)
  return table.keyOf(table.intern(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length)))
}

describe('a table of spellings', () => {
  it('orders the keys of every unit by code point, whether they came before or are new', () => {
    const word = fc.stringMatching(/^[ab🎈ｦé0-9]{1,4}$/u)
    // Many old keys and few new ones, and the other way round: both ways of ordering are met.
    const unit = fc.uniqueArray(word, { minLength: 0, maxLength: 40 })
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 8 }), fc.boolean(), (units, together) => {
        const table = new SpellingTable((shown) => shown)
        const met = new Set<string>()
        for (const words of units) {
          const all = together ? [...new Set([...met, ...words])] : words
          for (const each of words) met.add(each)
          const ids = Uint32Array.from(all, (each) => keyIdOf(table, each))
          const ordered = Array.from(table.orderOf(ids), (position) => all[position])
          expect(ordered).toEqual(all.toSorted(compareCodePoints))
        }
      }),
    )
  })
})
