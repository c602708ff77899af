import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { alphabetTable, JOINER, LETTER } from '../../../model/terms/alphabet.ts'
import { generate, packRanges, rangesOf } from './generate-tables.ts'

describe('the frozen tables', () => {
  test.each(Object.keys(generate) as (keyof typeof generate)[])('%s is what its generator writes', (file) => {
    const committed = readFileSync(new URL(`../../../model/terms/${file}`, import.meta.url), 'utf8')
    expect(generate[file]()).toBe(committed)
  })

  test('ranges are packed as distances', () => {
    expect(rangesOf(/[a-cx]/)).toEqual([97, 99, 120, 120])
    expect(packRanges([97, 99, 120, 120])).toBe('2p 2 l 0')
  })

  test('the alphabet has letters, marks, digits and the specials, and no more', () => {
    const table = alphabetTable()
    const kindOf = (character: string) => table[character.codePointAt(0)!]
    for (const letter of [
      'a',
      'Z',
      'é',
      'ß',
      '語',
      'ا',
      '𠮷',
      '\u0301',
      '\ufe0f',
      '\u20e3',
      '\uf8ff'.replace('\uf8ff', '\uf8c1'),
    ]) {
      expect(kindOf(letter), letter).toBe(LETTER)
    }
    for (const joiner of ['0', '٣', '𝟙', '_', '·', '־', '゠', '・', '\u200c', '\u200d'])
      expect(kindOf(joiner), joiner).toBe(JOINER)
    for (const other of [' ', '#', '-', '‿', '½', '①', '²', '😀', '\uf8ff', '\ufffd'])
      expect(kindOf(other), other).toBe(0)
  })
})
