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
    for (const [block, rows] of await this.#read([...wanted.keys()], signal)) {
      const asked = new Set(wanted.get(block))
      for (const row of rows) if (asked.has(row.key)) counts.set(row.key, row.count)
    }
    return keys.map((key) => counts.get(key) ?? 0)
  }

  /** All terms counted at least `minCount` times, by key. */
  async above(minCount: number, signal?: AbortSignal): Promise<readonly TermCount[]> {
    const blocks = this.#blocks.filter((block) => block.countMax >= minCount)
    const found: TermCount[] = []
    for (const [, rows] of await this.#read(blocks, signal)) {
      for (const row of rows) if (row.count >= minCount) found.push(row)
    }
    return found
  }

  /** All rows, by key in code-point order, a few blocks in memory at a time. */
  async *rows(signal?: AbortSignal): AsyncGenerator<TermCount, void, undefined> {
    const step = 16
    for (let first = 0; first < this.#blocks.length; first += step) {
      for (const [, rows] of await this.#read(this.#blocks.slice(first, first + step), signal)) yield* rows
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

  async #read(
    blocks: readonly TallyBlock[],
    signal: AbortSignal | undefined,
  ): Promise<readonly (readonly [TallyBlock, readonly TermCount[]])[]> {
    const ranges = joinRanges(blocks.toSorted((a, b) => a.at - b.at))
    const read = await mapBounded(ranges, READS_AT_ONCE, async (range) => {
      const start = range[0]!.start
      const last = range.at(-1)!
      const length = last.start + last.bytes - start
      const bytes =
        start + length <= this.#head.length
          ? this.#head.subarray(start, start + length)
          : await this.#store.read(this.path, { offset: start, length }, signal)
      return range.map((block) => [block, this.#parse(block, bytes, start)] as const)
    })
    return read.flat()
  }

  /** The rows of one block; `bytes` begins at `offset` of the file. */
  #parse(block: TallyBlock, bytes: Uint8Array, offset: number): readonly TermCount[] {
    const from = block.start - offset
    const part = bytes.subarray(from, from + block.bytes)
    const [found, more] = [...readBlocks(part, this.#header, this.path, { at: 0, offset: block.start })]
    const rows = found ? parseRows(openBlock({ codec: this.#header.codec, path: this.path }, found), found.count) : []
    if (!found || more || rows.length !== block.rows || rows[0]?.key !== block.firstKey) {
      throw new AppError(
        'corrupt',
        `${this.path}: block ${block.at} at byte ${block.start} is not what the index says`,
        {
          facts: { path: this.path, block: block.at, byte: block.start },
        },
      )
    }
    return rows
  }
}

function parseRows(data: Uint8Array, count: number): readonly TermCount[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length)
  const reader = new LongReader(bytes)
  const text = () => {
    const length = reader.next()
    reader.at += length
    return bytes.toString('utf8', reader.at - length, reader.at)
  }
  return Array.from({ length: count }, () => ({ key: text(), shown: text(), count: reader.next() }))
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
