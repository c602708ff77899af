/** Counting done the plain way, with strings and maps, to hold the fast one against. */

import { HourCounter } from '../../../model/count/hour-counter.ts'
import { type PartialTally, termAt } from '../../../model/count/partial-tally.ts'
import { SpellingTable } from '../../../model/count/spelling-table.ts'
import { type Extractor, extractorNamed } from '../../../model/terms/index.ts'
import { compareCodePoints } from '../../../model/terms/order.ts'

export interface ModelTerm {
  readonly key: string
  readonly count: number
  readonly spellings: readonly (readonly [string, number])[]
}

/** Each term with its count and the counts of its spellings, all in code-point order. */
export function countPlainly(
  texts: readonly string[],
  extractor: Extractor = extractorNamed('hashtags@2'),
): ModelTerm[] {
  const terms = new Map<string, Map<string, number>>()
  for (const text of texts) {
    const seen = new Set<string>()
    for (const shown of extractor.extract(text)) {
      const key = extractor.key(shown)
      if (seen.has(key)) continue
      seen.add(key)
      const spellings = terms.get(key) ?? new Map<string, number>()
      terms.set(key, spellings.set(shown, (spellings.get(shown) ?? 0) + 1))
    }
  }
  return [...terms]
    .map(([key, spellings]) => ({
      key,
      count: [...spellings.values()].reduce((sum, count) => sum + count, 0),
      spellings: [...spellings].sort((a, b) => compareCodePoints(a[0], b[0])),
    }))
    .sort((a, b) => compareCodePoints(a.key, b.key))
}

export function partialOf(texts: readonly string[], name = 'hashtags@2'): PartialTally {
  const extractor = extractorNamed(name)
  const counter = new HourCounter(extractor, new SpellingTable(extractor.key))
  countTexts(counter, texts)
  return counter.take()
}

export function countTexts(counter: HourCounter, texts: readonly string[]): void {
  for (const text of texts) {
    const bytes = Buffer.from(text)
    counter.countText(bytes, 0, bytes.length)
  }
}

/** A partial tally in the model's form. */
export function readPartial(partial: PartialTally): ModelTerm[] {
  return Array.from(partial.counts, (count, index) => {
    const spellings: (readonly [string, number])[] = []
    for (let spelling = partial.spellingsOf[index]!; spelling < partial.spellingsOf[index + 1]!; spelling++) {
      const { spellingBytes, spellingStarts, spellingCounts } = partial
      const text = Buffer.from(spellingBytes.buffer).toString(
        'utf8',
        spellingStarts[spelling],
        spellingStarts[spelling + 1],
      )
      spellings.push([text, spellingCounts[spelling]!])
    }
    return { key: termAt(partial, index).key, count, spellings }
  })
}
