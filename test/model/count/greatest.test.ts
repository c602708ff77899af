import fc from 'fast-check'
import { expect, it } from 'vitest'
import { tallyOf } from '../../../model/count/partial-tally.ts'
import { SpellingTable } from '../../../model/count/spelling-table.ts'
import { TermCounter } from '../../../model/count/term-counter.ts'
import { tallyOfColumns } from '../../../model/tally.ts'
import { extractorNamed } from '../../../model/terms/index.ts'

const tags = fc.array(fc.constantFrom('#a', '#A', '#b', '#é', '#É', '#ß', '#ss', '#SS', '#日本', '#𝒜b', 'x'), {
  maxLength: 6,
})

it('shows the same tally as the full one, cut off anywhere', () => {
  const extractor = extractorNamed('hashtags@2')
  const table = new SpellingTable(extractor.key)
  fc.assert(
    fc.property(fc.array(tags, { maxLength: 30 }), fc.integer({ min: 1, max: 8 }), (texts, termsMax) => {
      const counter = new TermCounter(extractor, table)
      for (const words of texts) {
        const text = Buffer.from(words.join(' '))
        counter.countText(text, 0, text.length)
      }
      expect(tallyOfColumns(counter.greatest(termsMax))).toEqual(tallyOf(counter.take(), termsMax))
    }),
  )
})
