import { describe, expect, it } from 'vitest'
import { createLake } from '../../lake/lake.ts'
import { layoutAt } from '../../lake/layout.ts'
import type { HourId } from '../../model/time.ts'
import { archiveMessages } from './archived.ts'
import { MemoryStore } from './memory-store.ts'
import { messageOf, postOf } from './posts.ts'

const layout = layoutAt('/tendance')
const HOUR = '2026-11-16T07' as HourId
const SEVEN = Date.parse('2026-11-16T07:00:00Z')
const EIGHT = SEVEN + 3_600_000

async function lakeWith(partitions: readonly number[][]) {
  const store = new MemoryStore()
  for (const [partition, times] of partitions.entries()) {
    await archiveMessages(
      store,
      layout,
      times.map((time, i) => messageOf(i, postOf(`${partition}-${i}`, time))),
      { partition },
    )
  }
  return { store, lake: createLake({ store, layout }, 'batch-1') }
}

describe('sealing an hour', () => {
  it('writes what the hour holds, by partition, and reads it back', async () => {
    const { lake } = await lakeWith([[SEVEN, SEVEN + 1, EIGHT], [EIGHT], [SEVEN + 2]])
    expect(await lake.readSeal('posts', HOUR)).toBeUndefined()
    const listing = await lake.listHour('posts', HOUR)
    const seal = await lake.sealHour('posts', HOUR, EIGHT + 5)
    expect(seal).toEqual({
      stream: 'posts',
      hour: HOUR,
      sealedAt: EIGHT + 5,
      digest: listing.digest,
      records: 3,
      bytes: listing.bytes,
      files: 2,
      partitions: [
        { partition: 0, from: 0, to: 3, records: 2 },
        { partition: 2, from: 0, to: 1, records: 1 },
      ],
    })
    expect(await lake.readSeal('posts', HOUR)).toEqual(seal)
    expect(await lake.listHour('posts', HOUR)).toEqual({ ...listing, sealed: true })
  })

  it('again after late records replaces the seal', async () => {
    const { lake, store } = await lakeWith([[SEVEN]])
    const first = await lake.sealHour('posts', HOUR, EIGHT)
    await archiveMessages(store, layout, [messageOf(1, postOf('late', SEVEN + 7))], { writer: 'w2' })
    const listing = await lake.listHour('posts', HOUR)
    expect(listing).toMatchObject({ sealed: true })
    expect(listing.digest).not.toBe(first.digest)
    const second = await lake.sealHour('posts', HOUR, EIGHT + 1)
    expect(second).toMatchObject({ records: 2, files: 2, partitions: [{ partition: 0, from: 0, to: 2, records: 2 }] })
    expect(await lake.readSeal('posts', HOUR)).toEqual(second)
  })

  it('refuses a record file that no commit knows', async () => {
    const { lake, store } = await lakeWith([[SEVEN]])
    const [file] = (await lake.listHour('posts', HOUR)).files
    await store.create(file!.path.replace('/0-', '/7-'), [Buffer.from('by hand')])
    await expect(lake.sealHour('posts', HOUR, EIGHT)).rejects.toMatchObject({ code: 'corrupt' })
  })

  it('takes a damaged seal for corrupt, not for none', async () => {
    const { lake, store } = await lakeWith([[SEVEN]])
    await store.create(layout.sealFile('posts', HOUR), [Buffer.from('{"version":1')])
    await expect(lake.readSeal('posts', HOUR)).rejects.toMatchObject({ code: 'corrupt' })
  })
})
