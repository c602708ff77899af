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
}

/** The sum of `partials`. Copies of one record must have met in one of them (the key of a message is its id). */
export function mergePartials(partials: readonly PartialTally[]): PartialTally {
  if (partials.length === 1) return partials[0]!
  const builder = new PartialBuilder()
  const heap = partials.filter((partial) => partial.counts.length > 0).map((partial): Cursor => ({ partial, at: 0 }))
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
  )
}

/** Moves every cursor that stands at the least key from the heap to `equal`. */
function takeEqual(heap: Cursor[], equal: Cursor[]): void {
  do equal.push(pop(heap))
  while (heap.length > 0 && compareKeys(heap[0]!, equal[0]!) === 0)
}

function addMerged(builder: PartialBuilder, cursors: readonly Cursor[]): void {
  const { partial, at } = cursors[0]!
  const count = cursors.reduce((sum, cursor) => sum + cursor.partial.counts[cursor.at]!, 0)
  builder.addKey(partial.keyBytes, partial.keyStarts[at]!, partial.keyStarts[at + 1]!, count)

  const spellings = cursors.flatMap(({ partial: of, at: key }) => {
    const first = of.spellingsOf[key]!
    return Array.from({ length: of.spellingsOf[key + 1]! - first }, (_, i) => ({ of, index: first + i }))
  })
  if (cursors.length > 1) spellings.sort(compareSpellings)
  for (let i = 0; i < spellings.length; ) {
    const { of, index } = spellings[i]!
    let uses = 0
    let next = i
    do uses += spellings[next]!.of.spellingCounts[spellings[next]!.index]!
    while (++next < spellings.length && compareSpellings(spellings[i]!, spellings[next]!) === 0)
    builder.addSpelling(of.spellingBytes, of.spellingStarts[index]!, of.spellingStarts[index + 1]!, uses)
    i = next
  }
}

interface SpellingOf {
  readonly of: PartialTally
  readonly index: number
}

function compareSpellings(a: SpellingOf, b: SpellingOf): number {
  const x = a.of.spellingStarts
  const y = b.of.spellingStarts
  return compareSlices(
    a.of.spellingBytes,
    x[a.index]!,
    x[a.index + 1]!,
    b.of.spellingBytes,
    y[b.index]!,
    y[b.index + 1]!,
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
