/** The master data set as batch work sees it, in one place: listings, seals, how far the archive is, the sweep. */
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { archivedTo } from './archive/commit-log.ts'
import { type HourListing, type HourRange, type LakePlace, listHour, listHours } from './listing.ts'
import { readSeal, recordsFromCommits, type Seal, sealHour } from './sealing.ts'
import { type SweepOptions, type Swept, sweepTemporary } from './sweep.ts'

export interface Lake {
  /** Hours that have a directory, ascending. */
  listHours(stream: StreamName, range?: HourRange, signal?: AbortSignal): Promise<readonly HourId[]>
  listHour(stream: StreamName, hour: HourId): Promise<HourListing>
  readSeal(stream: StreamName, hour: HourId): Promise<Seal | undefined>
  /** Seals the hour as it is now, in place of an earlier seal. The caller has made sure that it may (lake/sealing.ts). */
  sealHour(stream: StreamName, hour: HourId, sealedAt: number): Promise<Seal>
  /** The offset up to which everything of the partition is in the lake, its files in place; 0 when there is nothing. */
  archivedTo(stream: StreamName, partition: number): Promise<number>
  sweepTemporary(stream: StreamName, options: SweepOptions): Promise<Swept>
}

/** `writer`: part of temporary names, unique among all that write at this time. */
export function createLake(place: LakePlace, writer: string): Lake {
  const recordsOf = recordsFromCommits(place)
  let seals = 0
  return {
    listHours: (stream, range, signal) => listHours(place, stream, range, signal),
    listHour: (stream, hour) => listHour(place, stream, hour),
    readSeal: (stream, hour) => readSeal(place, stream, hour),
    sealHour: (stream, hour, sealedAt) =>
      sealHour(place, stream, hour, { sealedAt, recordsOf, unique: `${writer}/seal-${++seals}` }),
    archivedTo: (stream, partition) => archivedTo({ ...place, stream }, partition),
    sweepTemporary: (stream, options) => sweepTemporary(place, stream, options),
  }
}
