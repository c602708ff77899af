/**
 * Reads full tallies: all rows, or only the blocks that can hold what is asked for, by ranged reads.
 *
 * Invariant: what is read is checked against the index (rows of a block, its first key), so an index that lies is an error
 * and not a wrong count.
 */
import { AppError, isAppError } from '../../model/errors.ts'
import type { TermCount } from '../../model/tally.ts'
import { compareCodePoints } from '../../model/terms/order.ts'
import { LongReader } from '../../model/varint.ts'
import { type ContainerHeader, decodeHeader } from '../avro/container-header.ts'
import { openBlock, readBlocks } from '../avro/container-reader.ts'
import { mapBounded } from '../concurrency.ts'
import type { FileStore } from '../file-store.ts'
import { type IndexEntry, parseTallyMetadata, type TallyFileFacts } from './format.ts'

/** Read at first: the header of an hour with a million terms, or the whole file of one with ten thousand. */
const HEAD_BYTES = 256 * 1024
const HEAD_BYTES_MAX = 64 * 1024 * 1024
/** Two ranges with less between them are read as one: a request costs as much as reading this. */
const GAP_BYTES = 256 * 1024
const READS_AT_ONCE = 4

interface TallyBlock extends IndexEntry {
  /** Position in the index. */
  readonly at: number
  /** Where it begins in the file. */
  readonly start: number
}

export class TallyFile {
  readonly path: string
  readonly facts: TallyFileFacts
  readonly #store: FileStore
  readonly #header: ContainerHeader
  readonly #blocks: readonly TallyBlock[]
  /** The first bytes of the file. */
  readonly #head: Uint8Array

