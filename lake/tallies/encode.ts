/**
 * Builds a full tally file in memory, from columns over byte arenas to bytes: no string is made but a block's first key.
 *
 * Blocks are small (64 KB before compression, about 2,500 terms), since a look-up reads and unpacks whole blocks.
 */
import { copySlice } from '../../model/count/byte-table.ts'
import { type SliceColumn, type SortedTerms, textAt, touchSlices } from '../../model/count/sorted-terms.ts'
import { assert } from '../../model/errors.ts'
import { LONG_BYTES_MAX, writeLong } from '../../model/varint.ts'
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
/** So many rows' memory is asked for at once. */
const TOUCH_ROWS = 512

/** A file of more is as rare as it is large: its memory is given back. */
const PACKED_BYTES_KEPT = 8 * 1024 * 1024

/** Reused from file to file: a block before it is packed, and the blocks of a file. One of each a thread. */
let block = Buffer.allocUnsafeSlow(2 * BLOCK_BYTES)
let packed = Buffer.allocUnsafeSlow(4 * BLOCK_BYTES)
const memory = { touched: 0 }

/** What a tally says of itself beside its name. */
export function tallyFacts(
  name: TallyName,
  terms: Pick<SortedTerms, 'records' | 'copies' | 'longTerms' | 'total' | 'counts'>,
): TallyFileFacts {
  const { records, copies, longTerms, total, counts } = terms
  const left = longTerms > 0 ? { longTerms } : {}
  return { ...name, records, copies, total, distinct: counts.length, ...left }
}

/** The file's bytes, in an ArrayBuffer of their own. */
export function encodeTally(name: TallyName, terms: SortedTerms): Buffer<ArrayBuffer> {
  const facts = tallyFacts(name, terms)
  const { keys } = terms
  const sync = tallySync(name)
  const index: IndexEntry[] = []
  const rows = { end: 0, bytes: 0, total: 0, countMax: 0 }
  let total = 0
  let end = 0
  for (let first = 0; first < facts.distinct; first = rows.end) {
    writeRows(terms, first, rows)
    const data = packZstd(block.subarray(0, rows.bytes))
    const begin = end
    packed = withRoom(packed, end + 2 * LONG_BYTES_MAX + data.length + sync.length)
    end = writeLong(packed, end, rows.end - first)
    end = writeLong(packed, end, data.length)
    packed.set(data, end)
    packed.set(sync, end + data.length)
    end += data.length + sync.length
    index.push({ firstKey: textAt(keys, first), rows: rows.end - first, bytes: end - begin, countMax: rows.countMax })
    total += rows.total
  }
  assert(total === facts.total, 'the counts of a tally add up to its total', { counted: total, total: facts.total })
  const header = encodeHeader({ schema: TALLY_SCHEMA, codec: 'zstandard', metadata: tallyMetadata(facts, index), sync })
  const file = Buffer.allocUnsafeSlow(header.length + end)
  file.set(header)
  file.set(packed.subarray(0, end), header.length)
  if (packed.length > PACKED_BYTES_KEPT) packed = Buffer.allocUnsafeSlow(4 * BLOCK_BYTES)
  return file
}

/** What stands in `block`: the rows up to `end`. */
interface Rows {
  end: number
  bytes: number
  total: number
  countMax: number
}

/** Fills `block` with rows from `first` on. A function of its own, so that it is compiled once and not in the middle of each file. */
function writeRows({ counts, keys, shown }: SortedTerms, first: number, rows: Rows): void {
  const distinct = counts.length
  let at = 0
  let total = 0
  let countMax = 0
  let row = first
  for (; row < distinct && at < BLOCK_BYTES; row++) {
    if ((row - first) % TOUCH_ROWS === 0) {
      const end = Math.min(row + TOUCH_ROWS, distinct)
      memory.touched = touchSlices(keys, row, end) ^ touchSlices(shown, row, end)
    }
    const count = counts[row]!
    const needed = at + stringBytes(keys, row) + stringBytes(shown, row) + LONG_BYTES_MAX
    if (needed > block.length) block = withRoom(block, needed)
    at = writeString(block, at, keys, row)
    at = writeString(block, at, shown, row)
    at = writeLong(block, at, count)
    total += count
    if (count > countMax) countMax = count
  }
  rows.end = row
  rows.bytes = at
  rows.total = total
  rows.countMax = countMax
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

/** The buffer, or a longer copy. */
function withRoom(buffer: Buffer<ArrayBuffer>, bytes: number): Buffer<ArrayBuffer> {
  if (bytes <= buffer.length) return buffer
  const larger = Buffer.allocUnsafeSlow(2 * bytes)
  buffer.copy(larger)
  return larger
}
