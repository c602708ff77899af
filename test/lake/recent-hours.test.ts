import { describe, expect, it } from 'vitest'
import { layoutAt } from '../../lake/layout.ts'
import { listHours } from '../../lake/listing.ts'
import { recentHours } from '../../lake/recent-hours.ts'
import { HOUR_MS, type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { MemoryStore } from './memory-store.ts'

const layout = layoutAt('/tendance')
const FIRST = '2026-10-30T00' as HourId

class Lake {
  now = Date.parse('2026-11-30T00:00:00Z')
  readonly store = new MemoryStore(() => this.now)

  /** As the archive does: the directory, then a file in it. */
  async add(hour: HourId, file = '0-0000000000000000-0000000000000001.avro'): Promise<void> {
    await this.store.create(`${layout.hourDir('posts', hour)}/${file}`, [Buffer.from('x')])
  }

  recent(since: number | null) {
    return recentHours({ store: this.store, layout }, 'posts', since)
  }
}

describe('the hours that may be new', () => {
  it('are all, when nothing was looked at before', async () => {
    const lake = new Lake()
    for (const hour of hoursBetween(FIRST, nextHour(FIRST, 60))) await lake.add(hour)
    const { hours } = await lake.recent(null)
    expect(hours).toEqual(await listHours({ store: lake.store, layout }, 'posts'))
    expect(hours).toHaveLength(60)
  })

  it('are later those of days in which an hour was made since, whichever day that is', async () => {
    const lake = new Lake()
    for (const hour of hoursBetween(FIRST, nextHour(FIRST, 240))) {
      lake.now += HOUR_MS
      await lake.add(hour)
    }
    const { seenTo, listed } = await lake.recent(null)
    expect(listed).toBe(1 + 1 + 2 + 10)

    lake.now += 5 * HOUR_MS
    const old = nextHour(FIRST, -2)
    const recent = nextHour(FIRST, 240)
    await lake.add(old)
    await lake.add(recent)
    const second = await lake.recent(seenTo)
    expect(second.hours).toEqual(expect.arrayContaining([old, recent]))
    // The two days that changed, and the last one before, for the margin.
    expect(second.listed).toBe(1 + 1 + 2 + 3)
    // The twin: a file that comes into an hour that is there makes no hour new.
    lake.now += 5 * HOUR_MS
    await lake.add(nextHour(FIRST, 100), '1-0000000000000000-0000000000000001.avro')
    expect(await lake.recent(second.seenTo)).toMatchObject({ seenTo: second.seenTo })
  })

  it('are seen although the store’s clock was set back by half an hour', async () => {
    const lake = new Lake()
    await lake.add(FIRST)
    const { seenTo } = await lake.recent(null)
    lake.now -= HOUR_MS / 2
    await lake.add(nextHour(FIRST, 30))
    expect((await lake.recent(seenTo)).hours).toContain(nextHour(FIRST, 30))
  })

  it('are none in a lake without records', async () => {
    expect(await new Lake().recent(null)).toEqual({ hours: [], seenTo: null, listed: 1 })
  })
})
