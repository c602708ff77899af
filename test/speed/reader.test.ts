/** What a reader does with its partition: what it commits, when it writes, whom it gives way to. */
import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../model/errors.ts'
import { silentLogger } from '../../model/log.ts'
import type { Batch } from '../../model/messages.ts'
import { SpeedMeter } from '../../speed/meter.ts'
import { type CountingRules, firstState } from '../../speed/partition-counter.ts'
import { speedReaders } from '../../speed/reader.ts'
import type { PartitionState, SlotCounts } from '../../speed/sink.ts'
import { MemorySink } from './memory-sink.ts'
import { messageOf, SimpleSlot } from './simple-slot.ts'

const rules: CountingRules = { slotMs: 10, latenessMs: 15, openSlotsMax: 6, createSlot: () => new SimpleSlot() }
const FLUSH_MS = 100
const IDLE_MS = 1_000

/** A store that can be away, and that says what is written in which order. */
class Store extends MemorySink {
  readonly written: string[] = []
  away = false

  override async putSlots(partition: number, slots: readonly SlotCounts[]): Promise<void> {
    this.#answer()
    this.written.push(`slots ${slots.map(({ start }) => start).join(' ')}`)
    await super.putSlots(partition, slots)
  }

  override async putState(partition: number, state: PartitionState): Promise<boolean> {
    this.#answer()
    this.written.push(`state ${state.offset}`)
    return super.putState(partition, state)
  }

  #answer(): void {
    if (this.away) throw new AppError('unavailable', 'the store is away')
  }
}

let now: number
let stores: Store[]
let stopping: AbortController
let meter: SpeedMeter

beforeEach(() => {
  now = 100_000
  stores = [new Store(), new Store()]
  stopping = new AbortController()
  meter = new SpeedMeter()
})

/** One board; each partition has a store of its own here. */
function openReaders() {
  const sink = {
    claim: (partition: number, first: PartitionState) => stores[partition]!.claim(partition, first),
    putSlots: (partition: number, slots: readonly SlotCounts[]) => stores[partition]!.putSlots(partition, slots),
    putState: (partition: number, state: PartitionState) => stores[partition]!.putState(partition, state),
  }
  return speedReaders({
    countings: [{ name: 'test', rules, sink }],
    flushMs: FLUSH_MS,
    idleMs: IDLE_MS,
    clock: () => now,
    logger: silentLogger,
    meter,
    signal: stopping.signal,
  })
}

/** Records of consecutive offsets, one for each event time. */
function batchOf(from: number, times: readonly number[], highWatermark = from + times.length): Batch {
  const messages = times.map((at, i) => messageOf({ id: from + i, at, term: 'a' }, from + i))
  return { partition: 0, messages, to: from + times.length, highWatermark }
}

