import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HourCounter } from '../../../model/count/hour-counter.ts'
import { tallyOf } from '../../../model/count/partial-tally.ts'
import { SlotTermCounter } from '../../../model/count/slot-counter.ts'
import { SpellingTable } from '../../../model/count/spelling-table.ts'
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
      const slot = new SlotTermCounter(extractor, table)
      const hour = new HourCounter(extractor, table)
      for (const words of texts) {
        const text = Buffer.from(words.join(' '))
        for (const counter of [slot, hour]) counter.countText(text, 0, text.length)
      }
      expect(tallyOfColumns(slot.greatest(termsMax))).toEqual(tallyOf(hour.take(), termsMax))
    }),
  )
})
