import { describe, expect, it } from 'vitest'
import { type FetchedPartition, foundIn } from '../../kafka/topic-log.ts'

const TRANSACTIONAL = 1 << 4
const MARKER = TRANSACTIONAL | (1 << 5)
const limits = { highWatermark: 100n, lastStableOffset: 90n }

function batch(firstOffset: number, lastOffsetDelta: number, deltas: readonly number[], attributes = 0, producer = 1) {
  const records = deltas.map((offsetDelta) => ({ offsetDelta }))
  return { firstOffset: BigInt(firstOffset), lastOffsetDelta, attributes, producerId: BigInt(producer), records }
}

function found(
  records: FetchedPartition['records'],
  from: number,
  aborted: readonly (readonly [number, number])[] = [],
) {
  const abortedTransactions = aborted.map(([producer, first]) => ({
    producerId: BigInt(producer),
    firstOffset: BigInt(first),
  }))
  const { at, isRecord } = foundIn({ ...limits, abortedTransactions, records: records ?? null }, from)
  return [at, isRecord]
}

describe('what a reader of committed records finds', () => {
  it('is the first record at or behind the offset', () => {
    expect(found([batch(10, 4, [0, 1, 2, 3, 4])], 12)).toEqual([12, true])
    expect(found([batch(10, 4, [0, 4])], 11)).toEqual([14, true])
  })

  it('is nothing, up to the end of the batch, where compaction has removed the rest of it or all of it', () => {
    expect(found([batch(10, 9, [0, 1])], 12)).toEqual([20, false])
    expect(found([batch(10, 9, [])], 10)).toEqual([20, false])
    expect(found([batch(10, 9, []), batch(25, 0, [0])], 10)).toEqual([25, true])
  })

  it('passes over markers', () => {
    expect(found([batch(10, 0, [0], MARKER)], 10)).toEqual([11, false])
    expect(found([batch(10, 0, [0], MARKER), batch(11, 0, [0])], 10)).toEqual([11, true])
  })

  it('passes over what was aborted, until its marker, and over nobody else’s', () => {
    const log = [
      batch(10, 4, [0, 1, 2, 3, 4], TRANSACTIONAL, 7),
      batch(15, 4, [0, 1, 2, 3, 4], TRANSACTIONAL, 8),
      batch(20, 0, [0], MARKER, 7),
      batch(21, 0, [0], TRANSACTIONAL, 7),
    ]
    expect(found(log, 10, [[7, 10]])).toEqual([15, true])
    expect(
      found(log, 10, [
        [7, 10],
        [8, 15],
      ]),
    ).toEqual([21, true])
    expect(
      found(log.slice(0, 3), 10, [
        [7, 10],
        [8, 15],
      ]),
    ).toEqual([21, false])
    expect(found(log, 10)).toEqual([10, true])
  })

  it('is nothing at the end, nor when the answer is empty', () => {
    expect(found([], 42)).toEqual([42, false])
    expect(found(null, 42)).toEqual([42, false])
    expect(foundIn({ ...limits, abortedTransactions: null }, 42)).toMatchObject({ highWatermark: 100, lastStable: 90 })
  })
})
