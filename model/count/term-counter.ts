/**
 * Finds the terms of records by one extractor, for one unit of work, and counts each once a record; how the counts are kept is
 * left to two kinds: HourCounter for batch, whose units are large and one at a time, SlotCounter for speed, which has many
 * small ones open.
 *
 * The count of a term is the number of records that have it: a record that repeats it, in another spelling too, counts
 * once, and counts for the spelling it uses first. So the counts of a term's spellings add up to the term's count.
 *
 * Invariant: nothing is allocated per record.
 */
import type { Extractor } from '../terms/extractor.ts'
import { isLongTerm, TERM_LENGTH_MAX } from '../terms/term-length.ts'
import { grown, hashBytes } from './byte-table.ts'
import type { Kernel, TermSink } from './kernel.ts'
import { kernelFor } from './kernels.ts'
import { RecordKeys } from './record-keys.ts'
import { SignCursor } from './sign-cursor.ts'
import type { SpellingTable } from './spelling-table.ts'

/** Of a term put aside: its place in the block, its hash, its record; the spelling's id takes the place of its start. */
const STRIDE = 4
const START = 0
const SPELLING = 0
const END = 1
const HASH = 2
const RECORD = 3
const ASIDE_FIRST = STRIDE * 1024

export abstract class TermCounter implements TermSink {
  /** Records counted, copies not among them. */
  records = 0
  /** Records left out because their id was there already; kept here for the result by who walks. */
  copies = 0
  /** Terms left out because they are longer than the board takes; one for each time that a record has one. */
  longTerms = 0
  protected readonly table: SpellingTable
  private readonly extractor: Extractor
  private readonly termLengthMax: number
  private readonly kernel: Kernel | null
  private readonly signs: SignCursor
  private readonly counted: RecordKeys
  private block: Buffer | undefined
  private aside = new Int32Array(0)
  private asideEnd = 0

  /**
   * `table` must be one of this extractor's; counters on one thread share it. `termLengthMax`: in code points, the board's.
   */
  constructor(extractor: Extractor, table: SpellingTable, termLengthMax = TERM_LENGTH_MAX) {
    this.extractor = extractor
    this.termLengthMax = termLengthMax
    this.table = table
    this.kernel = kernelFor(extractor)
    this.signs = new SignCursor(this.kernel?.fullWidth ?? false)
    this.counted = new RecordKeys(table)
  }

  /** One record more has this spelling, and none of the same key before it. */
  protected abstract countSpelling(id: number): void

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
    const { kernel, longTerms } = this
    if (kernel === null) this.countDecoded(bytes, start, end)
    else if (this.signs.next(start) < end && !kernel.count(bytes, start, end, this.signs, this)) {
      // The extractor finds again what the kernel has found before it refused.
      this.longTerms = longTerms
      this.countDecoded(bytes, start, end)
    }
  }

  add(bytes: Uint8Array, start: number, end: number, hash: number): void {
    const { termLengthMax } = this
    // Code points are at most as many as bytes: of nearly all terms nothing is looked at.
    if (end - start > termLengthMax && isLongTerm(bytes, start, end, termLengthMax)) {
      this.longTerms++
      return
    }
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

  /** Forgets the counts, keeps the memory. */
  reset(): void {
    this.counted.reset()
    this.records = 0
    this.copies = 0
    this.longTerms = 0
    this.block = undefined
    this.asideEnd = 0
  }

  /** Counts what was put aside: two passes, the first through the large table of all spellings. */
  private countAside(): void {
    const { aside, asideEnd: end, block, table } = this
    if (block === undefined || end === 0) return
    table.spellings.touch(aside, HASH, STRIDE, end)
    for (let at = 0; at < end; at += STRIDE) {
      aside[at + SPELLING] = table.intern(block, aside[at + START]!, aside[at + END]!, aside[at + HASH]!)
    }
    for (let at = 0; at < end; at += STRIDE) this.count(aside[at + SPELLING]!, aside[at + RECORD]!)
    this.asideEnd = 0
  }

  private count(id: number, record: number): void {
    if (this.counted.add(record, id)) this.countSpelling(id)
  }

  private countDecoded(bytes: Buffer, start: number, end: number): void {
    for (const term of this.extractor.extract(bytes.toString('utf8', start, end))) {
      const spelling = Buffer.from(term)
      this.add(spelling, 0, spelling.length, hashBytes(spelling, 0, spelling.length))
    }
  }
}
