/**
 * Counts the terms of records, by one extractor, for one unit of work: an hour of a partition, or a slot of one.
 *
 * The count of a term is the number of records that have it: a record that repeats it, in another spelling too, counts
 * once, and counts for the spelling it uses first. So the counts of a term's spellings add up to the term's count.
 *
 * Invariant: every array is as long as what this unit has met, not as the shared table; nothing is allocated per record.
 */
import { columnsOfCounts, type TallyColumns } from '../tally.ts'
import type { Extractor } from '../terms/extractor.ts'
import { grown, hashBytes } from './byte-table.ts'
import type { Kernel, TermSink } from './kernel.ts'
import { kernelFor } from './kernels.ts'
import { LocalIndex } from './local-index.ts'
import { PartialBuilder, type PartialTally } from './partial-tally.ts'
import { SignCursor } from './sign-cursor.ts'
import type { SortedTerms } from './sorted-terms.ts'
import type { SpellingTable } from './spelling-table.ts'

const LENGTH_FIRST = 128
/** Of a term put aside: its place in the block, its hash, its record; the spelling's id takes the place of its start. */
const STRIDE = 4
const START = 0
const SPELLING = 0
const END = 1
const HASH = 2
const RECORD = 3
const ASIDE_FIRST = STRIDE * 1024
const NONE = 0xffff_ffff

export class TermCounter implements TermSink {
  /** Records counted, copies not among them. */
  records = 0
  /** Records left out because their id was there already; kept here for the result by who walks. */
  copies = 0
  private readonly extractor: Extractor
  private readonly table: SpellingTable
  private readonly kernel: Kernel | null
  private readonly signs: SignCursor
  private readonly spellings = new LocalIndex()
  private readonly keys = new LocalIndex()
  /** Two words a spelling: its key's index, and its count. They are always used together, so they lie together. */
  private spellingWords = new Uint32Array(2 * LENGTH_FIRST)
  private keyCounts = new Uint32Array(LENGTH_FIRST)
  private lastRecord = new Uint32Array(LENGTH_FIRST)
  private block: Buffer | undefined
  private aside = new Int32Array(0)
  private asideEnd = 0

  /** `table` must be one of this extractor's; counters on one thread share it. */
  constructor(extractor: Extractor, table: SpellingTable) {
    this.extractor = extractor
    this.table = table
    this.kernel = kernelFor(extractor)
    this.signs = new SignCursor(this.kernel?.fullWidth ?? false)
  }

  /** Counts one record whose text is the UTF-8 in bytes[start, end). */
  countText(bytes: Buffer, start: number, end: number): void {
    this.signs.begin(bytes)
    this.countTextOfBlock(bytes, start, end)
  }

  /**
   * Announces a buffer whose texts will be counted from its beginning to its end by `countTextOfBlock`, until `endBlock`. Their
   * terms are put aside and counted together, since then memory can be asked for many of them at once.
   */
  beginBlock(bytes: Buffer): void {
    this.signs.begin(bytes)
    this.block = bytes
  }

  /** Must be called before the buffer's content changes. */
  endBlock(): void {
    this.countAside()
    this.block = undefined
  }

  countTextOfBlock(bytes: Buffer, start: number, end: number): void {
    this.records++
    if (this.kernel === null) this.countDecoded(bytes, start, end)
    else if (this.signs.next(start) < end && !this.kernel.count(bytes, start, end, this.signs, this)) {
      this.countDecoded(bytes, start, end)
    }
  }

  add(bytes: Uint8Array, start: number, end: number, hash: number): void {
    if (bytes === this.block) {
      const at = this.asideEnd
      if (at === this.aside.length) this.aside = grown(this.aside, Math.max(ASIDE_FIRST, at * 2))
      this.aside[at + START] = start
      this.aside[at + END] = end
      this.aside[at + HASH] = hash
      this.aside[at + RECORD] = this.records
      this.asideEnd = at + STRIDE
      return
    }
    // A term from elsewhere: those before it come first, as a record's first spelling counts.
    this.countAside()
    this.count(this.table.intern(bytes, start, end, hash), this.records)
  }

  /** Counts what was put aside: three passes, each through one of the large tables. */
  private countAside(): void {
    const { aside, asideEnd: end, block } = this
    if (block === undefined || end === 0) return
    this.table.spellings.touch(aside, HASH, STRIDE, end)
    for (let at = 0; at < end; at += STRIDE) {
      aside[at + SPELLING] = this.table.intern(block, aside[at + START]!, aside[at + END]!, aside[at + HASH]!)
    }
    this.spellings.touch(aside, SPELLING, STRIDE, end)
    for (let at = 0; at < end; at += STRIDE) this.count(aside[at + SPELLING]!, aside[at + RECORD]!)
    this.asideEnd = 0
  }

  private count(id: number, record: number): void {
    const known = this.spellings.size
    const spelling = this.spellings.indexOf(id)
    if (spelling === known) this.addSpelling(spelling, id)
    const key = this.spellingWords[2 * spelling]!
    if (this.lastRecord[key] === record) return
    this.lastRecord[key] = record
    this.keyCounts[key]!++
    this.spellingWords[2 * spelling + 1]!++
  }

