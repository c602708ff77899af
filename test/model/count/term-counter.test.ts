import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HourCounter } from '../../../model/count/hour-counter.ts'
import { SpellingTable } from '../../../model/count/spelling-table.ts'
import { type Extractor, extractorNamed } from '../../../model/terms/index.ts'
import { nastyTexts } from '../terms/nasty-texts.ts'
import { countPlainly, countTexts, partialOf, readPartial } from './tally-model.ts'

const tags = fc.constantFrom(
  '#Tea',
  '#tea',
  '#TEA',
  '#été',
  '#ÉTÉ',
  '#e\u0301te\u0301',
  '#Straße',
  '#STRASSE',
  '#東京',
  '#ａ',
  '#a',
)
const tagTexts = fc.array(tags, { maxLength: 5 }).map((each) => each.join(' '))
const batches = fc.array(
  fc.oneof(
    tagTexts,
    nastyTexts.map((text) => text.toWellFormed()),
  ),
  { maxLength: 30 },
)

describe('counting', () => {
  test.each(['hashtags@1', 'hashtags@2'])('%s by kernel is counting plainly', (name) => {
    fc.assert(
      fc.property(batches, (texts) => {
        const partial = partialOf(texts, name)
        const plain = countPlainly(texts, extractorNamed(name))
        expect(readPartial(partial)).toEqual(plain)
        expect(partial.records).toBe(texts.length)
        expect(partial.total).toBe(plain.reduce((sum, { count }) => sum + count, 0))
      }),
      { numRuns: 200 },
    )
  })

  test('an extractor without a kernel is counted through its extract', () => {
    const words: Extractor = {
      name: 'words@1',
      family: 'words',
      version: 1,
      about: 'words, for this test',
      extract: (text) => text.split(' ').filter((word) => word !== ''),
      key: (shown) => shown.toUpperCase(),
    }
    const counter = new HourCounter(words, new SpellingTable(words.key))
    const texts = ['the cat', 'The the dog', 'été']
    countTexts(counter, texts)
    expect(readPartial(counter.take())).toEqual(countPlainly(texts, words))
  })

  test('a record that repeats a term counts once, and for the spelling it uses first', () => {
    const [term] = readPartial(partialOf(['#Tea #tea #TEA', '#tea', '#TEA #tea', '#tea']))
    expect(term).toEqual({
      key: 'tea',
      count: 4,
      spellings: [
        ['TEA', 1],
        ['Tea', 1],
        ['tea', 2],
      ],
    })
  })

  test('units that share a table do not see each other, nor what was before a reset', () => {
    fc.assert(
      fc.property(batches, batches, batches, (first, second, other) => {
        const extractor = extractorNamed('hashtags@2')
        const table = new SpellingTable(extractor.key)
        const counter = new HourCounter(extractor, table)
        const neighbour = new HourCounter(extractor, table)
        countTexts(counter, first)
        countTexts(neighbour, other)
        counter.take()
        counter.reset()
        countTexts(counter, second)
        expect(readPartial(counter.take())).toEqual(countPlainly(second))
        expect(readPartial(neighbour.take())).toEqual(countPlainly(other))
      }),
      { numRuns: 60 },
    )
  })

  test('thousands of terms keep their counts and their order', () => {
    const texts = Array.from({ length: 1200 }, (_, n) => `#t${(n * 7919) % 701} #T${n % 11} #été${n % 500}`)
    expect(readPartial(partialOf(texts))).toEqual(countPlainly(texts))
  })
})
