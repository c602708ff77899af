/**
 * The last slots of a board, as live counting has them: read once when they are final, again and again while they are open.
 *
 * Invariant: a slot is `known` when what is held of it was written by live counting; a slot whose documents cleanup has taken away is
 * not, unless it was read before.
 */
import type { BoardName } from '../../model/boards.ts'
import { boards } from '../../model/boards.ts'
import { type MergedTally, mergeTallies } from '../../model/tally-merge.ts'
import { type HourId, hourOf, nextHour, slotId, slotStart, slotStartOf } from '../../model/time.ts'
import type { SpeedDocument, SpeedStateDocument } from '../../views/documents.ts'
import type { Views } from '../../views/views.ts'

export interface HeldSlot {
  /** Start, ms. */
  readonly at: number
  readonly tally: MergedTally
  /** No more records will be counted into it. */
  readonly closed: boolean
  readonly known: boolean
}

export interface SlotWindowOptions {
  readonly board: BoardName
  /** How many, the running one among them. */
  readonly slots: number
}

const NOTHING = mergeTallies([])

export class SlotWindow {
  readonly #board: BoardName
  readonly #size: number
  readonly #held = new Map<number, HeldSlot>()
  #extractor = ''
  #mark = ''

  constructor({ board, slots }: SlotWindowOptions) {
    this.#board = board
    this.#size = slots
  }

  /**
   * The slots up to the one that `now` falls in, oldest first.
   * @param states of the extractor's partitions: which slots are final
   * @throws AppError `unavailable`
   */
  async read(
    views: Pick<Views, 'speed' | 'batch' | 'editions'>,
    extractor: string,
    states: readonly SpeedStateDocument[],
    now: number,
  ): Promise<readonly HeldSlot[]> {
    if (extractor !== this.#extractor) {
      this.#held.clear()
      this.#mark = ''
      this.#extractor = extractor
    }
    const starts = this.#startsAt(now)
    const finalTo = Math.min(...states.filter(({ offset }) => offset > 0).map((state) => state.finalTo))
    const isFinal = (at: number) => Number.isFinite(finalTo) && at + this.#slotMs <= finalTo
    const wanted = starts.filter((at) => !this.#held.get(at)?.closed)
    // each writing of counts is followed by one of the partition's state
    const mark = [starts[0], ...states.map(({ partition, version }) => `${partition}:${version}`)].join(' ')
    if (wanted.length > 0 && mark !== this.#mark) await this.#fetch(views, wanted, isFinal)
    this.#mark = mark
    for (const at of this.#held.keys()) if (at < starts[0]!) this.#held.delete(at)
    return starts.map((at) => this.#held.get(at)!)
  }

  get #slotMs(): number {
    return boards[this.#board].slotMs
  }

  #startsAt(now: number): readonly number[] {
    const last = slotStartOf(now, this.#slotMs)
    return Array.from({ length: this.#size }, (_, i) => last - (this.#size - 1 - i) * this.#slotMs)
  }

  async #fetch(
    views: Pick<Views, 'speed' | 'batch' | 'editions'>,
    starts: readonly number[],
    isFinal: (at: number) => boolean,
  ): Promise<void> {
    const key = { stream: boards[this.#board].stream, board: this.#board }
    const hours = [...new Set(starts.map(hourOf))]
    const [documents, taken] = await Promise.all([
      views.speed.get({ ...key, extractor: this.#extractor, hours, slots: starts.map(slotId) }),
      this.#takenHours(views, hours),
    ])
    const written = new Set(documents.map(({ hour }) => hour))
    const bySlot = Map.groupBy(documents, ({ slot }) => slotStart(slot))
    for (const at of starts) {
      const there: readonly SpeedDocument[] = bySlot.get(at) ?? []
      const known = written.has(hourOf(at)) || !taken.has(hourOf(at))
      const before = this.#held.get(at)
      if (!known && before?.known) {
        this.#held.set(at, { ...before, closed: true })
        continue
      }
      const tally = there.length > 0 ? mergeTallies(there.map((tally) => ({ tally }))) : NOTHING
      this.#held.set(at, { at, tally, closed: isFinal(at) || !known, known })
    }
  }

  /** Hours that batch has: their live documents may be gone. */
  async #takenHours(views: Pick<Views, 'batch' | 'editions'>, hours: readonly HourId[]): Promise<ReadonlySet<HourId>> {
    const { stream } = boards[this.#board]
    const live = await views.editions.chain(stream)
    const range = { from: hours[0]!, to: nextHour(hours.at(-1)!) }
    const digests = await Promise.all(
      (live?.chain ?? []).map(({ number }) =>
        views.batch.digests({ stream, board: this.#board, edition: number, ...range }),
      ),
    )
    return new Set(digests.flatMap((of) => [...of].filter(([, { records }]) => records > 0).map(([hour]) => hour)))
  }
}
