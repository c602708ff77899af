import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layoutAt } from '../../lake/layout.ts'
import { encodeTally, tallyFacts } from '../../lake/tallies/encode.ts'
import type { TallyName } from '../../lake/tallies/format.ts'
import { decodePartial, encodePartial } from '../../lake/tallies/partial-file.ts'
import { TallyFile } from '../../lake/tallies/read.ts'
import { createTallies } from '../../lake/tallies.ts'
import { PartialBuilder, type PartialTally, termsOf } from '../../model/count/partial-tally.ts'
import { sortedTermsOf } from '../../model/count/sorted-terms.ts'
import { isAppError } from '../../model/errors.ts'
import { compareCodePoints } from '../../model/terms/order.ts'
import { parseHour } from '../../model/time.ts'
import { MemoryStore } from './memory-store.ts'

const name: TallyName = {
  stream: 'posts',
  board: 'hashtags',
  edition: 3,
  hour: parseHour('2026-11-16T07'),
  digest: '0123456789abcdef0123456789abcdef',
  extractor: 'hashtags@2',
}

/** Each key with the counts of its spellings. */
type Counts = ReadonlyMap<string, readonly (readonly [shown: string, count: number])[]>

function partialOf(counts: Counts, records = 1_000, copies = 7): PartialTally {
  const builder = new PartialBuilder()
  const add = (text: string, to: 'addKey' | 'addSpelling', count: number) => {
    const bytes = Buffer.from(text)
    builder[to](bytes, 0, bytes.length, count)
  }
  for (const [key, spellings] of [...counts].sort(([a], [b]) => compareCodePoints(a, b))) {
    const sum = spellings.reduce((all, [, count]) => all + count, 0)
    add(key, 'addKey', sum)
    for (const [shown, count] of spellings.toSorted(([a], [b]) => compareCodePoints(a, b)))
      add(shown, 'addSpelling', count)
  }
  return builder.finish(records, copies)
}

/** Well-formed text, so that it survives UTF-8; from several scripts and beyond the BMP. */
const key = fc.stringMatching(/^[a-zé日本ｦ😀𐐀0-9]{1,12}$/u)
const spellings = fc.uniqueArray(fc.tuple(key, fc.integer({ min: 1, max: 5_000_000 })), {
  minLength: 1,
  maxLength: 3,
  selector: ([shown]) => shown,
})
const counts: fc.Arbitrary<Counts> = fc
  .uniqueArray(fc.tuple(key, spellings), { maxLength: 60, selector: ([text]) => text })
  .map((rows) => new Map(rows))

/** More blocks than one, and a key that no block begins with. */
const large = partialOf(
  new Map(
    Array.from({ length: 12_000 }, (_, i) => [`tag${i * 3}`, [[`Tag${i * 3}`, 1 + ((i * 7_919) % 10_007)]]] as const),
  ),
)

async function written(partial: PartialTally): Promise<{ store: MemoryStore; path: string; file: TallyFile }> {
  const store = new MemoryStore()
  const tallies = createTallies({ store, layout: layoutAt('/t'), writer: 'test' })
  const path = await tallies.write(tallyFacts(name, partial), encodeTally(name, sortedTermsOf(partial)))
  return { store, path, file: await tallies.open({ path }) }
}

/** Counts the ranged reads. */
class CountingStore extends MemoryStore {
  reads = 0
  override read(path: string, range?: { offset: number; length: number }, signal?: AbortSignal): Promise<Buffer> {
    this.reads++
    return super.read(path, range, signal)
  }
}

