/** Seeded randomness of the bench's data: the same seed gives the same posts on every machine. */

export interface Random {
  /** An integer in [0, 2^32). */
  next(): number
  /** An integer in [0, below). */
  below(limit: number): number
}

/** xorshift32, with a multiplied output ("xorshift*", Marsaglia 2003, Vigna 2016): plenty for choosing words. */
export function randomOf(seed: number): Random {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.imul(state, 0x9e3779bb) >>> 0
  }
  return { next, below: (limit) => Math.floor((next() / 4_294_967_296) * limit) }
}

/**
 * Draws ranks 0 … size-1 with probability proportional to 1 / (rank+1)^exponent, in constant time (Vose's alias method,
 * 1991).
 */
export function zipfOf(size: number, exponent: number): (random: Random) => number {
  const weights = Float64Array.from({ length: size }, (_, rank) => (rank + 1) ** -exponent)
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / size
  const keep = weights.map((weight) => weight / mean)
  const alias = Uint32Array.from({ length: size }, (_, i) => i)
  const small: number[] = []
  const large: number[] = []
  keep.forEach((share, i) => {
    ;(share < 1 ? small : large).push(i)
  })
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop()!
    const rich = large.at(-1)!
    alias[poor] = rich
    keep[rich] = keep[rich]! - (1 - keep[poor]!)
    if (keep[rich]! < 1) small.push(large.pop()!)
  }
  return (random) => {
    const slot = random.below(size)
    return random.next() / 4_294_967_296 < keep[slot]! ? slot : alias[slot]!
  }
}
