/** What `GET /live` tells: the last hour and the last 60 minutes, made anew when live counting has written something. */
import { type BoardName, boards } from '../../model/boards.ts'
import { type MergedTally, mergeTallies } from '../../model/tally-merge.ts'
import { topOf } from '../../model/tally-top.ts'
import { HOUR_MS, hourOf } from '../../model/time.ts'
import { HOUR_STANDINGS } from '../../views/answer.ts'
import { answerHour, lastHour } from '../../views/ask.ts'
import type { SpeedStateDocument } from '../../views/documents.ts'
import { ownerOfHour } from '../../views/hour-source.ts'
import { movementOf } from '../../views/movement.ts'
import type { Sent } from '../contract/common.ts'
import { type LiveEvent, SPARK_SLOTS } from '../contract/live.ts'
import type { Services } from '../services.ts'
import { type HeldSlot, SlotWindow } from './slot-window.ts'

const TOP = 10
/** The last hour is asked again at least so often: batch may have computed it. */
const LAST_HOUR_MS = 5_000

type LastHour = Sent<LiveEvent['lastHour']>

export class LiveView {
  readonly #services: Services
  readonly #board: BoardName
  readonly #window: SlotWindow
  #lastHour: { readonly askedAt: number; readonly mark: string; readonly answer: LastHour } | undefined

  constructor(services: Services, board: BoardName) {
    this.#services = services
    this.#board = board
    this.#window = new SlotWindow({ board, slots: SPARK_SLOTS })
  }

  /** @throws AppError `unavailable` while MongoDB does not answer */
  async read(): Promise<Sent<LiveEvent>> {
    const { clock, config } = this.#services
    const { stream, slotMs } = boards[this.#board]
    const ask = await this.#services.ask(this.#board)
    const now = clock()
    const live = await ask.views.editions.chain(stream)
    const before = ask.extractorBefore ?? boards[this.#board].defaultExtractor
    const owner = ownerOfHour(live?.chain ?? [], this.#board, hourOf(now), before)
    const extractor = owner?.extractor ?? before
    const states = await ask.views.speed.states({ stream, board: this.#board, extractor })
    const slots = await this.#window.read(ask.views, extractor, states, now)
    const counting = states.filter(({ offset }) => offset > 0)
    const newest = Math.max(...counting.map(({ watermark }) => watermark + config.speed.latenessMs))
    const completeTo = Math.min(...counting.map(({ finalTo }) => finalTo))
    return {
      at: now,
      board: this.#board,
      edition: live?.live.edition ?? null,
      liveVersion: live?.live.version ?? 0,
      secondsBehind: counting.length > 0 ? Math.max(0, Math.round((now - newest) / 1_000)) : null,
      completeTo: counting.length > 0 ? completeTo : null,
      lastHour: await this.#askLastHour(now, markOf(live?.live.version, states)),
      sliding: slidingOf(slots, Math.min(now, Math.max(newest, slots.at(-HOUR_MS / slotMs)!.at))),
      slotMs,
      slots: slots.map(({ at, tally, closed, known }) => ({ at, records: tally.records, closed, known })),
      stale: null,
    }
  }

  async #askLastHour(now: number, mark: string): Promise<LastHour> {
    const hour = lastHour(() => now)
    const held = this.#lastHour
    const isDue = held === undefined || held.answer.hour !== hour || now - held.askedAt >= LAST_HOUR_MS
    if (!isDue && (held.mark === mark || held.answer.standing !== 'provisional')) return held.answer
    const ask = await this.#services.ask(this.#board)
    const { rows, exact, bound, records, total, provenance } = await answerHour(ask, {
      board: this.#board,
      n: TOP,
      hour,
    })
    const standing = HOUR_STANDINGS.find((one) => provenance.hours[one] > 0) ?? 'missing'
    const answer = { hour, standing, exact, bound, records, total, rows }
    this.#lastHour = { askedAt: now, mark, answer }
    return answer
  }
}

/** Changes whenever live counting writes, or another edition becomes live. */
function markOf(liveVersion: number | undefined, states: readonly SpeedStateDocument[]): string {
  return [liveVersion, ...states.map(({ partition, version }) => `${partition}:${version}`)].join(' ')
}

/** The last 60 minutes in whole slots, the running one as far as it is; and the 60 minutes before, to compare with. */
function slidingOf(slots: readonly HeldSlot[], to: number): Sent<LiveEvent['sliding']> {
  const half = slots.length / 2
  const window = slots.slice(half)
  const merged = mergeTallies(window.map(({ tally }) => tally))
  const comparable = slots.slice(0, half)
  const before = comparable.every(({ known }) => known) ? mergeTallies(comparable.map(({ tally }) => tally)) : undefined
  const { rows, exact, bound } = topOf(merged, TOP)
  return {
    from: window[0]!.at,
    to,
    exact,
    bound,
    records: merged.records,
    total: merged.total,
    missingSlots: window.filter(({ known }) => !known).length,
    rows: rows.map((row) => ({
      ...row,
      movement: movementOf(before, row.key, row.rank),
      spark: slots.map(({ tally }) => countIn(tally, row.key)),
    })),
  }
}

function countIn({ ids, lower }: MergedTally, key: string): number {
  const id = ids.get(key)
  return id === undefined ? 0 : lower[id]!
}
