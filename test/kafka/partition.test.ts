import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { murmur2, partitionOf } from '../../kafka/partition.ts'

describe('murmur2', () => {
  it.each([
    // the values that Kafka's own test of the Java client holds
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('gives for %s what Java gives', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })
})

describe('the partition of a key', () => {
  it('is one of the partitions, also when the hash is negative', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 1, max: 1_000 }), (key, partitions) => {
        const partition = partitionOf(key, partitions)
        return Number.isInteger(partition) && partition >= 0 && partition < partitions
      }),
    )
  })

  it('spreads ids that differ only at the end', () => {
    const used = new Array<number>(4).fill(0)
    for (let i = 0; i < 4_000; i++) used[partitionOf(Buffer.from(`x:71459371236662${i}`), 4)]!++
    for (const count of used) expect(count).toBeGreaterThan(800)
  })
})
