/** What a right count of a synthetic stream must give: posts and counts by hour, each post once however many copies came. */
import { type HourId, hourOf, hourStartOf } from '../time.ts'
import { createSyntheticStream, type Generated } from './generator.ts'
import type { SyntheticOptions } from './plan.ts'

export interface HourTruth {
  readonly hour: HourId
  /** Different posts. */
  readonly posts: number
  readonly copies: number
  /** Posts by the key of a tag that they have. */
  readonly counts: ReadonlyMap<string, number>
}

export interface TruthCounter {
  add(generated: Generated): void
  /** By hour, ascending. */
  hours(): ReadonlyMap<HourId, HourTruth>
}

export function createTruthCounter(): TruthCounter {
  interface Counting {
    posts: number
    copies: number
    readonly counts: Map<string, number>
  }
  const byStart = new Map<number, Counting>()
  let start = Number.NaN
  let current: Counting | undefined
  return {
    add({ post, keys, copy }) {
      const hour = hourStartOf(post.created_at)
      if (current === undefined || hour !== start) {
        start = hour
        current = byStart.get(hour) ?? { posts: 0, copies: 0, counts: new Map() }
        byStart.set(hour, current)
      }
      if (copy) {
        current.copies++
        return
      }
      current.posts++
      for (const key of keys) current.counts.set(key, (current.counts.get(key) ?? 0) + 1)
    },
    hours() {
      const sorted = [...byStart].sort(([a], [b]) => a - b)
      return new Map(sorted.map(([ms, counted]) => [hourOf(ms), { hour: hourOf(ms), ...counted }]))
    },
  }
}

/** The truth of a whole stream. Takes as long as generating it. */
export function truthOf(options: SyntheticOptions): ReadonlyMap<HourId, HourTruth> {
  const counter = createTruthCounter()
  const stream = createSyntheticStream(options)
  for (let number = 0; number < stream.blocks; number++) {
    for (const generated of stream.block(number)) counter.add(generated)
  }
  return counter.hours()
}