  /** What was counted since the last reset. The counter is as before. */
  take(): PartialTally {
    const builder = new PartialBuilder()
    const next = new Uint32Array(this.spellings.size)
    const first = new Uint32Array(this.keys.size).fill(NONE)
    for (let spelling = 0; spelling < next.length; spelling++) {
      const key = this.spellingWords[2 * spelling]!
      next[spelling] = first[key]!
      first[key] = spelling
    }
    const { arena, starts } = this.table.keys
    for (const key of this.keysInOrder()) {
      const id = this.keys.ids[key]!
      builder.addKey(arena, starts[id]!, starts[id + 1]!, this.keyCounts[key]!)
      this.addSpellingsTo(builder, first[key]!, next)
    }
    return builder.finish(this.records, this.copies)
  }

  /** The same without the counts of spellings, and without copying: true until the counter counts on. */
  sorted(): SortedTerms {
    const { keys, spellings } = this.table
    const order = this.keysInOrder()
    const best = this.mostUsedSpellings()
    const size = order.length
    const counts = new Uint32Array(size)
    const keyIds = new Uint32Array(size)
    const shownIds = new Uint32Array(size)
    let total = 0
    for (let at = 0; at < size; at++) {
      const key = order[at]!
      counts[at] = this.keyCounts[key]!
      keyIds[at] = this.keys.ids[key]!
      shownIds[at] = this.spellings.ids[best[key]!]!
      total += counts[at]!
    }
    return {
      records: this.records,
      copies: this.copies,
      total,
      counts,
      keys: { bytes: keys.arena, starts: keys.starts, ids: keyIds },
      shown: { bytes: spellings.arena, starts: spellings.starts, ids: shownIds },
    }
  }

  /**
   * The tally of what was counted since the last reset, without sorting or copying what is cut off: for whoever shows a
   * unit again and again while it grows. Equal to `tallyOf(take())`. The counter is as before.
   */
  greatest(termsMax?: number): TallyColumns {
    const { keys, spellings } = this.table
    const { ids, size } = this.keys
    const shown = this.mostUsedSpellings()
    return columnsOfCounts(
      {
        counts: this.keyCounts.subarray(0, size),
        records: this.records,
        key: (key) => keys.text(ids[key]!),
        shown: (key) => spellings.text(this.spellings.ids[shown[key]!]!),
        order: (a, b) => keys.compare(ids[a]!, ids[b]!),
      },
      termsMax,
    )
  }

  /** Forgets the counts, keeps the memory. Costs as much as the unit was large, not as the table is. */
  reset(): void {
    this.keyCounts.fill(0, 0, this.keys.size)
    this.lastRecord.fill(0, 0, this.keys.size)
    this.spellingWords.fill(0, 0, 2 * this.spellings.size)
    this.keys.reset()
    this.spellings.reset()
    this.records = 0
    this.copies = 0
    this.block = undefined
    this.asideEnd = 0
  }

  private countDecoded(bytes: Buffer, start: number, end: number): void {
    for (const term of this.extractor.extract(bytes.toString('utf8', start, end))) {
      const spelling = Buffer.from(term)
      this.add(spelling, 0, spelling.length, hashBytes(spelling, 0, spelling.length))
    }
  }

  private addSpelling(spelling: number, id: number): void {
    if (2 * spelling >= this.spellingWords.length) this.spellingWords = grown(this.spellingWords, spelling * 4)
    const key = this.keys.indexOf(this.table.keyOf(id))
    if (key >= this.keyCounts.length) {
      this.keyCounts = grown(this.keyCounts, key * 2)
      this.lastRecord = grown(this.lastRecord, key * 2)
    }
    this.spellingWords[2 * spelling] = key
  }

  /** For each key its most used spelling; of equally used ones the first in code-point order. */
  private mostUsedSpellings(): Uint32Array {
    const { ids, size } = this.spellings
    const best = new Uint32Array(this.keys.size).fill(NONE)
    for (let spelling = 0; spelling < size; spelling++) {
      const count = this.spellingWords[2 * spelling + 1]!
      if (count === 0) continue
      const key = this.spellingWords[2 * spelling]!
      const other = best[key]!
      const more = other === NONE ? count : count - this.spellingWords[2 * other + 1]!
      if (more > 0 || (more === 0 && this.table.spellings.compare(ids[spelling]!, ids[other]!) < 0))
        best[key] = spelling
    }
    return best
  }

  private keysInOrder(): Uint32Array {
    return this.table.orderOf(this.keys.ids.subarray(0, this.keys.size))
  }

  /** The spellings of one key (a list chained by `next`), in byte order. */
  private addSpellingsTo(builder: PartialBuilder, first: number, next: Uint32Array): void {
    const table = this.table.spellings
    const { arena, starts } = table
    const used: number[] = []
    for (let spelling = first; spelling !== NONE; spelling = next[spelling]!) {
      if (this.spellingWords[2 * spelling + 1]! > 0) used.push(spelling)
    }
    const ids = this.spellings.ids
    if (used.length > 1) used.sort((a, b) => table.compare(ids[a]!, ids[b]!))
    for (const spelling of used) {
      const id = ids[spelling]!
      builder.addSpelling(arena, starts[id]!, starts[id + 1]!, this.spellingWords[2 * spelling + 1]!)
    }
  }
}
