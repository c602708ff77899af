/**
 * The heart of speed's exactness: whatever crashes, moves, pauses, comes late or comes back from the dead, every record is in
 * exactly one place. Owners of one partition are driven step by step against one sink; a plain recount of the log judges.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CountingRules, firstState, PartitionCounter } from '../../speed/partition-counter.ts'
import type { SlotCounts } from '../../speed/sink.ts'
import { MemorySink, type SinkPromise } from './memory-sink.ts'
import { asRecount, type Event, messageOf, recount, SimpleSlot } from './simple-slot.ts'

const rules: CountingRules = {
  slotMs: 10,
  latenessMs: 15,
  openSlotsMax: 6,
  createSlot: () => new SimpleSlot(),
}
const LONG_AFTER = 1_000_000

const events = fc.array(
  fc.record({
    id: fc.nat(40),
    at: fc.integer({ min: 1_000, max: 1_200 }),
    term: fc.constantFrom('a', 'b', 'c', 'd'),
  }),
  { maxLength: 60 },
)

type Step =
  | { readonly do: 'claim' | 'crash' | 'write' }
  | { readonly do: 'read'; readonly records: number }
  | { readonly do: 'flush'; readonly atLeast: number; readonly keep: number }
  | { readonly do: 'wait'; readonly ms: number }
interface OwnedStep {
  readonly owner: number
  readonly step: Step
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('claim' as const, 'crash' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), records: fc.integer({ min: 1, max: 20 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('flush' as const),
      // mostly nothing, at times what an idle partition or too many slots would ask for
      atLeast: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1_000, max: 1_200 })),
      keep: fc.oneof({ weight: 4, arbitrary: fc.constant(rules.openSlotsMax) }, fc.integer({ min: 1, max: 3 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 100 }) }) },
)
const steps: fc.Arbitrary<OwnedStep[]> = fc.array(fc.record({ owner: fc.nat(2), step }), { maxLength: 80 })

/** One worker process that believes that it owns the partition. */
class Owner {
  readonly counter: PartitionCounter
  #at: number
  #writes: (() => boolean)[] = []
  readonly #sink: MemorySink
  readonly #log: readonly Event[]
  fenced = false

  constructor(sink: MemorySink, log: readonly Event[]) {
    this.#sink = sink
    this.#log = log
    this.counter = new PartitionCounter(rules, sink.claimNow(firstState({ offset: 0, openFrom: 0 })))
    this.#at = this.counter.state.resumeFrom
  }

