/** Small tallies in which everything that matters happens: few keys, many ties, K so small that most terms are cut off. */
import fc from 'fast-check'
import type { FullTallies } from '../../model/full-tallies.ts'
import { columnsOf, compareRank, type TermCount, tallyOf } from '../../model/tally.ts'
import type { Lookup, LookupAnswer } from '../../model/tally-lookups.ts'
import type { TallyPart } from '../../model/tally-merge.ts'

/** Keys whose code-point order differs from JavaScript's: 😀 stands behind ﬀ, but its first unit before. */
export const KEYS = ['a', 'b', 'été', 'ﬀ', '😀', '😀a', 'z', 'я', 'ﾟ', 'aa'] as const

/** One window's full counts: what no reader sees, and what every answer is held against. */
export type Truth = ReadonlyMap<string, number>

export const truthArbitrary: fc.Arbitrary<Truth> = fc
  .array(fc.tuple(fc.constantFrom(...KEYS), fc.nat({ max: 6 })), { maxLength: 14 })
  .map((pairs) => new Map(pairs.filter(([, count]) => count > 0)))

export const truthsArbitrary = fc.array(truthArbitrary, { minLength: 0, maxLength: 6 })

export function termsOf(truth: Truth): TermCount[] {
  return [...truth].map(([key, count]) => ({ key, shown: key.toUpperCase(), count }))
}

/** Stored as batch stores it; the full tally is found again by its path, the position. */
export function partOf(truth: Truth, termsMax: number, path?: number): TallyPart {
  const tally = columnsOf(tallyOf(termsOf(truth), 100, termsMax))
  return path === undefined ? { tally } : { tally, full: { path: String(path) } }
}

export function sumOf(truths: readonly Truth[]): Truth {
  const sum = new Map<string, number>()
  for (const truth of truths) for (const [key, count] of truth) sum.set(key, (sum.get(key) ?? 0) + count)
  return sum
}

/** Brute force: sort everything. */
export function trueTop(truth: Truth, n: number): { key: string; count: number }[] {
  return termsOf(truth)
    .sort(compareRank)
    .slice(0, n)
    .map(({ key, count }) => ({ key, count }))
}

export function answersFrom(truths: readonly Truth[], lookups: readonly Lookup[]): LookupAnswer[] {
  return lookups.map((lookup) => {
    const truth = truths[Number(lookup.path)]!
    return 'keys' in lookup
      ? { part: lookup.part, keys: lookup.keys, counts: lookup.keys.map((key) => truth.get(key) ?? 0) }
      : {
          part: lookup.part,
          above: lookup.above,
          terms: termsOf(truth).filter((term) => term.count >= lookup.above),
        }
  })
}

/** Full tallies in memory, by position, that count how often they were asked. */
export function fullTalliesOf(truths: readonly Truth[]): FullTallies & { readonly asked: { rounds: number } } {
  const asked = { rounds: 0 }
  return {
    asked,
    async lookup({ path }, keys) {
      asked.rounds++
      return keys.map((key) => truths[Number(path)]!.get(key) ?? 0)
    },
    async above({ path }, minCount) {
      asked.rounds++
      return termsOf(truths[Number(path)]!).filter((term) => term.count >= minCount)
    },
  }
}
