/**
 * Whether an hour has far fewer records than the same hour of other weeks: the sign of a source that is half dead.
 *
 * The rule: with at least 4 samples of the same weekday and hour among the 8 weeks before, the hour's count x drops when it is
 * below a third of their median m, and chance cannot explain it. A third, as real streams move by a factor of two between weeks
 * (holidays, events); the median, so that one bad week among the samples changes little.
 *
 * Chance: counts of independent records are Poisson, and 2√(x + 3/8) is then nearly normal with variance 1 whatever the rate
 * (Anscombe, "The transformation of Poisson, binomial and negative-binomial data", Biometrika 35, 1948). The median of n such
 * samples has the variance π/2n. So
 *
 *   z = 2 (√(m + 3/8) − √(x + 3/8)) / √(1 + π/2n)
 *
 * is nearly standard normal when nothing has changed, and z > 5 comes once in 3.5 million hours. The approximation is good from some
 * ten records on, so 20 must be usual; there it takes 2 or less. Simulated with nothing wrong, rates of 5 to 100, 4 and 8 weeks: 1 alarm in 6.4
 * million hours (test/model/volume.test.ts simulates fewer, and what is found of real drops).
 */

export const VOLUME_RULE = { samplesMin: 4, weeks: 8, usualMin: 20, share: 1 / 3, zMin: 5 } as const

export interface Drop {
  readonly records: number
  /** Median of the same hour in other weeks. */
  readonly usual: number
  readonly samples: number
  /** In standard deviations of chance alone. */
  readonly z: number
}

/** @param others records of the same hour in the weeks before, those that are known */
export function dropOf(records: number, others: readonly number[]): Drop | null {
  const samples = others.length
  if (samples < VOLUME_RULE.samplesMin) return null
  const usual = medianOf(others)
  if (usual < VOLUME_RULE.usualMin || records >= usual * VOLUME_RULE.share) return null
  const z = (2 * (Math.sqrt(usual + 3 / 8) - Math.sqrt(records + 3 / 8))) / Math.sqrt(1 + Math.PI / (2 * samples))
  return z > VOLUME_RULE.zMin ? { records, usual, samples, z } : null
}

/** @param values at least one */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
