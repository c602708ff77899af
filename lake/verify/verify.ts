/**
 * The whole lake against its logs (`tendance verify`, and each night the workflow of that name). Reads only. The log is read once;
 * what it lists is held against the directories of hours.
 */
import type { StreamName } from '../../model/streams/stream.ts'
import type { HourId } from '../../model/time.ts'
import {
  addCounts,
  type Damage,
  type KafkaOffsets,
  NOTHING_VERIFIED,
  type VerifiedLog,
  type VerifiedPage,
} from '../../model/verify.ts'
import type { CommitEntry } from '../archive/commit-entry.ts'
import { mapBounded } from '../concurrency.ts'
import { type EntryFile, knownEntry } from '../entries.ts'
import { type HourRange, walkHourDirs } from '../hour-dirs.ts'
import type { Settler } from '../settle.ts'
import { type LedgerSays, strayAt, verifyHour } from './hour.ts'
import { verifyLog } from './log.ts'

export interface VerifyOptions {
  /** First hour, and the one behind the last; the log itself is always read whole. */
  readonly range?: HourRange
  /** Reads every block of every file as well. */
  readonly deep: boolean
  readonly signal?: AbortSignal | undefined
  readonly kafka?: ReadonlyMap<number, KafkaOffsets> | undefined
  readonly ledger?: ReadonlyMap<HourId, LedgerSays> | undefined
  /** Looks at so many hours from the first on: the result says where the next begins. */
  readonly hoursMax?: number
  /** Called with each hour that has a finding, and the files that the log lists for it. */
  readonly onDamaged?: (hour: HourId, listed: readonly EntryFile[]) => void
  /** Called with each hour that was looked at, and how many there are. */
  readonly onHour?: (done: number, all: number) => void
}

export interface Verifier {
  /** The log and the hours of the range. */
  verify(
    stream: StreamName,
    options: VerifyOptions,
  ): Promise<{ readonly log: VerifiedLog; readonly hours: VerifiedPage }>
}

const HOURS_AT_ONCE = 16

export function createVerifier(settler: Settler): Verifier {
  const { place } = settler

  async function readLog(stream: StreamName, { range = {}, signal, kafka }: VerifyOptions) {
    const byHour = new Map<HourId, EntryFile[]>()
    const onEntry = (entry: CommitEntry) => {
      for (const file of knownEntry(entry).files.values()) {
        if (!isWithin(file.hour, range)) continue
        const known = byHour.get(file.hour)
        if (known) known.push(file)
        else byHour.set(file.hour, [file])
      }
    }
    return { byHour, log: await verifyLog(place, stream, { signal, kafka, onEntry }) }
  }

  async function walk(stream: StreamName, { range = {}, signal, ledger }: VerifyOptions, more: Iterable<HourId>) {
    const strays: Damage[] = []
    const root = place.layout.recordsDir(stream)
    const seen = await walkHourDirs(place.store, root, range, signal, (path) => strays.push(strayAt(path, null)))
    const known = [...(ledger?.keys() ?? [])].filter((hour) => isWithin(hour, range))
    const hours = [...new Set([...seen.map(({ hour }) => hour), ...more, ...known])].sort()
    return { hours, strays }
  }

  return {
    async verify(stream, options) {
      const { byHour, log } = await readLog(stream, options)
      const { hours: all, strays } = await walk(stream, options, byHour.keys())
      const { deep, signal, ledger, hoursMax = all.length, onDamaged, onHour } = options
      const hours = all.slice(0, hoursMax)
      let done = 0
      const found = await mapBounded(hours, HOURS_AT_ONCE, async (hour) => {
        signal?.throwIfAborted()
        const one = await verifyHour(settler, stream, hour, byHour.get(hour) ?? [], {
          deep,
          signal,
          ledger: ledger?.get(hour),
        })
        if (one.damages.length > 0) onDamaged?.(hour, byHour.get(hour) ?? [])
        onHour?.(++done, hours.length)
        return one
      })
      const counts = found.reduce((sum, one) => addCounts(sum, one.counts), NOTHING_VERIFIED)
      const damages = [...strays, ...found.flatMap((one) => one.damages)]
      const next = all[hoursMax] ?? null
      return { log, hours: { counts, damages, next, ahead: all.length - hours.length } }
    },
  }
}

function isWithin(hour: HourId, { from, to }: HourRange): boolean {
  return (from === undefined || hour >= from) && (to === undefined || hour < to)
}
