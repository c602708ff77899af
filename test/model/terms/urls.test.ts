import fc from 'fast-check'
import twitter from 'twitter-text'
import { describe, expect, test } from 'vitest'
import { findUrls } from '../../../model/terms/urls.ts'
import { SIGN_PIECES, textsOf, URL_PIECES } from './nasty-texts.ts'

describe('links', () => {
  test('are where the reference implementation sees them, on random texts', () => {
    let found = 0
    fc.assert(
      fc.property(textsOf([...URL_PIECES, ...URL_PIECES, ...SIGN_PIECES]), (text) => {
        const urls = findUrls(text)
        expect(urls).toEqual(twitter.extractUrlsWithIndices(text).map(({ indices: [start, end] }) => ({ start, end })))
        found += urls.length
      }),
      { numRuns: 3000 },
    )
    expect(found).toBeGreaterThan(300)
  })

  test.each([
    ['read https://example.org/a_(b)/c?d=e#f.', ['https://example.org/a_(b)/c?d=e#f']],
    ['example.org, www.example.co.uk/x and file.md5', ['example.org', 'www.example.co.uk/x']],
    ['見てexample.comを', ['example.com']],
    ['me@example.org $example.org #example.org', []],
    ["https://t.co/abc's https://t.co/def?amp=1.", ['https://t.co/abc', 'https://t.co/def?amp=1']],
  ])('%s', (text, expected) => {
    expect(findUrls(text).map(({ start, end }) => text.slice(start, end))).toEqual(expected)
  })
})
