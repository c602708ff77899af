/** Terms that are longer than a board takes: left out and counted, by the walk over bytes and by the extractor alike. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HourCounter } from '../../../model/count/hour-counter.ts'
import { mergePartials } from '../../../model/count/merge-partials.ts'
import { SlotTermCounter } from '../../../model/count/slot-counter.ts'
import { SpellingTable } from '../../../model/count/spelling-table.ts'
import { type Extractor, extractorNamed } from '../../../model/terms/index.ts'
import { TERM_LENGTH_MAX } from '../../../model/terms/term-length.ts'
import { nastyTexts } from '../terms/nasty-texts.ts'
import { countPlainly, countTexts, readPartial } from './tally-model.ts'

const LENGTH_MAX = 4
const tag = fc.string({ unit: fc.constantFrom('a', 'B', 'é', '東', '𝒜', '_', '7'), minLength: 1, maxLength: 8 })
const separator = fc.constantFrom(' ', '.', ' https://example.org/', '/', '?', '#', ' (', '。'.repeat(90))
const tags = fc
  .array(fc.tuple(separator, tag), { maxLength: 8 })
  .map((all) => all.map(([s, t]) => `${s}#${t}`).join(''))
const texts = fc.array(
  fc.oneof(
    tags,
    nastyTexts.map((text) => text.toWellFormed()),
  ),
  { maxLength: 12 },
)

/** As the counters must count, out of what `extract` gives. */
function boundedPlainly(name: string, lengthMax: number): { readonly extractor: Extractor; longTerms: number } {
  const plain = {
    longTerms: 0,
    extractor: {
      ...extractorNamed(name),
      extract(text: string) {
        const terms = extractorNamed(name).extract(text)
        const short = terms.filter((term) => Array.from(term).length <= lengthMax)
        plain.longTerms += terms.length - short.length
        return short
      },
    },
  }
  return plain
}

describe.each(['hashtags@1', 'hashtags@2'])('%s and long terms', (name) => {
  it('counts the others, and how many were left out, whichever way a text is read', () => {
    const extractor = extractorNamed(name)
    let left = 0
    fc.assert(
      fc.property(texts, (some) => {
        const plain = boundedPlainly(name, LENGTH_MAX)
        const truth = countPlainly(some, plain.extractor)
        const hour = new HourCounter(extractor, new SpellingTable(extractor.key), LENGTH_MAX)
        countTexts(hour, some)
        const partial = hour.take()
        expect(readPartial(partial)).toEqual(truth)
        expect(partial.longTerms).toBe(plain.longTerms)
        expect(hour.sorted().longTerms).toBe(plain.longTerms)
        expect(mergePartials([partial, partial]).longTerms).toBe(2 * plain.longTerms)
        const slot = new SlotTermCounter(extractor, new SpellingTable(extractor.key), LENGTH_MAX)
        for (const text of some) slot.countText(Buffer.from(text), 0, Buffer.byteLength(text))
        expect(slot.longTerms).toBe(plain.longTerms)
        expect(slot.greatest().distinct).toBe(truth.length)
        left += plain.longTerms
      }),
      { numRuns: 300 },
    )
    expect(left).toBeGreaterThan(0)
  })

  it('takes a term of the greatest length, and not one that is longer by one; a reset forgets both', () => {
    const extractor = extractorNamed(name)
    const counter = new HourCounter(extractor, new SpellingTable(extractor.key))
    const longest = 'a'.repeat(TERM_LENGTH_MAX)
    countTexts(counter, [`#${longest} #b`, `#${longest}a #b`])
    expect(readPartial(counter.take()).map(({ key, count }) => [key, count])).toEqual([
      [longest, 1],
      ['b', 2],
    ])
    expect(counter.longTerms).toBe(1)
    counter.reset()
    expect(counter.take()).toMatchObject({ records: 0, longTerms: 0 })
  })

  it('keeps nothing of a hashtag of 700 KB, however it comes', () => {
    const extractor = extractorNamed(name)
    const table = new SpellingTable(extractor.key)
    const counter = new HourCounter(extractor, table)
    const long = 'a'.repeat(700_000)
    countTexts(counter, [`#${long}`, `https://example.org/ x/y#${long}`, `#${'a#'.repeat(350_000)}`, `＃${long} #b`])
    expect(
      readPartial(counter.take())
        .map(({ key }) => key)
        .filter((key) => key.length > TERM_LENGTH_MAX),
    ).toEqual([])
    expect(table.spellings.arena.length).toBeLessThan(100_000)
  })
})
