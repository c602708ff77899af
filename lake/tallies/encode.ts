/**
 * Builds a full tally file in memory, from columns over byte arenas to bytes: no string is made but a block's first key.
 *
 * Blocks are small (64 KB before compression, about 2,500 terms), since a look-up reads and unpacks whole blocks.
 */
import { copySlice } from '../../model/count/byte-table.ts'
import { type SliceColumn, type SortedTerms, textAt } from '../../model/count/sorted-terms.ts'
import { assert } from '../../model/errors.ts'
import { encodeLong, LONG_BYTES_MAX, writeLong } from '../../model/varint.ts'
import { encodeHeader } from '../avro/container-header.ts'
import { packZstd } from '../avro/zstd-pack.ts'
import {
  type IndexEntry,
  TALLY_SCHEMA,
  type TallyFileFacts,
  type TallyName,
  tallyMetadata,
  tallySync,
} from './format.ts'

const BLOCK_BYTES = 64 * 1024

/** What a tally says of itself beside its name. */
export function tallyFacts(
  name: TallyName,
  terms: Pick<SortedTerms, 'records' | 'copies' | 'total' | 'counts'>,
): TallyFileFacts {
  const { records, copies, total, counts } = terms
  return { ...name, records, copies, total, distinct: counts.length }
}

/** The file's bytes, in an ArrayBuffer of their own. */
export function encodeTally(name: TallyName, terms: SortedTerms): Buffer<ArrayBuffer> {
  const facts = tallyFacts(name, terms)
  const { counts, keys, shown } = terms
  const sync = tallySync(name)
  const index: IndexEntry[] = []
  const parts: Uint8Array[] = []
  let total = 0
  let block = Buffer.allocUnsafeSlow(2 * BLOCK_BYTES)
  for (let first = 0; first < facts.distinct; ) {
    let at = 0
    let countMax = 0
    let row = first
    for (; row < facts.distinct && at < BLOCK_BYTES; row++) {
      const count = counts[row]!
      const needed = at + stringBytes(keys, row) + stringBytes(shown, row) + LONG_BYTES_MAX
      if (needed > block.length) block = grownTo(block, needed)
      at = writeString(block, at, keys, row)
      at = writeString(block, at, shown, row)
      at = writeLong(block, at, count)
      total += count
      if (count > countMax) countMax = count
    }
    const data = packZstd(block.subarray(0, at))
    const head = Buffer.concat([encodeLong(row - first), encodeLong(data.length)])
    parts.push(head, data, sync)
    index.push({
      firstKey: textAt(keys, first),
      rows: row - first,
      bytes: head.length + data.length + sync.length,
      countMax,
    })
    first = row
  }
  assert(total === facts.total, 'the counts of a tally add up to its total', { counted: total, total: facts.total })
  const header = encodeHeader({ schema: TALLY_SCHEMA, codec: 'zstandard', metadata: tallyMetadata(facts, index), sync })
  return concatAlone([header, ...parts])
}

function writeString(into: Buffer, at: number, { bytes, starts, ids }: SliceColumn, row: number): number {
  const id = ids[row]!
  const from = starts[id]!
  const end = starts[id + 1]!
  const start = writeLong(into, at, end - from)
  copySlice(bytes, from, end, into, start)
  return start + end - from
}

/** At most so many bytes for the string with its length. */
function stringBytes({ starts, ids }: SliceColumn, row: number): number {
  const id = ids[row]!
  return starts[id + 1]! - starts[id]! + LONG_BYTES_MAX
}

function grownTo(block: Buffer, bytes: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(2 * bytes)
  block.copy(larger)
  return larger
}

/** Like Buffer.concat, but always with an ArrayBuffer of its own, which can be transferred to another thread. */
function concatAlone(parts: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const file = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    file.set(part, at)
    at += part.length
  }
  return file
}
