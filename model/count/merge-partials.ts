/**
 * Merges the tallies of disjoint units (partitions of an hour, slots of it, hours of a range) into one: the counts of equal
 * keys add up, and those of equal spellings, so that the form shown is chosen over the whole.
 *
 * One pass over all keys in order, through a heap of as many cursors as there are partials.
 */
import { compareSlices } from './byte-table.ts'
import { PartialBuilder, type PartialTally } from './partial-tally.ts'

interface Cursor {
  readonly partial: PartialTally
  /** Key it stands at. */
  at: number
  /** Spelling of that key it stands at, while spellings are merged. */
  spelling: number
}

/** The sum of `partials`. Copies of one record must have met in one of them (the key of a message is its id). */
export function mergePartials(partials: readonly PartialTally[]): PartialTally {
  if (partials.length === 1) return partials[0]!
  const builder = new PartialBuilder()
  const heap = partials
    .filter((partial) => partial.counts.length > 0)
    .map((partial): Cursor => ({ partial, at: 0, spelling: 0 }))
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) siftDown(heap, i)
  const equal: Cursor[] = []
  while (heap.length > 0) {
    takeEqual(heap, equal)
    addMerged(builder, equal)
    for (const cursor of equal) {
      if (++cursor.at < cursor.partial.counts.length) push(heap, cursor)
    }
    equal.length = 0
  }
  return builder.finish(
    partials.reduce((sum, partial) => sum + partial.records, 0),
    partials.reduce((sum, partial) => sum + partial.copies, 0),
    partials.reduce((sum, partial) => sum + partial.longTerms, 0),
  )
}

/** Moves every cursor that stands at the least key from the heap to `equal`. */
function takeEqual(heap: Cursor[], equal: Cursor[]): void {
  do equal.push(pop(heap))
  while (heap.length > 0 && compareKeys(heap[0]!, equal[0]!) === 0)
}

/** Adds the key that all of `cursors` stand at, and its spellings. Nothing is allocated: there are as many keys as terms. */
function addMerged(builder: PartialBuilder, cursors: readonly Cursor[]): void {
  const { partial, at } = cursors[0]!
  let count = 0
  for (const cursor of cursors) {
    count += cursor.partial.counts[cursor.at]!
    cursor.spelling = cursor.partial.spellingsOf[cursor.at]!
  }
  builder.addKey(partial.keyBytes, partial.keyStarts[at]!, partial.keyStarts[at + 1]!, count)
  for (let least = leastSpelling(cursors); least !== undefined; least = leastSpelling(cursors)) {
    const { spellingBytes, spellingStarts } = least.partial
    const spelling = least.spelling
    let uses = 0
    for (const cursor of cursors) {
      if (cursor !== least && (!hasSpelling(cursor) || compareSpellings(cursor, least, spelling) !== 0)) continue
      uses += cursor.partial.spellingCounts[cursor.spelling++]!
    }
    builder.addSpelling(spellingBytes, spellingStarts[spelling]!, spellingStarts[spelling + 1]!, uses)
  }
}

/** The cursor at the least spelling, undefined when all are through. */
function leastSpelling(cursors: readonly Cursor[]): Cursor | undefined {
  let least: Cursor | undefined
  for (const cursor of cursors) {
    if (!hasSpelling(cursor)) continue
    if (least === undefined || compareSpellings(cursor, least, least.spelling) < 0) least = cursor
  }
  return least
}

function hasSpelling({ partial, at, spelling }: Cursor): boolean {
  return spelling < partial.spellingsOf[at + 1]!
}

/** The order of the spelling `a` stands at and spelling `other` of `b`'s tally. */
function compareSpellings(a: Cursor, b: Cursor, other: number): number {
  const x = a.partial.spellingStarts
  const y = b.partial.spellingStarts
  const from = a.spelling
  return compareSlices(
    a.partial.spellingBytes,
    x[from]!,
    x[from + 1]!,
    b.partial.spellingBytes,
    y[other]!,
    y[other + 1]!,
  )
}

function compareKeys(a: Cursor, b: Cursor): number {
  const x = a.partial.keyStarts
  const y = b.partial.keyStarts
  return compareSlices(a.partial.keyBytes, x[a.at]!, x[a.at + 1]!, b.partial.keyBytes, y[b.at]!, y[b.at + 1]!)
}

function pop(heap: Cursor[]): Cursor {
  const least = heap[0]!
  const last = heap.pop()!
  if (heap.length > 0) {
    heap[0] = last
    siftDown(heap, 0)
  }
  return least
}

function push(heap: Cursor[], cursor: Cursor): void {
  let child = heap.length
  heap.push(cursor)
  while (child > 0) {
    const parent = (child - 1) >> 1
    if (compareKeys(heap[parent]!, heap[child]!) <= 0) return
    swap(heap, parent, child)
    child = parent
  }
}

function siftDown(heap: Cursor[], from: number): void {
  for (let parent = from; ; ) {
    let least = parent
    for (const child of [2 * parent + 1, 2 * parent + 2]) {
      if (child < heap.length && compareKeys(heap[child]!, heap[least]!) < 0) least = child
    }
    if (least === parent) return
    swap(heap, parent, least)
    parent = least
  }
}

function swap(heap: Cursor[], a: number, b: number): void {
  const kept = heap[a]!
  heap[a] = heap[b]!
  heap[b] = kept
}
