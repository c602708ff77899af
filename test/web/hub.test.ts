import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../model/errors.ts'
import { silentLogger } from '../../model/log.ts'
import type { Sent } from '../../web/contract/common.ts'
import type { LiveEvent } from '../../web/contract/live.ts'
import { LiveHub } from '../../web/live/hub.ts'

const hubs: LiveHub[] = []
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub[Symbol.asyncDispose]()
})

function eventOf(records: number): Sent<LiveEvent> {
  const nothing = { exact: true, bound: 0, records, total: 0, rows: [] }
  return {
    ...{ at: Date.now(), board: 'hashtags', edition: 1, liveVersion: 1, secondsBehind: 0, completeTo: 0 },
    lastHour: { hour: '2026-11-16T07', standing: 'provisional', ...nothing },
    sliding: { from: 0, to: Date.now(), missingSlots: 0, ...nothing },
    ...{ slotMs: 300_000, slots: [], stale: null },
  }
}

function place() {
  const state = { records: 1, isAway: false, reads: 0 }
  const hub = new LiveHub({
    read: async () => {
      state.reads++
      if (state.isAway) throw new AppError('unavailable', 'MongoDB is away')
      return eventOf(state.records)
    },
    clock: Date.now,
    logger: silentLogger,
    pollMs: 5,
  })
  hubs.push(hub)
  return { state, hub }
}

/** What a reader got so far: id and event. */
function follow(stream: Readable) {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const events = () =>
    [...text.matchAll(/^event: live\nid: (\S+)\ndata: (.*)\n\n/gm)].map(([, id, data]) => ({
      id: id!,
      event: JSON.parse(data!) as LiveEvent,
    }))
  const seen = (records: number) =>
    vi.waitFor(() => expect(events().at(-1)?.event.sliding.records).toBe(records), { timeout: 5_000, interval: 5 })
  return { events, seen }
}

describe('who listens', () => {
  it('gets the latest at once, then what is new, and nothing twice', async () => {
    const { state, hub } = place()
    const one = follow(hub.listen(undefined))
    await one.seen(1)
    state.records = 2
    await one.seen(2)
    const late = follow(hub.listen(undefined))
    await late.seen(2)
    expect(one.events().map(({ event }) => event.sliding.records)).toEqual([1, 2])
  })

  it('goes on where it was cut off: what came meanwhile, in order, and nothing again', async () => {
    const { state, hub } = place()
    const stream = hub.listen(undefined)
    const stay = follow(hub.listen(undefined))
    const cut = follow(stream)
    await cut.seen(1)
    const { id } = cut.events().at(-1)!
    stream.destroy()
    for (const records of [2, 3]) {
      state.records = records
      await stay.seen(records)
    }
    const again = follow(hub.listen(id))
    await again.seen(3)
    expect(again.events().map(({ event }) => event.sliding.records)).toEqual([2, 3])
  })

  it.each(['other-1', 'nonsense', 'a-b-c', ''])('gets the latest with an id that is not known: %s', async (id) => {
    const { hub } = place()
    await follow(hub.listen(undefined)).seen(1)
    const other = follow(hub.listen(id))
    await other.seen(1)
    expect(other.events()).toHaveLength(1)
  })

  it('is told when the store is away, since when, and when it is back', async () => {
    const { state, hub } = place()
    const one = follow(hub.listen(undefined))
    await one.seen(1)
    const { at } = one.events()[0]!.event
    state.isAway = true
    await vi.waitFor(() => expect(one.events().at(-1)?.event.stale?.why).toBe('MongoDB is away'))
    expect(one.events().at(-1)!.event.stale!.since).toBeGreaterThanOrEqual(at)
    expect(one.events().at(-1)!.event.stale!.service).toBe('MongoDB')
    state.isAway = false
    await vi.waitFor(() => expect(one.events().at(-1)?.event.stale).toBeNull())
  })
})

describe('the poller', () => {
  it('is one for all, and rests when nobody listens', async () => {
    const { state, hub } = place()
    expect(state.reads).toBe(0)
    const streams = Array.from({ length: 50 }, () => hub.listen(undefined))
    const readers = streams.map(follow)
    for (const reader of readers) await reader.seen(1)
    const reads = state.reads
    expect(reads).toBeLessThan(50)
    for (const stream of streams) {
      stream.destroy()
      await once(stream, 'close')
    }
    const still = async () => {
      const before = state.reads
      await new Promise((resolve) => setTimeout(resolve, 40))
      return state.reads - before
    }
    await vi.waitFor(async () => expect(await still()).toBe(0))
    const again = follow(hub.listen(undefined))
    state.records = 7
    await again.seen(7)
  })

  it('ends all streams when it is closed', async () => {
    const { hub } = place()
    const stream = hub.listen(undefined)
    await follow(stream).seen(1)
    const ended = once(stream, 'end')
    await hub[Symbol.asyncDispose]()
    await ended
    expect(() => hub.listen(undefined)).toThrow(expect.objectContaining({ code: 'unavailable' }))
  })
})
