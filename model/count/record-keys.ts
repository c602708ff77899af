/**
 * Which terms the record that is being counted has had so far, so that each counts once. Most records have one term, and then
 * nothing is looked up at all.
 */
import type { SpellingTable } from './spelling-table.ts'

/** Up to so many terms of one record are compared one by one; beyond, a set, or a record of a million terms would take hours. */
const LISTED_MAX = 32
const NO_RECORD = -1

export class RecordKeys {
  private readonly table: SpellingTable
  private record = NO_RECORD
  private readonly spellings = new Int32Array(LISTED_MAX)
  private size = 0
  private readonly many = new Set<number>()

  constructor(table: SpellingTable) {
    this.table = table
  }

  /** False when the record had a spelling of the same key before. Records come one after another. */
  add(record: number, spelling: number): boolean {
    if (record !== this.record) {
      this.record = record
      this.spellings[0] = spelling
      this.size = 1
      return true
    }
    return this.addFurther(spelling)
  }

  reset(): void {
    this.record = NO_RECORD
    this.size = 0
  }

  private addFurther(spelling: number): boolean {
    const { table, spellings, size } = this
    const key = table.keyOf(spelling)
    if (size > LISTED_MAX) {
      if (this.many.has(key)) return false
      this.many.add(key)
      return true
    }
    for (let at = 0; at < size; at++) if (table.keyOf(spellings[at]!) === key) return false
    if (size === LISTED_MAX) {
      this.many.clear()
      for (const listed of spellings) this.many.add(table.keyOf(listed))
      this.many.add(key)
    } else {
      spellings[size] = spelling
    }
    this.size = size + 1
    return true
  }
}
