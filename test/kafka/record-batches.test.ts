import { compressionsAlgorithms, crc32c } from '@platformatic/kafka'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AbortedTransaction, type BatchCodecs, readBatches } from '../../kafka/record-batches.ts'

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const codecs: BatchCodecs = {
  crc32c: (bytes) => crc32c(bytes),
  decompress: (codec, bytes) => compressionsAlgorithms[CODECS[codec] ?? 'none'].decompressSync(bytes),
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value < 0 ? -value * 2 - 1 : value * 2
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
  return Buffer.from([...bytes, left])
}

interface BatchShape {
  readonly base: number
  readonly lastDelta: number
  readonly records: readonly {
    readonly delta: number
    readonly time: number
    readonly key?: Buffer | null
    readonly value: Buffer
  }[]
  readonly codec?: number
  readonly attributes?: number
  readonly producer?: number
  readonly maxTime?: number
}

/** Written from the description in Kafka's documentation, "Record Batch". */
function batch({
  base,
  lastDelta,
  records,
  codec = 0,
  attributes = 0,
  producer = -1,
  maxTime = 0,
}: BatchShape): Buffer {
  const encoded = Buffer.concat(
    records.map(({ delta, time, key = null, value }) => {
      const keyed = key === null ? [varint(-1)] : [varint(key.length), key]
      const parts = [Buffer.from([0]), varint(time), varint(delta), ...keyed, varint(value.length), value, varint(0)]
      const body = Buffer.concat(parts)
      return Buffer.concat([varint(body.length), body])
    }),
  )
  const packed = codec === 0 ? encoded : Buffer.from(compressionsAlgorithms[CODECS[codec]!].compressSync(encoded))
  const bytes = Buffer.alloc(61 + packed.length)
  packed.copy(bytes, 61)
  bytes.writeBigInt64BE(BigInt(base), 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes[16] = 2
  bytes.writeInt16BE(attributes | codec, 21)
  bytes.writeInt32BE(lastDelta, 23)
  bytes.writeBigInt64BE(0n, 27)
  bytes.writeBigInt64BE(BigInt(maxTime), 35)
  bytes.writeBigInt64BE(BigInt(producer), 43)
  bytes.writeInt32BE(records.length, 57)
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}

const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const text = (value: string) => Buffer.from(value)
const plain = (base: number, values: readonly string[], more: Partial<BatchShape> = {}) =>
  batch({
    base,
    lastDelta: values.length - 1,
    records: values.map((value, delta) => ({ delta, time: 1_000 + delta, value: text(value) })),
    ...more,
  })
const marker = (base: number, producer: number, ends: 'abort' | 'commit') => {
  const key = Buffer.from([0, 0, 0, ends === 'abort' ? 0 : 1])
  const attributes = TRANSACTIONAL | CONTROL
  return batch({ base, lastDelta: 0, attributes, producer, records: [{ delta: 0, time: 0, key, value: text('') }] })
}
const read = (parts: readonly Buffer[], from = 0, aborted: readonly AbortedTransaction[] = []) =>
  readBatches(Buffer.concat(parts), { from, aborted, codecs })
const seen = ({ messages }: ReturnType<typeof read>) => messages.map(({ offset, value }) => `${offset} ${value}`)

describe('record batches', () => {
  it('give offset, time, key and value of any record, in every codec', () => {
    const record = fc.record({
      gap: fc.nat(3),
      time: fc.integer({ min: 0, max: 2 ** 41 }),
      key: fc.option(fc.uint8Array({ maxLength: 40 })),
      value: fc.uint8Array({ maxLength: 300 }),
    })
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 40 }),
        fc.nat(4),
        fc.nat(2 ** 40),
        (drawn, codec, base) => {
          let delta = -1
          const records = drawn.map(({ gap, time, key, value }) => {
            delta += 1 + gap
            return { delta, time, key: key && Buffer.from(key), value: Buffer.from(value) }
          })
          const found = read([batch({ base, lastDelta: delta + 1, records, codec })], base)
          expect(found.next).toBe(base + delta + 2)
          expect(found.messages).toEqual(
            records.map((one) => ({ offset: base + one.delta, timestamp: one.time, key: one.key, value: one.value })),
          )
        },
      ),
    )
  })

  it('leave out what stands before the offset that was asked for, and a batch that is cut off', () => {
    const cut = plain(6, ['e', 'f']).subarray(0, -3)
    const found = read([plain(0, ['a', 'b']), plain(2, ['c', 'd']), cut], 3)
    expect([seen(found), found.next]).toEqual([['3 d'], 4])
  })

  it('reach behind batches that compaction has emptied', () => {
    const found = read([plain(0, ['a']), batch({ base: 1, lastDelta: 9, records: [] })])
    expect([seen(found), found.next]).toEqual([['0 a'], 11])
  })

  it('leave out aborted transactions that overlap, in whatever order the broker lists them', () => {
    const log = [
      plain(0, ['a0'], { producer: 1, attributes: TRANSACTIONAL }),
      plain(1, ['b0'], { producer: 2, attributes: TRANSACTIONAL }),
      marker(2, 2, 'abort'),
      plain(3, ['a1'], { producer: 1, attributes: TRANSACTIONAL }),
      marker(4, 1, 'abort'),
      plain(5, ['b1'], { producer: 2, attributes: TRANSACTIONAL }),
      marker(6, 2, 'commit'),
    ]
    const aborted = [
      { producerId: 2n, firstOffset: 1 },
      { producerId: 1n, firstOffset: 0 },
    ]
    const found = read(log, 0, aborted)
    expect([seen(found), found.next]).toEqual([['5 b1'], 7])
    // of a transaction that has ended before what is asked for, the broker does not tell
    expect(seen(read(log.slice(3), 3, aborted.slice(1)))).toEqual(['5 b1'])
    // the twin: without the list they are records like any other
    expect(seen(read(log))).toEqual(['0 a0', '1 b0', '3 a1', '5 b1'])
  })

  it('take the time from the record where the broker has put its clock there', () => {
    const bytes = plain(0, ['7', 'x'], { attributes: 0x08, maxTime: 5_000 })
    const eventTimeOf = (value: Buffer) => (value.toString() === 'x' ? undefined : Number(value.toString()))
    const found = readBatches(bytes, { from: 0, aborted: [], codecs, eventTimeOf })
    expect(found.messages.map(({ timestamp }) => timestamp)).toEqual([7, 5_000])
  })

  it('say where a batch is damaged, whatever byte it is, and give what stands before', () => {
    const good = plain(0, ['a'])
    const bad = plain(1, ['b', 'c'], { codec: 1 })
    for (let at = 16; at < bad.length; at++) {
      const damaged = Buffer.from(bad)
      damaged[at]! ^= 0x10
      // the leader's epoch is not covered: brokers write it
      const found = read([good, damaged])
      expect(seen(found)).toEqual(['0 a'])
      expect(found).toMatchObject({ next: 1, unreadable: { offset: 1 } })
    }
  })
})