  private constructor(
    store: FileStore,
    path: string,
    head: Uint8Array,
    header: ContainerHeader,
    facts: TallyFileFacts,
    index: readonly IndexEntry[],
  ) {
    this.#store = store
    this.path = path
    this.facts = facts
    this.#head = head
    this.#header = header
    let start = header.end
    this.#blocks = index.map((entry, at) => {
      const block = { ...entry, at, start }
      start += entry.bytes
      return block
    })
  }

  /** @throws AppError `not-found`, `unavailable`, `corrupt` */
  static async open(store: FileStore, path: string, signal?: AbortSignal): Promise<TallyFile> {
    for (let length = HEAD_BYTES; ; length *= 4) {
      const head = await store.read(path, { offset: 0, length }, signal)
      try {
        const header = decodeHeader(head, path)
        const { facts, index } = parseTallyMetadata(header.metadata, path)
        return new TallyFile(store, path, head, header, facts, index)
      } catch (error) {
        // The header may be longer than what was read.
        if (!isAppError(error, 'corrupt') || head.length < length || length >= HEAD_BYTES_MAX) throw error
      }
    }
  }

  /** Bytes of the header and index that this object holds. */
  get heldBytes(): number {
    return this.#head.byteLength
  }

  /** The counts of `keys`, in their order; 0 for a term that is not there. */
  async lookup(keys: readonly string[], signal?: AbortSignal): Promise<readonly number[]> {
    const wanted = new Map<TallyBlock, string[]>()
    for (const key of keys) {
      const block = this.#blockOf(key)
      if (block) wanted.set(block, [...(wanted.get(block) ?? []), key])
    }
    const counts = new Map<string, number>()
    await this.#read([...wanted.keys()], signal, (data, block) => {
      const asked = [...new Set(wanted.get(block))].sort(compareCodePoints)
      countsOf(data, block.rows, asked).forEach((count, i) => {
        counts.set(asked[i]!, count)
      })
    })
    return keys.map((key) => counts.get(key) ?? 0)
  }

  /** All terms counted at least `minCount` times, by key. */
  async above(minCount: number, signal?: AbortSignal): Promise<readonly TermCount[]> {
    const blocks = this.#blocks.filter((block) => block.countMax >= minCount)
    const found: TermCount[] = []
    for (const rows of await this.#read(blocks, signal, parseRows)) {
      for (const row of rows) if (row.count >= minCount) found.push(row)
    }
    return found
  }

  /** All rows, by key in code-point order, a few blocks in memory at a time. */
  async *rows(signal?: AbortSignal): AsyncGenerator<TermCount, void, undefined> {
    const step = 16
    for (let first = 0; first < this.#blocks.length; first += step) {
      for (const rows of await this.#read(this.#blocks.slice(first, first + step), signal, parseRows)) yield* rows
    }
  }

  /** The last block whose first key is not behind `key`. */
  #blockOf(key: string): TallyBlock | undefined {
    let low = 0
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareCodePoints(this.#blocks[middle]!.firstKey, key) <= 0) low = middle + 1
      else high = middle
    }
    return this.#blocks[low - 1]
  }

  /** What `take` makes of each block's rows, in order. */
  async #read<T>(
    blocks: readonly TallyBlock[],
    signal: AbortSignal | undefined,
    take: (data: Buffer, block: TallyBlock) => T,
  ): Promise<readonly T[]> {
    const ranges = joinRanges(blocks.toSorted((a, b) => a.at - b.at))
    const read = await mapBounded(ranges, READS_AT_ONCE, async (range) => {
      const start = range[0]!.start
      const last = range.at(-1)!
      const length = last.start + last.bytes - start
      const bytes =
        start + length <= this.#head.length
          ? this.#head.subarray(start, start + length)
          : await this.#store.read(this.path, { offset: start, length }, signal)
      return range.map((block) => take(this.#open(block, bytes, start), block))
    })
    return read.flat()
  }

  /** The rows of one block, unpacked; `bytes` begins at `offset` of the file. */
  #open(block: TallyBlock, bytes: Uint8Array, offset: number): Buffer {
    const from = block.start - offset
    const part = bytes.subarray(from, from + block.bytes)
    const [found, more] = [...readBlocks(part, this.#header, this.path, { at: 0, offset: block.start })]
    if (found && !more && found.count === block.rows) {
      const data = openBlock({ codec: this.#header.codec, path: this.path }, found)
      const rows = Buffer.from(data.buffer, data.byteOffset, data.length)
      if (holdsRows(rows, block)) return rows
    }
    throw new AppError('corrupt', `${this.path}: block ${block.at} at byte ${block.start} is not what the index says`, {
      facts: { path: this.path, block: block.at, byte: block.start },
    })
  }
}

/** Whether the rows begin with the key that the index names. */
function holdsRows(data: Buffer, { firstKey, rows }: TallyBlock): boolean {
  if (rows === 0) return data.length === 0
  const reader = new LongReader(data)
  const length = reader.next()
  return data.toString('utf8', reader.at, reader.at + length) === firstKey
}

function parseRows(data: Buffer, { rows }: TallyBlock): readonly TermCount[] {
  const reader = new LongReader(data)
  const text = () => {
    const length = reader.next()
    reader.at += length
    return data.toString('utf8', reader.at - length, reader.at)
  }
  return Array.from({ length: rows }, () => ({ key: text(), shown: text(), count: reader.next() }))
}

/**
 * The counts of `keys`, 0 where there is none. Both stand in byte order, so one walk finds all; rows that nobody asked for
 * become no strings, which is ten times the cost of walking over them.
 */
function countsOf(data: Buffer, rows: number, keys: readonly string[]): readonly number[] {
  const wanted = keys.map((key) => Buffer.from(key))
  const counts = new Array<number>(keys.length).fill(0)
  const reader = new LongReader(data)
  let next = 0
  for (let row = 0; row < rows && next < wanted.length; row++) {
    const keyBytes = reader.next()
    const start = reader.at
    reader.at += keyBytes
    const shownBytes = reader.next()
    reader.at += shownBytes
    const count = reader.next()
    let order = compareSlice(wanted[next]!, data, start, start + keyBytes)
    while (order < 0 && ++next < wanted.length) order = compareSlice(wanted[next]!, data, start, start + keyBytes)
    if (order === 0) counts[next++] = count
  }
  return counts
}

/** A loop: most comparisons end at the first bytes, and a native call costs more than that. */
function compareSlice(key: Uint8Array, data: Uint8Array, start: number, end: number): number {
  const length = Math.min(key.length, end - start)
  for (let i = 0; i < length; i++) {
    const difference = key[i]! - data[start + i]!
    if (difference !== 0) return difference
  }
  return key.length - (end - start)
}

function joinRanges(blocks: readonly TallyBlock[]): readonly (readonly TallyBlock[])[] {
  const ranges: TallyBlock[][] = []
  for (const block of blocks) {
    const before = ranges.at(-1)?.at(-1)
    if (before && block.start - (before.start + before.bytes) <= GAP_BYTES) ranges.at(-1)!.push(block)
    else ranges.push([block])
  }
  return ranges
}
