import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashId, IdSet, viewOf } from '../../../model/count/id-set.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

describe('the set of record ids', () => {
  test('knows exactly the ids that were added, through resets and growth', () => {
    const id = fc.oneof(
      fc.string({ maxLength: 3 }),
      fc.nat(5000).map((n) => `x:7145937123${n}`),
      fc.nat(3).map((n) => `${'y'.repeat(700)}${n}`),
      fc.nat(3).map((n) => 'z'.repeat(127 + n)),
    )
    const rounds = fc.array(fc.array(id, { maxLength: 300 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(rounds, (batches) => {
        const set = new IdSet(0, sha256)
        for (const batch of batches) {
          set.reset()
          const model = new Set<string>()
          for (const each of batch) expect(add(set, each)).toBe(model.size < model.add(each).size)
          expect(set.size).toBe(model.size)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('ids of one hash are told apart by their bytes', () => {
    const set = new IdSet()
    const bytes = viewOf(Buffer.from('abcd'))
    expect([set.add(bytes, 0, 2, 7), set.add(bytes, 2, 4, 7), set.add(bytes, 0, 3, 7)]).toEqual([true, true, true])
    expect([set.add(bytes, 0, 2, 7), set.add(bytes, 2, 4, 7), set.add(bytes, 0, 3, 7)]).toEqual([false, false, false])
  })

  test('ids of a megabyte take no more room than others, and are told apart by their last byte', () => {
    const set = new IdSet(0, sha256)
    const long = 'x'.repeat(1_000_000)
    for (let n = 0; n < 10; n++) expect(add(set, `${long}${n}`)).toBe(true)
    for (let n = 0; n < 10; n++) expect(add(set, `${long}${n}`)).toBe(false)
    expect(set.byteLength).toBeLessThan(100_000)
  })

  test.each([
    ['was told how many', new IdSet(100_000), 40],
    ['has grown', new IdSet(), 50],
  ])('holds 100,000 ids of 20 bytes in few bytes each when it %s', (_, set, bytesMax) => {
    for (let n = 0; n < 100_000; n++)
      if (!add(set, `x:${714593712366620672n + BigInt(n) * 4194304n}`)) expect.unreachable()
    expect(set.byteLength / set.size).toBeLessThan(bytesMax)
  })
})

function add(set: IdSet, id: string): boolean {
  const bytes = viewOf(Buffer.from(`-${id}-`))
  const end = bytes.byteLength - 1
  return set.add(bytes, 1, end, hashId(bytes, 1, end))
}
