import { describe, expect, it } from 'vitest'
import { layoutAt } from '../../lake/layout.ts'
import { type LakePlace, walkHours } from '../../lake/listing.ts'
import { type HourOutline, rememberOutlines } from '../../lake/outlines.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { MemoryStore } from './memory-store.ts'

const layout = layoutAt('/tendance')
const FIRST = '2026-11-16T00' as HourId
const MINUTE = 60_000
const DAY = 86_400_000

/** Both clocks can be set; listings of hours are counted. */
class Bench {
  now = Date.parse('2026-11-17T00:00:00Z')
  storeNow: () => number = () => this.now
  listed = 0
  readonly #store = new MemoryStore(() => this.storeNow())
  readonly #place: LakePlace = { store: this.#store, layout }
  readonly #outline = rememberOutlines(
    {
      layout,
      store: new Proxy(this.#store, {
        get: (store, name) => {
          if (name === 'list') this.listed += 1
          const value: unknown = Reflect.get(store, name)
          return typeof value === 'function' ? value.bind(store) : value
        },
      }),
    },
    () => this.now,
  )

  put(hour: HourId, partition: number, bytes = 1): Promise<void> {
    const name = `${partition}-0000000000000000-0000000000000001.avro`
    return this.#store.create(`${layout.hourDir('posts', hour)}/${name}`, [Buffer.alloc(bytes)])
  }

  remove(hour: HourId, partition: number): Promise<boolean> {
    return this.#store.delete(`${layout.hourDir('posts', hour)}/${partition}-0000000000000000-0000000000000001.avro`)
  }

  async look(): Promise<Map<HourId, HourOutline>> {
    this.listed = 0
    const seen = await walkHours(this.#place, 'posts')
    return new Map(await Promise.all(seen.map(async (one) => [one.hour, await this.#outline('posts', one)] as const)))
  }
}

describe('outlines of hours', () => {
  it('are listed once, then again only where a file came, went or was replaced', async () => {
    const bench = new Bench()
    const hours = hoursBetween(FIRST, nextHour(FIRST, 30))
    for (const hour of hours) await bench.put(hour, 3)
    bench.now += 2 * MINUTE
    const first = await bench.look()
    expect([bench.listed, first.size]).toEqual([30, 30])
    expect(first.get(FIRST)).toMatchObject({ bytes: 1, sealed: false, isEmpty: false, partitions: [3] })
    expect(await bench.look()).toEqual(first)
    expect(bench.listed).toBe(0)

    bench.now += 1
    await bench.put(nextHour(FIRST, 4), 1)
    await bench.remove(nextHour(FIRST, 9), 3)
    await bench.remove(nextHour(FIRST, 20), 3)
    await bench.put(nextHour(FIRST, 20), 3, 7)
    const second = await bench.look()
    expect(bench.listed).toBe(3)
    expect(second.get(nextHour(FIRST, 4))?.partitions).toEqual([1, 3])
    expect(second.get(nextHour(FIRST, 9))?.isEmpty).toBe(true)
    const changed = hours.filter((hour) => second.get(hour)?.digest !== first.get(hour)?.digest)
    expect(changed).toEqual([nextHour(FIRST, 4), nextHour(FIRST, 9), nextHour(FIRST, 20)])
  })

  it('are not remembered while a change could still have the time of the last one', async () => {
    const bench = new Bench()
    await bench.put(FIRST, 0)
    await bench.look()
    // In the same millisecond by the store's clock.
    await bench.put(FIRST, 1)
    expect((await bench.look()).get(FIRST)?.partitions).toEqual([0, 1])
    // Nor when the store's clock is behind ours by half a minute.
    const behind = bench.now
    bench.storeNow = () => behind
    bench.now += MINUTE / 2
    await bench.look()
    await bench.put(FIRST, 2)
    expect((await bench.look()).get(FIRST)?.partitions).toEqual([0, 1, 2])
  })

  it('are forgotten after a day', async () => {
    const bench = new Bench()
    await bench.put(FIRST, 0)
    bench.now += 2 * MINUTE
    await bench.look()
    bench.now += DAY - 1
    await bench.look()
    expect(bench.listed).toBe(0)
    bench.now += 1
    await bench.look()
    expect(bench.listed).toBe(1)
  })
})