  read(records: number): void {
    for (let i = 0; i < records && this.#at < this.#log.length; i++, this.#at++) {
      this.counter.add(messageOf(this.#log[this.#at]!, this.#at))
    }
  }

  flush(now: number, atLeast: number, keep: number): void {
    if (this.#writes.length > 0 || this.fenced) return
    const flush = this.counter.flush(now, atLeast, keep)
    if (!flush) return
    const states = [flush.decision, flush.state].map((state) => state && (() => this.#sink.putStateNow(state)))
    const slots = flush.slots.map((slot) => () => this.#put(slot))
    this.#writes = [states[0], ...slots, states[1]].filter((write) => write !== undefined)
  }

  /** The next document; a crash may come between any two. */
  write(): void {
    const write = this.#writes.shift()
    if (write && !write()) {
      this.fenced = true
      this.#writes = []
    }
  }

  writeAll(): void {
    while (this.#writes.length > 0) this.write()
  }

  #put(slot: SlotCounts): boolean {
    this.#sink.putSlotNow(slot)
    return true
  }
}

function play(log: readonly Event[], script: readonly OwnedStep[], broken?: SinkPromise): MemorySink {
  const sink = new MemorySink(broken)
  const owners: (Owner | undefined)[] = []
  let now = 1_100
  for (const { owner: index, step } of script) {
    const owner = owners[index]
    switch (step.do) {
      case 'claim':
        owners[index] = new Owner(sink, log)
        break
      case 'crash':
        owners[index] = undefined
        break
      case 'read':
        owner?.read(step.records)
        break
      case 'flush':
        owner?.flush(now, step.atLeast, step.keep)
        break
      case 'write':
        owner?.write()
        break
      case 'wait':
        now += step.ms
        break
      default:
        step satisfies never
    }
    for (const slot of sink.slots.values()) expectTrueAsOfOffset(log, slot)
  }
  const last = new Owner(sink, log)
  last.read(log.length)
  for (let i = 0; i < 2; i++) {
    last.flush(LONG_AFTER, LONG_AFTER, rules.openSlotsMax)
    last.writeAll()
  }
  // the dead come back and write what they still had in hand
  for (const owner of owners) owner?.writeAll()
  return sink
}

function expectTrueAsOfOffset(log: readonly Event[], slot: SlotCounts): void {
  expect(asRecount(slot)).toEqual(recount(log, slot.start, rules.slotMs, slot.offset))
}

/** Every record is in the one tally that the history of states gives it to, or late. */
function expectExact(log: readonly Event[], sink: MemorySink): void {
  let late = 0
  const starts = new Set(log.map(({ at }) => Math.floor(at / rules.slotMs) * rules.slotMs))
  for (const start of starts) {
    const end = start + rules.slotMs
    const closing = sink.history.find((state) => state.watermark >= end)!
    const closedAt = closing.closingAt ?? closing.offset
    const slot = sink.slots.get(start)
    const expected = recount(log, start, rules.slotMs, closedAt)
    const all = log.filter(({ at }) => at >= start && at < end).length
    late += all - expected.records - expected.copies
    if (expected.records === 0) expect(slot).toBeUndefined()
    else {
      expect(asRecount(slot!)).toEqual(expected)
      expect(slot!.closed).toBe(true)
    }
  }
  expect(sink.state!.late).toBe(late)
  expect(sink.state!.offset).toBe(log.length)
  expect(sink.state!.resumeFrom).toBe(log.length)
}

describe('counting a partition', () => {
  it('puts every record in exactly one place, at any crash, in any order, with owners that compete', () => {
    fc.assert(
      fc.property(events, steps, (log, script) => expectExact(log, play(log, script))),
      { numRuns: 2_000 },
    )
  })

  it('never lets states go backwards', () => {
    fc.assert(
      fc.property(events, steps, (log, script) => {
        const { history } = play(log, script)
        for (let i = 1; i < history.length; i++) {
          const [before, after] = [history[i - 1]!, history[i]!]
          expect(after.version).toBe(before.version + 1)
          expect(after.offset).toBeGreaterThanOrEqual(before.offset)
          expect(after.resumeFrom).toBeGreaterThanOrEqual(before.resumeFrom)
          expect(after.watermark).toBeGreaterThanOrEqual(before.watermark)
          expect(after.late).toBeGreaterThanOrEqual(before.late)
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each(['states are one history', 'a closed tally stays'] as const)(
    'would lose or double records if the sink did not promise: %s',
    (promise) => {
      const outcome = fc.check(
        fc.property(events, steps, (log, script) => expectExact(log, play(log, script, promise))),
        { numRuns: 20_000, endOnFailure: true },
      )
      expect(outcome.failed).toBe(true)
    },
  )

  it('calls nothing late that is less out of order than the lateness allowed', () => {
    const shuffled = fc.array(
      fc.tuple(fc.nat(8), fc.nat(rules.latenessMs), fc.nat(40), fc.constantFrom('a', 'b', 'c')),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(shuffled, steps, (drawn, script) => {
        let greatest = 1_000
        const log = drawn.map(([ahead, behind, id, term]) => {
          greatest += ahead
          return { id, at: Math.max(1_000, greatest - behind), term }
        })
        // only event time may close slots here
        const calm = script.map((owned) =>
          owned.step.do === 'flush' ? { ...owned, step: { ...owned.step, atLeast: 0, keep: 1_000 } } : owned,
        )
        const sink = play(log, calm)
        expect(sink.state!.late).toBe(0)
        for (const slot of sink.slots.values()) {
          expect(asRecount(slot)).toEqual(recount(log, slot.start, rules.slotMs, log.length))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('does not let a record of the future close the present', () => {
    const counter = new PartitionCounter(rules, firstState({ offset: 0, openFrom: 0 }))
    counter.add(messageOf({ id: 1, at: 1_000, term: 'now' }, 0))
    counter.add(messageOf({ id: 2, at: 9_000, term: 'future' }, 1))
    expect(counter.flush(1_001)!.state.watermark).toBe(1_001 - rules.latenessMs)
    counter.add(messageOf({ id: 3, at: 1_002, term: 'now' }, 2))
    expect(counter.late).toBe(0)
    expect(counter.flush(9_001)!.state.watermark).toBe(9_000 - rules.latenessMs)
    counter.add(messageOf({ id: 4, at: 1_003, term: 'now' }, 3))
    expect(counter.late).toBe(1)
  })

  it('takes no record from beyond the bounds: none opens a slot that never closes', () => {
    const bounded = { ...rules, eventAtMin: 500, futureMaxMs: 100 }
    const far = messageOf({ id: 2, at: Date.parse('9999-12-31T23:00Z'), term: 'a' }, 1)
    const old = messageOf({ id: 3, at: 499, term: 'a' }, 2)
    const play = (counter: PartitionCounter) => {
      counter.add(messageOf({ id: 1, at: 1_000, term: 'a' }, 0), 1_000)
      counter.add(far, 1_000)
      counter.add(old, 1_000)
      counter.add(messageOf({ id: 4, at: 1_100, term: 'a' }, 3), 1_000)
      return counter.flush(LONG_AFTER)!.state.resumeFrom
    }
    const counter = new PartitionCounter(bounded, firstState({ offset: 0, openFrom: 0 }))
    // the slot of the newest record is open, and no older one
    expect(play(counter)).toBe(3)
    expect(counter.rejected).toBe(2)
    // without the bound, the slot of the year 9999 holds offset 1 for ever
    expect(play(new PartitionCounter(rules, firstState({ offset: 0, openFrom: 0 })))).toBe(1)
  })

  it('moves on what the group needs, as slots close behind a play of old records', () => {
    const counter = new PartitionCounter(rules, firstState({ offset: 0, openFrom: 0 }))
    for (let i = 0; i < 100; i++) {
      counter.add(messageOf({ id: i, at: 1_000 + 10 * i, term: 'a' }, i))
      counter.flush(LONG_AFTER)
    }
    expect(counter.state.offset).toBe(100)
    expect(counter.state.resumeFrom).toBeGreaterThan(94)
    expect(counter.openSlots).toBeLessThanOrEqual(5)
  })

  it('closes the oldest slots when too many are open, and says how many', () => {
    const counter = new PartitionCounter(rules, firstState({ offset: 0, openFrom: 0 }))
    for (let i = 0; i <= rules.openSlotsMax; i++) counter.add(messageOf({ id: i, at: 1_000 + 10 * i, term: 'a' }, i))
    expect(counter.full).toBe(true)
    // wall clock stands before all of them: nothing but the bound closes them
    const flush = counter.flush(1_000, 0, 3)!
    expect(flush.forced).toBe(rules.openSlotsMax + 1 - 3)
    counter.flush(1_000)
    expect(counter.openSlots).toBe(3)
    expect(counter.full).toBe(false)
  })

  it('writes nothing when there is nothing new', () => {
    const counter = new PartitionCounter(rules, firstState({ offset: 0, openFrom: 0 }))
    expect(counter.flush(1_000)).toBeUndefined()
    counter.add(messageOf({ id: 1, at: 1_000, term: 'a' }, 0))
    expect(counter.flush(1_000)).toBeDefined()
    expect(counter.flush(1_000)).toBeUndefined()
  })

  it('rejects what is no record, and goes on', () => {
    const counter = new PartitionCounter(rules, firstState({ offset: 0, openFrom: 0 }))
    counter.add({ ...messageOf({ id: 1, at: 1_000, term: 'a' }, 0), key: null })
    counter.add(messageOf({ id: 2, at: 1_000, term: 'a' }, 1))
    expect(counter.rejected).toBe(1)
    expect(counter.flush(1_000)!.state.offset).toBe(2)
  })
})
