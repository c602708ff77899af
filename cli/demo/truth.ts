/** Holds answers against what the generator put into its posts: shares no code with how Tendance counts. */
import type { SyntheticOptions } from '../../model/synthetic/plan.ts'
import { truthOf } from '../../model/synthetic/truth.ts'
import { compareRank } from '../../model/tally.ts'
import type { HourId } from '../../model/time.ts'
import type { Answer } from '../../views/answer.ts'

export interface Truth {
  /** The n greatest of the hour, as the answer must have them. */
  top(hour: HourId, n: number): readonly { readonly key: string; readonly count: number }[]
}

export function truthOfPlays(plays: readonly SyntheticOptions[]): Truth {
  const byHour = new Map<HourId, Map<string, number>>()
  for (const play of plays) {
    for (const [hour, { counts }] of truthOf(play)) {
      const sum = byHour.get(hour) ?? new Map<string, number>()
      for (const [key, count] of counts) sum.set(key, (sum.get(key) ?? 0) + count)
      byHour.set(hour, sum)
    }
  }
  return {
    top: (hour, n) =>
      [...(byHour.get(hour) ?? [])]
        .map(([key, count]) => ({ key, count }))
        .sort(compareRank)
        .slice(0, n),
  }
}

/** Whether the answer's rows are the truth's, in order, with their counts. */
export function equalsTruth(answer: Answer, truth: Truth, n: number): boolean {
  const want = truth.top(answer.from, n)
  return (
    want.length === answer.rows.length &&
    want.every(({ key, count }, i) => answer.rows[i]!.key === key && answer.rows[i]!.count === count)
  )
}
