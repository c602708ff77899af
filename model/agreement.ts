/**
 * Whether live counting and batch agree on an hour: the hour's speed tallies, merged, against its batch view.
 *
 * They need not: speed leaves records that come later than `speed.latenessMs` to batch, and knows copies only within a slot's
 * memory. How far apart they are says how much the provisional answers of that time were worth. Speed's tallies are cut off below
 * their 1,000th term, so its count of a term lies between bounds: what is compared is how far batch's count lies outside of them.
 */
import type { TallyColumns } from './tally.ts'
import { boundsOf, type MergedTally } from './tally-merge.ts'
import { topOf } from './tally-top.ts'

export interface Agreement {
  /** Records that each has counted, copies removed. */
  readonly batchRecords: number
  readonly speedRecords: number
  /** Terms of batch's top 10 that are not in speed's. */
  readonly topDiffers: number
  /** The greatest distance between the counts of a term of either top 10, in records, and which term it is. */
  readonly countOff: number
  readonly countOffTerm: string | null
  /** The same as a share of the greater count; not always the same term. */
  readonly shareOff: number
}

const TOP = 10

export function agreementOf(batch: TallyColumns, speed: MergedTally): Agreement {
  const top = new Set(batch.keys.slice(0, TOP))
  const live = topOf(speed, TOP).rows.map(({ key }) => key)
  const countOf = new Map(batch.keys.map((key, i) => [key, batch.counts[i]!]))
  let countOff = 0
  let countOffTerm: string | null = null
  let shareOff = 0
  for (const key of new Set([...top, ...live])) {
    // A term that batch's view does not name has at most its floor: then nothing beyond that can be said.
    const known = countOf.get(key)
    const [least, most] = known === undefined ? [0, batch.floor] : [known, known]
    const { lower, upper } = boundsOf(speed, key)
    const off = Math.max(0, lower - most, least - upper)
    if (off > countOff) {
      countOff = off
      countOffTerm = key
    }
    shareOff = Math.max(shareOff, off === 0 ? 0 : off / Math.max(lower, least))
  }
  return {
    batchRecords: batch.records,
    speedRecords: speed.records,
    topDiffers: [...top].filter((key) => !live.includes(key)).length,
    countOff,
    countOffTerm,
    shareOff,
  }
}

/** The same records, the same top 10, the same counts. */
export function agrees({ batchRecords, speedRecords, topDiffers, countOff }: Agreement): boolean {
  return batchRecords === speedRecords && topDiffers === 0 && countOff === 0
}
