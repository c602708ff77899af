/**
 * Seeded random numbers (sfc32, from PractRand): the same seeds give the same sequence on every machine, so what was
 * generated can be generated again, from any block on.
 */
export interface Random {
  /** A whole number of 32 bits. */
  next(): number
  /** A whole number of [0, bound). Slightly biased for a bound that is no power of two; below 2^20 it does not matter here. */
  below(bound: number): number
  /** A number of [0, 1). */
  unit(): number
  /** True with this probability. */
  chance(probability: number): boolean
}

export function createRandom(seed: number, stream: number): Random {
  let a = seed >>> 0
  let b = Math.floor(seed / 0x1_0000_0000) >>> 0
  let c = stream >>> 0
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  // seeds that differ in one bit need some rounds until their sequences have nothing in common
  for (let round = 0; round < 15; round++) next()
  const unit = () => next() / 0x1_0000_0000
  return {
    next,
    below: (bound) => Math.floor((next() / 0x1_0000_0000) * bound),
    unit,
    chance: (probability) => unit() < probability,
  }
}
