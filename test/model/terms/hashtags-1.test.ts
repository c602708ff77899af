import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashtags1 } from '../../../model/terms/hashtags-1.ts'
import golden from '../../golden/terms/hashtags-1.json' with { type: 'json' }
import { nastyTexts } from './nasty-texts.ts'

describe('hashtags@1', () => {
  test.each(golden)('$rule', ({ text, terms }) => {
    expect(hashtags1.extract(text)).toEqual(terms)
  })

  test('is the tutorial: split at white space, take what starts with # and word characters', () => {
    const tutorial = (text: string) =>
      text
        .split(/\s+/)
        .map((word) => /^#(\w+)/.exec(word)?.[1])
        .filter((term) => term !== undefined)
    fc.assert(
      fc.property(nastyTexts, (text) => {
        expect(hashtags1.extract(text)).toEqual(tutorial(text))
      }),
    )
  })
})
