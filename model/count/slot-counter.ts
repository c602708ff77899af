/**
 * The counts of one slot of a partition, of which the speed worker has many open, and shows each again and again while it
 * grows.
 *
 * Invariant: every array is as long as what this unit has met, not as the shared table.
 */
import { columnsOfCounts, type TallyColumns } from '../tally.ts'
import { grown } from './byte-table.ts'
import { LocalIndex } from './local-index.ts'
import { TermCounter } from './term-counter.ts'

const LENGTH_FIRST = 128
const NONE = 0xffff_ffff

export class SlotTermCounter extends TermCounter {
  private readonly spellings = new LocalIndex()
  private readonly keys = new LocalIndex()
  /** Two words a spelling: its key's index, and its count. They are always used together, so they lie together. */
  private words = new Uint32Array(2 * LENGTH_FIRST)
  private keyCounts = new Uint32Array(LENGTH_FIRST)

  /**
   * The tally of what was counted since the last reset, without sorting or copying what is cut off. Equal to the greatest terms
   * of an HourCounter that counted the same. The counter is as before.
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

  override reset(): void {
    super.reset()
    this.keyCounts.fill(0, 0, this.keys.size)
    this.words.fill(0, 0, 2 * this.spellings.size)
    this.keys.reset()
    this.spellings.reset()
  }

  protected override countSpelling(id: number): void {
    const known = this.spellings.size
    const spelling = this.spellings.indexOf(id)
    if (spelling === known) this.addSpelling(spelling, id)
    this.keyCounts[this.words[2 * spelling]!]!++
    this.words[2 * spelling + 1]!++
  }

  private addSpelling(spelling: number, id: number): void {
    if (2 * spelling >= this.words.length) this.words = grown(this.words, spelling * 4)
    const key = this.keys.indexOf(this.table.keyOf(id))
    if (key >= this.keyCounts.length) this.keyCounts = grown(this.keyCounts, key * 2)
    this.words[2 * spelling] = key
  }

  /** For each key its most used spelling; of equally used ones the first in code-point order. */
  private mostUsedSpellings(): Uint32Array {
    const { ids, size } = this.spellings
    const best = new Uint32Array(this.keys.size).fill(NONE)
    for (let spelling = 0; spelling < size; spelling++) {
      const key = this.words[2 * spelling]!
      const other = best[key]!
      const more = other === NONE ? 1 : this.words[2 * spelling + 1]! - this.words[2 * other + 1]!
      if (more > 0 || (more === 0 && this.table.spellings.compare(ids[spelling]!, ids[other]!) < 0)) {
        best[key] = spelling
      }
    }
    return best
  }
}
