import { describe, expect, it } from 'vitest'
import type { PositionStore } from '../../ingest/positions.ts'
import type { Position } from '../../ingest/source.ts'
import { createStandingMeter } from '../../ingest/standing.ts'

const WHO = { name: 'file:/a', stream: 'posts', host: 'here', pid: 7, everyMs: 2_000 } as const

function metered(saved?: Position) {
  const clock = { now: 1_000 }
  const stored: Position[] = []
  const store: PositionStore = {
    load: async () => saved,
    async save(_source, position) {
      if (position === 'refused') throw new Error('the disk is full')
      stored.push(position)
    },
  }
  const meter = createStandingMeter(WHO, () => clock.now)
  return { clock, meter, positions: meter.noted(store), stored }
}

describe('how a source stands', () => {
  it('begins without anything', () => {
    const { meter } = metered()
    expect(meter.read()).toEqual({
      ...WHO,
      ...{ state: 'running', position: 'null', movedAt: null, records: 0, deadLetters: 0, rate: null },
      ...{ startedAt: 1_000, reportedAt: 1_000 },
    })
  })

  it('has the rate of the last interval, however often there was progress in it', () => {
    const { meter, clock } = metered()
    meter.progressed({ records: 500, deadLetters: 1 })
    expect(meter.read().rate).toBeNull()
    meter.progressed({ records: 700, deadLetters: 1 })
    meter.progressed({ records: 900, deadLetters: 3 })
    clock.now = 3_000
    expect(meter.read()).toMatchObject({ rate: 200, records: 900, deadLetters: 3, reportedAt: 3_000 })
    clock.now = 5_000
    expect(meter.read().rate).toBe(0)
    // a clock that was set back says nothing of a rate
    clock.now = 4_000
    expect(meter.read().rate).toBeNull()
  })

  it('has the position that was loaded, then those that were saved, and when; not one whose saving failed', async () => {
    const { meter, clock, positions, stored } = metered({ bytes: 5 })
    expect(await positions.load('file:/a')).toEqual({ bytes: 5 })
    expect(meter.read()).toMatchObject({ position: '{"bytes":5}', movedAt: null })
    clock.now = 2_000
    await positions.save('file:/a', { bytes: 9 })
    clock.now = 3_000
    await expect(positions.save('file:/a', 'refused')).rejects.toThrow('full')
    expect(meter.read()).toMatchObject({ position: '{"bytes":9}', movedAt: 2_000 })
    expect(stored).toEqual([{ bytes: 9 }])
  })

  it('is cut where its position is long', async () => {
    const { meter, positions } = metered()
    await positions.save('file:/a', ['x'.repeat(10_000)])
    expect(meter.read().position).toMatch(/^\["x{298}$/)
  })

  it('has no rate any more at its end', () => {
    const { meter, clock } = metered()
    meter.read()
    meter.progressed({ records: 10, deadLetters: 0 })
    meter.ended('stopped')
    clock.now = 2_000
    expect(meter.read()).toMatchObject({ state: 'stopped', records: 10, rate: null })
  })
})
