import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLongTerm, isLongText } from '../../../model/terms/term-length.ts'

describe('the length of a term', () => {
  it('is its code points, whether it is asked as bytes or as a string, wherever it lies', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '東', '𝒜', '🎉', '\u0301'), maxLength: 40 })
    fc.assert(
      fc.property(text, text, fc.integer({ min: 1, max: 30 }), (term, before, lengthMax) => {
        const isLong = Array.from(term).length > lengthMax
        const bytes = Buffer.from(before + term)
        expect(isLongTerm(bytes, Buffer.byteLength(before), bytes.length, lengthMax)).toBe(isLong)
        expect(isLongText(term, lengthMax)).toBe(isLong)
      }),
    )
  })
})