describe('the reader of a partition', () => {
  it('begins where the group is when the partition was never counted, then where its open slots began', async () => {
    expect(await openReaders()(0).start(undefined, 0)).toBeUndefined()
    stores[0] = new Store()
    expect(await openReaders()(0).start(7, 0)).toBe(7)
    stores[0].putStateNow({ ...firstState({ offset: 20, openFrom: 0 }), version: 2, resumeFrom: 12 })
    expect(await openReaders()(0).start(7, 0)).toBe(12)
  })

  it('writes tallies, then the state, then commits what open slots need', async () => {
    const reader = openReaders()(0)
    await reader.start(undefined, 0)
    expect(await reader.take(batchOf(0, [1_000, 1_030, 1_031]))).toBeUndefined()
    expect(stores[0]!.written).toEqual([])
    now += FLUSH_MS
    await reader.tick(true)
    await setImmediate()
    // which slots close, their tallies, and the state that has them
    expect(stores[0]!.written).toEqual(['state 0', 'slots 1000 1030', 'state 3'])
    expect(stores[0]!.slots.get(1_000)!.closed).toBe(true)
    expect(stores[0]!.slots.get(1_030)!.closed).toBe(false)
    expect(await reader.tick(true)).toEqual({ commit: 1 })
    expect(await reader.tick(true)).toBeUndefined()
  })

  it('counts on while the store is away, and writes when it is back', async () => {
    const reader = openReaders()(0)
    await reader.start(undefined, 0)
    stores[0]!.away = true
    await reader.take(batchOf(0, [1_000]))
    now += FLUSH_MS
    await reader.tick(true)
    await reader.take(batchOf(1, [1_001]))
    await setImmediate()
    expect(stores[0]!.written).toEqual([])
    stores[0]!.away = false
    await reader.close('stopped')
    expect(stores[0]!.slots.get(1_000)!.tally.records).toBe(2)
    expect(stores[0]!.state!.offset).toBe(2)
  })

  it('ends after a few tries when it is stopped while the store is away', async () => {
    const reader = openReaders()(0)
    await reader.start(undefined, 0)
    await reader.take(batchOf(0, [1_000]))
    stores[0]!.away = true
    stopping.abort()
    expect(await reader.close('stopped')).toBeUndefined()
    expect(stores[0]!.state!.offset).toBe(0)
  })

  it('fails when the store refuses for good', async () => {
    const reader = openReaders()(0)
    await reader.start(undefined, 0)
    stores[0]!.putState = async () => {
      throw new AppError('denied', 'no right to write')
    }
    await reader.take(batchOf(0, [1_000]))
    now += FLUSH_MS
    await reader.tick(true)
    await setImmediate()
    await expect(reader.tick(true)).rejects.toThrow('no right to write')
  })

  it('drops the partition when another owner has claimed it, and fails if it is given it all the same', async () => {
    const reader = openReaders()(0)
    await reader.start(undefined, 0)
    await reader.take(batchOf(0, [1_000]))
    const other = openReaders()(0)
    await other.start(undefined, 0)
    now += FLUSH_MS
    await reader.tick(true)
    await setImmediate()
    expect(await reader.take(batchOf(1, [1_001]))).toBeUndefined()
    expect(stores[0]!.state).toMatchObject({ version: 2, offset: 0 })
    now += 31_000
    await expect(reader.take(batchOf(2, [1_002]))).rejects.toMatchObject({ code: 'fenced', retry: 'later' })
    await other.take(batchOf(0, [1_000]))
    await other.close('stopped')
    expect(stores[0]!.state!.offset).toBe(1)
  })

  it('writes a last time when its partition is revoked, and nothing when it was lost', async () => {
    const revoked = openReaders()(0)
    await revoked.start(undefined, 0)
    await revoked.take(batchOf(0, [1_000, 1_200]))
    expect(await revoked.close('revoked')).toEqual({ commit: 1 })
    expect(stores[0]!.written).toEqual(['state 0', 'slots 1000 1200', 'state 2'])
    const lost = openReaders()(1)
    await lost.start(undefined, 0)
    await lost.take(batchOf(0, [1_000]))
    expect(await lost.close('lost')).toBeUndefined()
    expect(stores[1]!.written).toEqual([])
  })

  it('closes the oldest slots when too many are open, waiting until they are written', async () => {
    const reader = openReaders()(0)
    await reader.start(undefined, 0)
    now = 0
    await reader.take(
      batchOf(
        0,
        Array.from({ length: 50 }, (_, i) => 1_000 + 10 * i),
      ),
    )
    expect(meter.read().forced).toBeGreaterThan(40)
    expect([...stores[0]!.slots.values()].filter(({ closed }) => closed).length).toBeGreaterThan(40)
    expect(meter.read().late).toBe(0)
  })
})

describe('an idle partition', () => {
  /** Partition 0 gets one record and falls silent; partition 1 goes on, a minute of event time ahead. */
  async function fallSilent(at: number, highWatermark?: number) {
    const open = openReaders()
    const [silent, busy] = [open(0), open(1)]
    await silent.start(undefined, 0)
    await busy.start(undefined, 0)
    await silent.take(batchOf(0, [at], highWatermark))
    now += IDLE_MS + FLUSH_MS
    await busy.take(batchOf(0, [at + 60_000]))
    await setImmediate()
    return { silent, busy }
  }
  const tickTwice = async (reader: { tick(atEnd: boolean): Promise<unknown> }, atEnd = true) => {
    for (let i = 0; i < 2; i++) {
      now += FLUSH_MS
      await reader.tick(atEnd)
      await setImmediate()
    }
  }

  it('follows the others, so that its slots close', async () => {
    const { silent } = await fallSilent(1_000)
    await tickTwice(silent)
    expect(stores[0]!.state!.watermark).toBe(stores[1]!.state!.watermark)
    expect(stores[0]!.slots.get(1_000)!.closed).toBe(true)
  })

  it('does not when it has not been read to its end', async () => {
    const { silent } = await fallSilent(1_000, 2)
    await tickTwice(silent, false)
    expect(stores[0]!.state!.watermark).toBe(1_000 - rules.latenessMs)
  })

  it('does not because of time in which nobody could say that it was at its end', async () => {
    const { silent } = await fallSilent(1_000)
    await tickTwice(silent, false)
    await tickTwice(silent)
    expect(stores[0]!.state!.watermark).toBe(1_000 - rules.latenessMs)
    now += IDLE_MS
    await tickTwice(silent)
    expect(stores[0]!.state!.watermark).toBe(stores[1]!.state!.watermark)
  })

  it('follows wall clock when it was live, with nobody to follow', async () => {
    const reader = openReaders()(0)
    await reader.start(undefined, 0)
    await reader.take(batchOf(0, [now]))
    now += IDLE_MS
    await tickTwice(reader)
    expect(stores[0]!.state!.watermark).toBe(now - rules.latenessMs)
  })

  it('waits when it was a play of old records that pauses', async () => {
    const reader = openReaders()(0)
    await reader.start(undefined, 0)
    await reader.take(batchOf(0, [1_000]))
    now += 100 * IDLE_MS
    await tickTwice(reader)
    expect(stores[0]!.state!.watermark).toBe(1_000 - rules.latenessMs)
  })
})
