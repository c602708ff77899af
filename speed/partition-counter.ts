/**
 * Live counting of one partition for one board and extractor: pure, it decides and does no I/O. DESIGN.md, "Speed".
 *
 * Everything follows from a state and the log. What wall clock or other partitions would decide, that is when slots close, is
 * decided only by being written into the next state: first the decision, then the tallies, then the state that has them all.
 * So whoever begins from a state counts what everybody else would from there, whatever was lost with a crash.
 *
 *   event time   ──────────────┬────────────────────┬──────────────────►
 *                           finalTo             watermark
 *   a slot that ends …   final tally written │ decided to close, │ open
 *                                            │ at `closingAt`    │
 *
 * A record is late if its slot ends at or before finalTo, or before watermark when it stands at or behind closingAt. It is
 * counted as late from `state.offset` on: before that it was. The watermark never goes back.
 *
 * Invariant: each record below `state.offset` is in exactly one tally, a copy in one, late, or rejected.
 */
import { assert } from '../model/errors.ts'
import type { Message } from '../model/messages.ts'
import type { TallyColumns } from '../model/tally.ts'
import { slotStartOf } from '../model/time.ts'
import type { PartitionState, SlotCounts } from './sink.ts'

/** Counts the records of one slot. */
export interface SlotCounter {
  readonly records: number
  readonly copies: number
  /** Counts the message once by its record's id. False: it is no record that can be understood; nothing was counted. */
  add(message: Message): boolean
  tally(): TallyColumns
}

export interface CountingRules {
  readonly slotMs: number
  /** How long a slot stays open behind the greatest event time. */
  readonly latenessMs: number
  /** More slots than this are never open for long: the oldest are closed before their time. */
  readonly openSlotsMax: number
  /**
   * A message whose event time lies outside of [eventAtMin, now + futureMaxMs] is none that counts (model/event-time.ts): a slot of the
   * year 9999 would stay open for ever, and with it every later offset would be read again after each start.
   */
  readonly eventAtMin?: number
  readonly futureMaxMs?: number
  readonly createSlot: () => SlotCounter
}

/** What to write, in this order. */
export interface Flush {
  /** Which slots close, where any do: from here on they close at this offset, whoever goes on. */
  readonly decision: PartitionState | undefined
  readonly slots: readonly SlotCounts[]
  readonly state: PartitionState
  /** How many slots were closed because too many were open. */
  readonly forced: number
}

interface Slot {
  readonly start: number
  readonly end: number
  /** Offset of its first record. */
  readonly first: number
  readonly counter: SlotCounter
  /** Holds what no written tally has. */
  changed: boolean
}

/** Where counting a partition begins that was never counted. */
export interface Beginning {
  readonly offset: number
  /** Event time, ms: no message of this time or later stands before `offset`; what is older is left to batch. */
  readonly openFrom: number
}

/** Nothing is closed but what lies before the beginning. */
export function firstState({ offset, openFrom }: Beginning): PartitionState {
  return { version: 1, offset, resumeFrom: offset, watermark: openFrom, finalTo: openFrom, late: 0 }
}

export class PartitionCounter {
  readonly #rules: CountingRules
  readonly #slots = new Map<number, Slot>()
  #state: PartitionState
  /** The slot of the last record: most records fall in the slot of the one before. */
  #recent: Slot | undefined
  /** The offset behind the last record that was seen. */
  #next: number
  #greatestEvent = Number.NEGATIVE_INFINITY
  #late: number
  #rejected = 0

  /** @param state what `SpeedSink.claim` answered; messages must come from `state.resumeFrom` on (earlier ones are ignored) */
  constructor(rules: CountingRules, state: PartitionState) {
    assert(state.finalTo <= state.watermark && state.resumeFrom <= state.offset, 'a state is in order', { state })
    this.#rules = rules
    this.#state = state
    this.#next = state.resumeFrom
    this.#late = state.late
  }

  /** As of the last flush. */
  get state(): PartitionState {
    return this.#state
  }

  get late(): number {
    return this.#late
  }

  /** Messages that were no records, since this counter was made. */
  get rejected(): number {
    return this.#rejected
  }

  get openSlots(): number {
    return this.#slots.size
  }

  /** Greatest event time of a counted record, ms. */
  get greatestEvent(): number {
    return this.#greatestEvent
  }

  /** Reading again what a crash or a move has lost: until this is false, no state can be written. */
  get replaying(): boolean {
    return this.#next < closingAt(this.#state)
  }

  /** Too many slots are open: flush with `keep` before the next record. */
  get full(): boolean {
    return this.#slots.size > this.#rules.openSlotsMax && !this.replaying
  }

