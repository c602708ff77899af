import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyOf } from '../../../model/terms/key.ts'
import keys from '../../golden/terms/keys.json' with { type: 'json' }
import { unicodeTexts } from './nasty-texts.ts'

describe('the key of a term', () => {
  test('is what Python makes of it, on 600 strings full of what changes', () => {
    const wrong = keys.samples.filter(([shown, key]) => keyOf(shown!) !== key)
    expect(wrong).toEqual([])
    expect(keys.samples.length).toBeGreaterThan(600)
  })

  test('makes one of spellings that people hold for one', () => {
    for (const same of [
      ['Straße', 'STRASSE', 'strasse', 'STRAẞE'],
      ['ΟΔΌΣ', 'οδός', 'Οδόσ'],
      ['café', 'cafe\u0301', 'ＣＡＦÉ', 'CAFÉ'],
      ['ﬁlm', 'FILM', 'ｆｉｌｍ'],
      ['Ꮳꮃꭹ', 'ᏣᎳᎩ'],
      ['ガ', 'ｶﾞ', 'カ\u3099'],
    ]) {
      expect(new Set(same.map(keyOf)).size, same.join(' ')).toBe(1)
    }
  })

  test('keeps apart what differs', () => {
    for (const [a, b] of [
      ['ı', 'i'],
      ['e', 'é'],
      ['は', 'ば'],
      ['İ', 'I'],
    ]) {
      expect(keyOf(a!), `${a} ${b}`).not.toBe(keyOf(b!))
    }
  })

  test('is its own key', () => {
    fc.assert(fc.property(unicodeTexts, (text) => keyOf(keyOf(text)) === keyOf(text)))
  })
})
