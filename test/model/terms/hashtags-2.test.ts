import fc from 'fast-check'
import twitter from 'twitter-text'
import { describe, expect, test } from 'vitest'
import { hashtags2 } from '../../../model/terms/hashtags-2.ts'
import golden from '../../golden/terms/hashtags-2.json' with { type: 'json' }
import { nastyTexts, SIGN_PIECES, textsOf, URL_PIECES } from './nasty-texts.ts'

describe('hashtags@2', () => {
  test.each(golden)('$rule', ({ text, terms }) => {
    expect(hashtags2.extract(text)).toEqual(terms)
  })

  test('finds what the reference implementation finds, on random texts of its alphabet', () => {
    const known = textsOf([...SIGN_PIECES, ...URL_PIECES])
    let found = 0
    fc.assert(
      fc.property(known, (text) => {
        const terms = hashtags2.extract(text)
        expect(terms).toEqual(twitter.extractHashtags(text))
        found += terms.length
      }),
      { numRuns: 3000 },
    )
    expect(found).toBeGreaterThan(300)
  })

  test('takes a lone surrogate for U+FFFD, as which it reaches the lake', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('#', 'a', ' ', '\ud83d', '\ude00') }), (text) => {
        expect(hashtags2.extract(text)).toEqual(hashtags2.extract(Buffer.from(text).toString()))
      }),
    )
  })

  test('no term is empty, digits only, or other than a slice of the text', () => {
    fc.assert(
      fc.property(nastyTexts, (text) => {
        for (const term of hashtags2.extract(text)) {
          expect(term).toMatch(/[\p{L}\p{M}]/u)
          expect(text.toWellFormed()).toContain(term)
        }
      }),
    )
  })

  test('a long text takes a time like its length, however it is made', () => {
    // With these, matchers that start over at each character take the square of it: seconds, where this takes some 10 ms.
    for (const piece of ['あ', 'a', 'あ.', '#あ.', 'a-', 'a_.', '(a', 'x.com/(', '(a)', 'http://', '.com#', '#1']) {
      const text = piece.repeat(20_000 / piece.length)
      expect(hashtags2.extract(`${text} . x.com/${text} #end`).at(-1), piece).toBe('end')
    }
  })
})