  /** All before this offset was seen: behind the last message there was only a hole. */
  passTo(offset: number): void {
    if (offset > this.#next) this.#next = offset
  }

  /**
   * The next message. Offsets only grow; gaps are holes, which hold no record, and what Kafka no longer has.
   * @param now wall clock, ms; only needed where the future is bounded
   */
  add(message: Message, now = Number.POSITIVE_INFINITY): void {
    const { offset, timestamp } = message
    if (offset < this.#next) return
    this.#next = offset + 1
    const live = offset >= this.#state.offset
    const { eventAtMin = Number.NEGATIVE_INFINITY, futureMaxMs = Number.POSITIVE_INFINITY } = this.#rules
    if (!(timestamp >= eventAtMin && timestamp <= now + futureMaxMs)) {
      if (live) this.#rejected++
      return
    }
    let slot = this.#recent
    if (slot === undefined || timestamp < slot.start || timestamp >= slot.end) {
      slot = this.#slotOf(timestamp, offset, live)
      if (slot === undefined) return
      this.#recent = slot
    }
    if (!slot.counter.add(message)) {
      if (live) this.#rejected++
      return
    }
    if (live) slot.changed = true
    if (timestamp > this.#greatestEvent) this.#greatestEvent = timestamp
  }

  /**
   * The open slot of an event time, made when it is not there; undefined when it is closed.
   */
  #slotOf(timestamp: number, offset: number, live: boolean): Slot | undefined {
    const start = slotStartOf(timestamp, this.#rules.slotMs)
    const end = start + this.#rules.slotMs
    const { watermark, finalTo } = this.#state
    if (end <= (offset < closingAt(this.#state) ? finalTo : watermark)) {
      if (live) this.#late++
      return undefined
    }
    let slot = this.#slots.get(start)
    if (slot === undefined) {
      slot = { start, end, first: offset, counter: this.#rules.createSlot(), changed: false }
      this.#slots.set(start, slot)
    }
    return slot
  }

  /**
   * What to write now, and the state that follows: from here on it is the state, so it must be written before the next
   * flush is made, or everything be dropped. Undefined while replaying, or when there is nothing new.
   *
   * @param now wall clock, ms: no record of the future advances the watermark further than it
   * @param watermarkAtLeast what an idle partition may advance to (speed/idle.ts)
   * @param keep closes the oldest slots until so many are open
   */
  flush(now: number, watermarkAtLeast = 0, keep = this.#rules.openSlotsMax): Flush | undefined {
    if (this.replaying) return undefined
    const before = this.#state
    // a decision that was taken over is carried out before there is another
    const { watermark, forced } =
      before.closingAt === undefined
        ? this.#watermarkKeeping(keep, Math.max(this.#watermarkAt(now), watermarkAtLeast))
        : { watermark: before.watermark, forced: 0 }
    const slots: SlotCounts[] = []
    let resumeFrom = this.#next
    let closing = false
    for (const slot of this.#slots.values()) {
      if (slot.end <= watermark) {
        closing = true
        this.#slots.delete(slot.start)
        // one that was opened by what is no record has no tally
        if (slot.counter.records > 0) slots.push(countsOf(slot, before.closingAt ?? this.#next, true))
        continue
      }
      resumeFrom = Math.min(resumeFrom, slot.first)
      if (!slot.changed) continue
      slot.changed = false
      slots.push(countsOf(slot, this.#next, false))
    }
    // it may just have been deleted
    this.#recent = undefined
    if (slots.length === 0 && this.#next === before.offset && watermark === before.finalTo) return undefined
    const decision =
      closing && before.closingAt === undefined
        ? { ...before, version: before.version + 1, watermark, closingAt: this.#next }
        : undefined
    this.#state = {
      version: (decision ?? before).version + 1,
      offset: this.#next,
      resumeFrom,
      watermark,
      finalTo: watermark,
      late: this.#late,
    }
    return { decision, slots, state: this.#state, forced }
  }

  /** No record of the future advances it further than wall clock does. */
  #watermarkAt(now: number): number {
    return Math.max(this.#state.watermark, Math.min(this.#greatestEvent, now) - this.#rules.latenessMs)
  }

  /** The watermark, raised so that at most `keep` slots stay open behind it. */
  #watermarkKeeping(keep: number, due: number): { readonly watermark: number; readonly forced: number } {
    if (this.#slots.size <= keep) return { watermark: due, forced: 0 }
    const ends = Array.from(this.#slots.values(), (slot) => slot.end).sort((a, b) => a - b)
    const raised = ends[ends.length - keep - 1]!
    if (raised <= due) return { watermark: due, forced: 0 }
    return { watermark: raised, forced: ends.filter((end) => end > due && end <= raised).length }
  }
}

/** From which offset on the watermark decides what is late. */
function closingAt(state: PartitionState): number {
  return state.closingAt ?? state.offset
}

function countsOf(slot: Slot, offset: number, closed: boolean): SlotCounts {
  return { start: slot.start, offset, closed, copies: slot.counter.copies, tally: slot.counter.tally() }
}
