import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldCase } from '../../model/fold.ts'
import { unicodeTexts } from './terms/nasty-texts.ts'

describe('case folding', () => {
  test('is CaseFolding.txt of Unicode 17, statuses C and F, entry for entry', () => {
    // Digest of the 1,585 entries as lines "code point, folded code points" in hexadecimal, taken from the published data.
    const published = '84f775ac4c464b3b9a19d45067049e7e139203306bd2c6b040f87c9cdba009ed'
    const lines: string[] = []
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue
      const character = String.fromCodePoint(code)
      const folded = foldCase(character)
      if (folded !== character) lines.push([code, ...codesOf(folded)].map((each) => each.toString(16)).join(' '))
    }
    expect(lines).toHaveLength(1585)
    expect(
      createHash('sha256')
        .update(`${lines.join('\n')}\n`)
        .digest('hex'),
    ).toBe(published)
  })

  test('lower-casing is not folding', () => {
    expect('ΟΔΟΣ'.toLowerCase()).toBe('οδος')
    expect(foldCase('ΟΔΟΣ')).toBe('οδοσ')
    expect(foldCase('οδος')).toBe('οδοσ')
    expect(foldCase('ẞ')).toBe(foldCase('ß'))
    expect(foldCase('ı')).not.toBe(foldCase('I'))
  })

  test('is idempotent', () => {
    fc.assert(fc.property(unicodeTexts, (text) => foldCase(foldCase(text)) === foldCase(text)))
  })
})

function codesOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0)!)
}
