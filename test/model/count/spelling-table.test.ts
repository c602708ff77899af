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
  it('orders its keys by code point, however many of them are new and however alike they begin', () => {
    const alike = fc.stringMatching(/^(new|news|日本){1,3}[0-9]{0,3}$/u)
    const word = fc.oneof(fc.stringMatching(/^[ab🎈ｦé0-9]{1,4}$/u), alike)
    const unit = fc.uniqueArray(word, { minLength: 0, maxLength: 40 })
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 8 }), (units) => {
        const table = new SpellingTable((shown) => shown)
        const met = new Map<number, string>()
        for (const words of units) {
          for (const each of words) met.set(keyIdOf(table, each), each)
          const ordered = Array.from(table.keysInOrder(), (id) => met.get(id)!)
          expect(ordered).toEqual([...met.values()].toSorted(compareCodePoints))
        }
      }),
    )
  })
})