describe('a full tally in the lake', () => {
  it('gives back every term, in key order, as it was counted', async () => {
    await fc.assert(
      fc.asyncProperty(counts, async (map) => {
        const partial = partialOf(map)
        const { file } = await written(partial)
        expect(await Array.fromAsync(file.rows())).toEqual([...termsOf(partial)])
        expect(file.facts).toEqual({ ...name, records: 1_000, copies: 7, total: partial.total, distinct: map.size })
      }),
      { numRuns: 50 },
    )
  })

  it('answers look-ups of terms that it has and of terms that it has not', async () => {
    await fc.assert(
      fc.asyncProperty(counts, fc.array(key), async (map, others) => {
        const partial = partialOf(map)
        const { file } = await written(partial)
        const truth = new Map([...termsOf(partial)].map((term) => [term.key, term.count]))
        const asked = [...truth.keys(), ...others]
        expect(await file.lookup(asked)).toEqual(asked.map((one) => truth.get(one) ?? 0))
      }),
      { numRuns: 50 },
    )
  })

  it('gives all terms above a count and no other', async () => {
    const { file } = await written(large)
    const expected = [...termsOf(large)].filter((term) => term.count >= 9_990)
    expect(expected.length).toBeGreaterThan(10)
    expect(await file.above(9_990)).toEqual(expected)
    expect(await file.above(20_000)).toEqual([])
  })

  it('finds a term by reading the head and one block, however long the file is', async () => {
    // Random spellings do not compress, so this file is longer than what is read at first.
    const noise = Buffer.alloc(40)
    let state = 1
    const map = new Map(
      Array.from({ length: 30_000 }, (_, i) => {
        for (let at = 0; at < noise.length; at++) {
          state = Math.imul(state, 1_103_515_245) + 12_345
          noise[at] = state >>> 16
        }
        return [`tag${i}`, [[noise.toString('base64'), i + 1]]] as const
      }),
    )
    const store = new CountingStore()
    const tallies = createTallies({ store, layout: layoutAt('/t'), writer: 'test' })
    const partial = partialOf(map)
    const file = encodeTally(name, sortedTermsOf(partial))
    expect(file.length).toBeGreaterThan(1_000_000)
    const path = await tallies.write(tallyFacts(name, partial), file)
    expect(await tallies.lookup({ path }, ['tag777', 'tag9999999'])).toEqual([778, 0])
    expect(store.reads).toBeLessThanOrEqual(3)
    const before = store.reads
    expect(await tallies.lookup({ path }, ['tag8888'])).toEqual([8_889])
    expect(store.reads - before).toBe(1)
  })

  it('is the same bytes for the same counts, and writing it twice is success', async () => {
    const file = encodeTally(name, sortedTermsOf(large))
    expect(encodeTally(name, sortedTermsOf(large)).equals(file)).toBe(true)
    const store = new MemoryStore()
    const tallies = createTallies({ store, layout: layoutAt('/t'), writer: 'test' })
    const path = await tallies.write(tallyFacts(name, large), file)
    expect(await tallies.write(tallyFacts(name, large), file)).toBe(path)
    expect(await store.list('/t/posts/tmp/test')).toEqual([])
  })

  it('refuses another tally under the same name', async () => {
    const { store } = await written(large)
    const other = partialOf(new Map([['other', [['Other', 3]]]]))
    const tallies = createTallies({ store, layout: layoutAt('/t'), writer: 'late' })
    await expect(tallies.write(tallyFacts(name, other), encodeTally(name, sortedTermsOf(other)))).rejects.toMatchObject(
      {
        code: 'conflict',
      },
    )
  })

  it('answers right or says that it is corrupt, whichever byte is damaged', async () => {
    const { store, path, file } = await written(large)
    const bytes = await store.read(path)
    const truth = await file.lookup(['tag0', 'tag30000', 'tag35997'])
    let refused = 0
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 37)) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 0x41
      const broken = new MemoryStore()
      await broken.create('/x', [damaged])
      try {
        const opened = await TallyFile.open(broken, '/x')
        expect(await opened.lookup(['tag0', 'tag30000', 'tag35997'])).toEqual(truth)
      } catch (error) {
        expect(isAppError(error, 'corrupt'), String(error)).toBe(true)
        refused++
      }
    }
    expect(refused).toBeGreaterThan(0)
  })
})

describe('a partial tally as a file', () => {
  it('comes back as it was, spellings and all', () => {
    fc.assert(
      fc.property(counts, (map) => {
        const partial = partialOf(map)
        expect(decodePartial(encodePartial(partial), 'x')).toEqual(partial)
      }),
      { numRuns: 50 },
    )
  })

  it('is refused when it is cut off', () => {
    const file = encodePartial(large)
    expect(() => decodePartial(file.subarray(0, file.length - 20), 'x')).toThrow(/x/)
  })
})

describe('a tally that left out long terms', () => {
  const store = new MemoryStore()
  const tallies = createTallies({ store, layout: layoutAt('/lake'), writer: 'test' })
  const factsOf = (longTerms: number, of: Counts) => {
    const terms = { ...sortedTermsOf(partialOf(of)), longTerms }
    return [tallyFacts(name, terms), encodeTally(name, terms)] as const
  }
  const withLong: Counts = new Map([
    ['a', [['a', 1]]],
    ['x'.repeat(200), [['x'.repeat(200), 1]]],
  ])
  const without: Counts = new Map([['a', [['a', 1]]]])

  it('is written beside the one that an earlier release wrote with them, and keeps how many they are', async () => {
    const before = await tallies.write(...factsOf(0, withLong))
    const now = await tallies.write(...factsOf(1, without))
    expect(now).not.toBe(before)
    expect((await TallyFile.open(store, now)).facts).toMatchObject({ longTerms: 1, distinct: 1 })
    expect(await tallies.write(...factsOf(1, without))).toBe(now)
  })

  it('could not be written in its place: a tally never changes under its name', async () => {
    await expect(tallies.write(...factsOf(0, without))).rejects.toMatchObject({ code: 'conflict' })
  })

  it('as a part of an hour says how many, and a part of an earlier release says none', () => {
    const partial = { ...partialOf(without), longTerms: 3 }
    expect(decodePartial(encodePartial(partial), 'x').longTerms).toBe(3)
    expect(decodePartial(encodePartial({ ...partial, longTerms: undefined as unknown as number }), 'x').longTerms).toBe(
      0,
    )
  })
})
