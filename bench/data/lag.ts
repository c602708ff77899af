/** How far readers are behind what is in Kafka, over time, and whether it grows. */

export interface LagSample {
  /** Since the beginning. */
  readonly seconds: number
  /** Posts. */
  readonly lag: number
}

export interface LagFigures {
  readonly mean: number
  readonly max: number
  /** Posts that the lag grows by each second: the slope of the least-squares line. */
  readonly growth: number
}

/** @param samples at least two, of different times */
export function lagFigures(samples: readonly LagSample[]): LagFigures {
  const meanOf = (value: (sample: LagSample) => number) =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length
  const mean = meanOf(({ lag }) => lag)
  const middle = meanOf(({ seconds }) => seconds)
  const together = meanOf(({ seconds, lag }) => (seconds - middle) * (lag - mean))
  const spread = meanOf(({ seconds }) => (seconds - middle) ** 2)
  return {
    mean: Math.round(mean),
    max: Math.max(...samples.map(({ lag }) => lag)),
    growth: Math.round(together / spread),
  }
}
