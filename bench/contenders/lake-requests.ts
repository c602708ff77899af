/** What the contenders count: every hour of the lake that the configuration names. */

import { mapBounded } from '../../lake/concurrency.ts'
import type { LakePlace } from '../../lake/listing.ts'
import { listHour, listHours } from '../../lake/listing.ts'
import type { CountRequest } from '../../lake/scan/counters.ts'
import type { TallyColumns } from '../../model/tally.ts'
import type { HourId } from '../../model/time.ts'

const LISTINGS_AT_ONCE = 16
const TOP = 10

export async function requestsOf(place: LakePlace, edition: number): Promise<CountRequest[]> {
  const hours = await listHours(place, 'posts')
  return mapBounded(hours, LISTINGS_AT_ONCE, async (hour) => {
    const { files, digest } = await listHour(place, 'posts', hour)
    const name = { stream: 'posts', board: 'hashtags', edition, hour, digest, extractor: 'hashtags@2' } as const
    return { name, files }
  })
}

/** `hour rank key count`, as the baselines write it. */
export function topLines(hour: HourId, { keys, counts }: TallyColumns): readonly string[] {
  return keys.slice(0, TOP).map((key, i) => `${hour}\t${i + 1}\t${key}\t${counts[i]}`)
}
