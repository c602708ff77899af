/**
 * What planning has to know of hours, remembered for as long as their directories do not change: a directory's time changes with
 * every file that comes, goes or is renamed in it. So a look over years of hours lists days, and only those hours that changed.
 *
 * Invariant: an outline is remembered only if it was listed a minute after its directory had changed, so that a later change has
 * another time, whatever the store's clock lacks to ours; and never longer than a day, so that what no time tells is healed.
 * It is this process's memory alone: a new one looks at everything once.
 */
import type { OffsetSpan } from '../model/generations.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type Clock, DAY_MS, type HourId } from '../model/time.ts'
import type { SeenHour } from './hour-dirs.ts'
import { type HourListing, isEmpty, type LakePlace, listHour } from './listing.ts'

export type HourOutline = Pick<HourListing, 'digest' | 'wholeDigest' | 'bytes' | 'sealed'> & {
  /** Nothing came, and nothing is quarantined. */
  readonly isEmpty: boolean
  /** With files, ascending. */
  readonly partitions: readonly number[]
  /** What its files span of each of them. */
  readonly spans: readonly OffsetSpan[]
}

/** Of an hour as a walk has just seen it. */
export type OutlineOf = (stream: StreamName, seen: SeenHour) => Promise<HourOutline>

interface Remembered {
  readonly changedAt: number
  readonly listedAt: number
  readonly outline: HourOutline
}

const SETTLED_MS = 60_000
const FORGET_MS = DAY_MS

export function rememberOutlines(place: LakePlace, clock: Clock): OutlineOf {
  const known = new Map<string, Remembered>()
  return async (stream, { hour, changedAt }) => {
    const now = clock()
    const key = `${stream}/${hour}`
    const before = known.get(key)
    if (before?.changedAt === changedAt && now - before.listedAt < FORGET_MS) return before.outline
    const outline = await outlineOf(place, stream, hour)
    if (now - changedAt > SETTLED_MS) known.set(key, { changedAt, listedAt: now, outline })
    else known.delete(key)
    return outline
  }
}

async function outlineOf(place: LakePlace, stream: StreamName, hour: HourId): Promise<HourOutline> {
  const listing = await listHour(place, stream, hour)
  const { digest, wholeDigest, bytes, sealed, files } = listing
  const spans = [...Map.groupBy(files, ({ partition }) => partition)]
    .map(([partition, own]) => ({
      partition,
      from: Math.min(...own.map(({ from }) => from)),
      to: Math.max(...own.map(({ to }) => to)),
    }))
    .sort((a, b) => a.partition - b.partition)
  const partitions = spans.map(({ partition }) => partition)
  return { digest, wholeDigest, bytes, sealed, isEmpty: isEmpty(listing), partitions, spans }
}
