/** How a source stands while ingest reads it: from its progress and its saved positions to what is reported of it. */
import type { SourceStanding, SourceState } from '../model/source-standing.ts'
import type { Clock } from '../model/time.ts'
import type { IngestProgress } from './counters.ts'
import type { PositionStore } from './positions.ts'
import type { Position } from './source.ts'

export interface StandingMeter {
  progressed(progress: Pick<IngestProgress, 'records' | 'deadLetters'>): void
  /** Notes which positions are loaded and saved. */
  noted(positions: PositionStore): PositionStore
  /** It reads nothing more. */
  ended(state: Exclude<SourceState, 'running'>): void
  /** As it stands now; its rate is that since the last `read`. */
  read(): SourceStanding
}

/** A folder's position names all its ended files that have not moved yet. */
const POSITION_LENGTH = 300

export function createStandingMeter(
  who: Pick<SourceStanding, 'name' | 'stream' | 'host' | 'pid' | 'everyMs'>,
  clock: Clock,
): StandingMeter {
  const startedAt = clock()
  let counts = { records: 0, deadLetters: 0 }
  let position: Position = null
  let movedAt: number | null = null
  let state: SourceState = 'running'
  let before: { readonly records: number; readonly at: number } | undefined

  function rateUntil(at: number): number | null {
    const { records } = counts
    const rate = before && at > before.at ? (records - before.records) / ((at - before.at) / 1_000) : null
    before = { records, at }
    return state === 'running' ? rate : null
  }

  return {
    progressed({ records, deadLetters }) {
      counts = { records, deadLetters }
    },
    noted: (positions) => ({
      async load(source) {
        const loaded = await positions.load(source)
        position = loaded ?? null
        return loaded
      },
      async save(source, saved) {
        await positions.save(source, saved)
        position = saved
        movedAt = clock()
      },
    }),
    ended(how) {
      state = how
    },
    read() {
      const reportedAt = clock()
      const rate = rateUntil(reportedAt)
      const text = JSON.stringify(position).slice(0, POSITION_LENGTH)
      return { ...who, state, position: text, movedAt, ...counts, rate, startedAt, reportedAt }
    },
  }
}
