/**
 * The full tally of one unit of work: every term with its count, and every spelling of it with its own. It is a handful of
 * typed arrays, so that a worker thread hands it over without a copy, however many terms there are.
 *
 * Invariant: keys ascend in byte order (= code-point order), the spellings of a key too; the counts of a key's spellings add
 * up to the key's. Merging is associative and commutative, and the empty tally changes nothing.
 */
import { TALLY_TERMS_MAX, type Tally, type TermCount } from '../tally.ts'
import { copySlice, grown } from './byte-table.ts'

export interface PartialTally {
  /** Records counted, copies removed. */
  readonly records: number
  /** Records left out because their id had come before. */
  readonly copies: number
  /** Terms left out because they are longer than the board takes. */
  readonly longTerms: number
  /** Sum of all counts. */
  readonly total: number
  /** UTF-8 of all keys; key i is keyBytes[keyStarts[i], keyStarts[i + 1]). */
  readonly keyBytes: Uint8Array<ArrayBuffer>
  readonly keyStarts: Uint32Array<ArrayBuffer>
  readonly counts: Uint32Array<ArrayBuffer>
  /** The spellings of key i are those from spellingsOf[i] up to spellingsOf[i + 1]. */
  readonly spellingsOf: Uint32Array<ArrayBuffer>
  readonly spellingBytes: Uint8Array<ArrayBuffer>
  readonly spellingStarts: Uint32Array<ArrayBuffer>
  readonly spellingCounts: Uint32Array<ArrayBuffer>
}

/** What to give as transfer list to `postMessage` with a partial tally. The sender's is empty afterwards. */
export function transferListOf(partial: PartialTally): ArrayBuffer[] {
  return [
    partial.keyBytes,
    partial.keyStarts,
    partial.counts,
    partial.spellingsOf,
    partial.spellingBytes,
    partial.spellingStarts,
    partial.spellingCounts,
  ].map((array) => array.buffer)
}

/** The terms in key order, decoded one at a time. */
export function* termsOf(partial: PartialTally): Generator<TermCount> {
  for (let index = 0; index < partial.counts.length; index++) yield termAt(partial, index)
}

/** Term `index` in key order. Shown is its most used spelling; of equally used ones the first in code-point order. */
export function termAt(partial: PartialTally, index: number): TermCount {
  const { keyBytes, keyStarts, spellingBytes, spellingStarts } = partial
  const shown = shownAt(partial, index)
  return {
    key: textOf(keyBytes, keyStarts[index]!, keyStarts[index + 1]!),
    shown: textOf(spellingBytes, spellingStarts[shown]!, spellingStarts[shown + 1]!),
    count: partial.counts[index]!,
  }
}

/** Which spelling of term `index` is shown: its place in `spellingStarts`. */
export function shownAt({ spellingCounts, spellingsOf }: PartialTally, index: number): number {
  let shown = spellingsOf[index]!
  for (let spelling = shown + 1; spelling < spellingsOf[index + 1]!; spelling++) {
    if (spellingCounts[spelling]! > spellingCounts[shown]!) shown = spelling
  }
  return shown
}

/** The tally of a partial: its `termsMax` greatest terms, and the greatest count left out as floor. */
export function tallyOf(partial: PartialTally, termsMax = TALLY_TERMS_MAX): Tally {
  const { counts, records, total } = partial
  const distinct = counts.length
  const ascending = Uint32Array.from(counts).sort()
  const floor = distinct > termsMax ? ascending[distinct - termsMax - 1]! : 0
  // All that are above the floor are in; of those at the floor the first in key order fill the rest.
  let atFloor = termsMax - (distinct - upperBound(ascending, floor))
  const indexes: number[] = []
  for (let index = 0; index < distinct; index++) {
    if (counts[index]! > floor || (counts[index]! === floor && atFloor-- > 0)) indexes.push(index)
  }
  indexes.sort((a, b) => counts[b]! - counts[a]! || a - b)
  return { top: indexes.map((index) => termAt(partial, index)), floor, distinct, total, records }
}

/** Collects a partial tally: each key in ascending order, each followed by its spellings in ascending order. */
export class PartialBuilder {
  private total = 0
  private readonly keys = new SliceList()
  private readonly spellings = new SliceList()
  private spellingsOf = new Uint32Array(64)

  addKey(bytes: Uint8Array, start: number, end: number, count: number): void {
    if (this.keys.size + 1 >= this.spellingsOf.length)
      this.spellingsOf = grown(this.spellingsOf, this.keys.size * 2 + 2)
    this.spellingsOf[this.keys.size] = this.spellings.size
    this.keys.add(bytes, start, end, count)
    this.total += count
  }

  addSpelling(bytes: Uint8Array, start: number, end: number, count: number): void {
    this.spellings.add(bytes, start, end, count)
  }

  finish(records: number, copies: number, longTerms = 0): PartialTally {
    const { keys, spellings } = this
    this.spellingsOf[keys.size] = spellings.size
    return {
      records,
      copies,
      longTerms,
      total: this.total,
      keyBytes: keys.bytes.slice(0, keys.starts[keys.size]),
      keyStarts: keys.starts.slice(0, keys.size + 1),
      counts: keys.counts.slice(0, keys.size),
      spellingsOf: this.spellingsOf.slice(0, keys.size + 1),
      spellingBytes: spellings.bytes.slice(0, spellings.starts[spellings.size]),
      spellingStarts: spellings.starts.slice(0, spellings.size + 1),
      spellingCounts: spellings.counts.slice(0, spellings.size),
    }
  }
}

/** Byte slices one behind the other, each with a count. */
class SliceList {
  size = 0
  bytes = new Uint8Array(1024)
  starts = new Uint32Array(65)
  counts = new Uint32Array(64)

  add(bytes: Uint8Array, start: number, end: number, count: number): void {
    const from = this.starts[this.size]!
    const to = from + end - start
    if (to > this.bytes.length) this.bytes = grown(this.bytes, Math.max(to, this.bytes.length * 2))
    if (this.size === this.counts.length) {
      this.counts = grown(this.counts, this.size * 2)
      this.starts = grown(this.starts, this.size * 2 + 1)
    }
    copySlice(bytes, start, end, this.bytes, from)
    this.counts[this.size++] = count
    this.starts[this.size] = to
  }
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
}

/** How many of the ascending numbers are not above `value`. */
function upperBound(ascending: Uint32Array, value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}
