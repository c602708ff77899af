/** Where an answer comes from, summed up over its hours. Pure. */
import { hourEnd, hourStart } from '../model/time.ts'
import { HOUR_STANDINGS, type Provenance, type SpeedStanding } from './answer.ts'
import type { SpeedStateDocument } from './documents.ts'
import type { HourSource } from './hour-source.ts'

/** What of an hour is needed once its tallies are merged. */
export type HourFacts = Omit<HourSource, 'parts'>

export interface ReadUnder {
  readonly liveVersion: number
  readonly edition: number | null
}

export function provenanceOf(
  hours: readonly HourFacts[],
  under: ReadUnder,
  states: readonly SpeedStateDocument[],
  now: number,
): Provenance {
  const counted = hours.filter((hour) => hour.origin !== 'none')
  const bySpeed = counted.filter((hour) => hour.origin === 'speed')
  const byBatch = counted.filter((hour) => hour.origin === 'batch')
  return {
    origin: originOf(byBatch.length, bySpeed.length),
    ...under,
    editions: distinct(byBatch.flatMap((hour) => hour.owner?.edition ?? [])).sort((a, b) => a - b),
    extractors: distinct(counted.flatMap((hour) => hour.owner?.extractor ?? [])).sort(),
    hours: Object.fromEntries(
      HOUR_STANDINGS.map((standing) => [standing, hours.filter((hour) => hour.standing === standing).length]),
    ) as Provenance['hours'],
    provisional: bySpeed.map((hour) => hour.hour),
    amended: hours.flatMap((hour) => hour.amendments.map((amendment) => ({ hour: hour.hour, ...amendment }))),
    quarantined: hours.flatMap(({ hour, quarantined }) => (quarantined ? [{ hour, ...quarantined }] : [])),
    gaps: hours.flatMap((hour) => hour.gap ?? []),
    speed: speedStanding(bySpeed, states, now),
  }
}

function originOf(batch: number, speed: number): Provenance['origin'] {
  if (batch > 0) return speed > 0 ? 'mixed' : 'batch'
  return speed > 0 ? 'speed' : 'none'
}

function speedStanding(
  bySpeed: readonly HourFacts[],
  states: readonly SpeedStateDocument[],
  now: number,
): SpeedStanding | null {
  const first = bySpeed[0]
  const last = bySpeed.at(-1)
  // a partition to which nothing ever came has nothing that could be missing
  const counting = states.filter((state) => state.offset > 0)
  if (!first || !last || counting.length === 0) return null
  // 0: no slot of it is closed yet
  const completeTo = Math.min(...counting.map(({ finalTo }) => finalTo || hourStart(first.hour)))
  return {
    partitions: distinct(counting.map((state) => state.partition)).length,
    completeTo,
    secondsBehind: Math.max(0, Math.round((Math.min(now, hourEnd(last.hour)) - completeTo) / 1_000)),
    writtenAt: Math.min(...counting.map((state) => state.updatedAt)),
    late: states.reduce((sum, state) => sum + state.late, 0),
  }
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}
