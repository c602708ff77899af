import { describe, expect, it } from 'vitest'
import { createArchive } from '../../lake/archive/archive.ts'
import { createLake } from '../../lake/lake.ts'
import { layoutAt } from '../../lake/layout.ts'
import type { HourId } from '../../model/time.ts'
import { archiveMessages, archiveOptions } from './archived.ts'
import { MemoryStore } from './memory-store.ts'
import { messageOf, postOf } from './posts.ts'

const layout = layoutAt('/tendance')
const HOUR = '2026-11-16T07' as HourId
const SEVEN = Date.parse('2026-11-16T07:00:00Z')
const EIGHT = SEVEN + 3_600_000
const GRACE = 120_000

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
      wholeDigest: listing.digest,
      records: 3,
      bytes: listing.bytes,
      files: 2,
      partitions: [
        { partition: 0, from: 0, to: 3, records: 2 },
        { partition: 2, from: 0, to: 1, records: 1 },
      ],
      firstArrivedAt: SEVEN,
      lastArrivedAt: SEVEN,
      late: 0,
      lost: 0,
      quarantined: { files: 0, records: 0 },
      amendments: [],
    })
    expect(await lake.readSeal('posts', HOUR)).toEqual(seal)
    expect(await lake.listHour('posts', HOUR)).toEqual({ ...listing, sealed: true })
  })

  it('amended after late records says what came and when, and keeps when it was sealed first', async () => {
    const { lake, store } = await lakeWith([[SEVEN]])
    const first = await lake.sealHour('posts', HOUR, EIGHT + GRACE)
    expect(await lake.amendSeal(first, EIGHT + GRACE + 1), 'nothing came').toBe(first)

    const at = EIGHT + GRACE + 60_000
    await archiveMessages(store, layout, [messageOf(1, postOf('late', SEVEN + 7))], { writer: 'w2', at })
    const listing = await lake.listHour('posts', HOUR)
    expect(listing).toMatchObject({ sealed: true })
    expect(listing.digest).not.toBe(first.digest)
    const second = await lake.amendSeal(first, at + 5)
    expect(second).toMatchObject({
      sealedAt: EIGHT + GRACE,
      digest: listing.digest,
      records: 2,
      files: 2,
      partitions: [{ partition: 0, from: 0, to: 2, records: 2 }],
      firstArrivedAt: SEVEN,
      lastArrivedAt: at,
      late: 1,
      amendments: [{ at: at + 5, records: 1 }],
    })
    expect(await lake.readSeal('posts', HOUR)).toEqual(second)

    await archiveMessages(store, layout, [messageOf(2, postOf('later', SEVEN + 8))], { writer: 'w3', at })
    const third = await lake.amendSeal(second, at + 9)
    expect(third.amendments).toEqual([...second.amendments, { at: at + 9, records: 1 }])
  })

  it('refreshed after compaction says the same of what the hour holds, in fewer files; late records amend it as ever', async () => {
    const { lake, store } = await lakeWith([[SEVEN], [SEVEN]])
    await archiveMessages(store, layout, [messageOf(1, postOf('more', SEVEN + 7))], { writer: 'w2' })
    const first = await lake.sealHour('posts', HOUR, EIGHT + GRACE)
    expect(await lake.refreshSeal(first, EIGHT + GRACE + 1), 'nothing was compacted').toBe(first)
    await lake.compactor.compactHour('posts', HOUR)
    const { bytes, files } = await lake.listHour('posts', HOUR)
    const refreshed = await lake.refreshSeal(first, EIGHT + GRACE + 2)
    expect(refreshed).toEqual({ ...first, files: files.length, bytes })
    expect([first.files, files.length]).toEqual([3, 2])
    expect(await lake.readSeal('posts', HOUR)).toEqual(refreshed)
    expect(await lake.stock('posts', HOUR)).toMatchObject({ records: 3, firstArrivedAt: first.firstArrivedAt })

    await archiveMessages(store, layout, [messageOf(2, postOf('late', SEVEN + 8))], { writer: 'w3' })
    const amended = await lake.refreshSeal(refreshed, EIGHT + GRACE + 9)
    expect(amended).toMatchObject({ records: 4, files: 3, amendments: [{ at: EIGHT + GRACE + 9, records: 1 }] })
    expect(await lake.readSeal('posts', HOUR)).toEqual(amended)
  })

  it.each([
    { arrived: EIGHT + GRACE, late: 0 },
    { arrived: EIGHT + GRACE + 1, late: 1 },
  ])('what arrives by $arrived has $late late records: the grace ends at 08:02', async ({ arrived, late }) => {
    const store = new MemoryStore()
    await archiveMessages(store, layout, [messageOf(0, postOf('a', SEVEN))], { at: arrived })
    const lake = createLake({ store, layout }, 'batch-1', { graceMs: GRACE })
    expect(await lake.stock('posts', HOUR)).toMatchObject({ records: 1, late, lastArrivedAt: arrived })
  })

  it('counts what Kafka had deleted before the archive came to it', async () => {
    const store = new MemoryStore()
    const reader = createArchive(archiveOptions(store, layout)).open(0)
    await reader.start(undefined, 0)
    const messages = [messageOf(9, postOf('a', SEVEN))]
    await reader.take({ partition: 0, messages, to: 10, highWatermark: 10, missing: { from: 0, to: 9 } })
    await reader.close('stopped')
    expect(await createLake({ store, layout }, 'batch-1').stock('posts', HOUR)).toMatchObject({ records: 1, lost: 9 })
  })

  it('reads a seal from before it said when records arrived', async () => {
    const { lake, store } = await lakeWith([[SEVEN]])
    const seal = await lake.sealHour('posts', HOUR, EIGHT)
    const { stream, hour, sealedAt, digest, records, bytes, files, partitions } = seal
    const old = { version: 1, stream, hour, sealedAt, digest, records, bytes, files, partitions }
    await store.delete(layout.sealFile('posts', HOUR))
    await store.create(layout.sealFile('posts', HOUR), [Buffer.from(JSON.stringify(old))])
    expect(await lake.readSeal('posts', HOUR)).toEqual({ ...seal, firstArrivedAt: null, lastArrivedAt: null })
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
