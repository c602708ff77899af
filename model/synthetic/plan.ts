/**
 * When the posts of a synthetic stream happen: more in the evening than at night, in ascending order, any range of time.
 * Posts are numbered; a block of 1,000 can be made without the ones before it, which is how a stream is resumed.
 */
import { AppError } from '../errors.ts'
import { HOUR_MS, MINUTE_MS } from '../time.ts'

export interface SyntheticOptions {
  /** 0 to 900,000. The same seed gives the same posts. */
  readonly seed: number
  /** Event times lie in [from, to), milliseconds since 1970 UTC. */
  readonly from: number
  readonly to: number
  /** Number of different posts; copies come on top. */
  readonly posts: number
  /** Share of the posts that come twice, with the same id; 0.01 unless said. */
  readonly copies?: number
  /** How many different tags there are; 20,000 unless said. */
  readonly tags?: number
}

export const BLOCK_POSTS = 1_000
const SLOT_MS = 5 * MINUTE_MS

export interface TimePlan {
  readonly blocks: number
  /** Event time of the post with this number. Ascends with it. */
  timeOf(post: number): number
}

/** @throws AppError `bad-input` naming the option */
export function planTimes(options: SyntheticOptions): TimePlan {
  const { seed, from, to, posts } = options
  requireWhole('seed', seed, 0, 900_000)
  requireWhole('posts', posts, 0, 9_999_999_999)
  requireWhole('from', from, 0, Number.MAX_SAFE_INTEGER)
  requireWhole('to', to, from + 1, Number.MAX_SAFE_INTEGER)
  const starts: number[] = []
  const weights: number[] = []
  for (let start = from; start < to; start = Math.floor(start / SLOT_MS) * SLOT_MS + SLOT_MS) {
    const end = Math.min(to, Math.floor(start / SLOT_MS) * SLOT_MS + SLOT_MS)
    starts.push(start)
    weights.push((end - start) * volumeAt(start))
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  // first[i]: number of the first post of slot i
  const first = new Float64Array(starts.length + 1)
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]!
    first[i + 1] = Math.round((posts * sum) / total)
  }
  first[starts.length] = posts
  let slot = 0
  return {
    blocks: Math.ceil(posts / BLOCK_POSTS),
    timeOf(post) {
      if (!(post >= first[slot]! && post < first[slot + 1]!)) slot = slotOf(first, post, slot)
      const start = starts[slot]!
      const end = starts[slot + 1] ?? to
      const [low, high] = [first[slot]!, first[slot + 1]!]
      return start + Math.floor(((post - low) * (end - start)) / (high - low))
    },
  }
}

/** 0.4 to 1.6: least at 04:00 UTC, most at 16:00. */
function volumeAt(ms: number): number {
  return 1 - 0.6 * Math.cos((2 * Math.PI * (ms / HOUR_MS - 4)) / 24)
}

/** The slot that has the post; mostly the next one. */
function slotOf(first: Float64Array, post: number, near: number): number {
  if (post >= first[near + 1]! && post < first[near + 2]!) return near + 1
  let low = 0
  let high = first.length - 2
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (first[middle]! <= post) low = middle
    else high = middle - 1
  }
  return low
}

function requireWhole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new AppError(
      'bad-input',
      `${name} of a synthetic stream is ${value}; it must be a whole number of ${min} to ${max}`,
      {
        facts: { name, value },
      },
    )
  }
}
