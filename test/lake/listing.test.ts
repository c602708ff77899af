import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layoutAt, recordFileName } from '../../lake/layout.ts'
import { listHour, listHours } from '../../lake/listing.ts'
import { type HourId, hourOf } from '../../model/time.ts'
import { MemoryStore } from './memory-store.ts'

const layout = layoutAt('/tendance')
const hour = (text: string) => text as HourId
const dir = (text: string) => layout.hourDir('posts', hour(text))

describe('the listing of an hour', () => {
  it('has its record files in the order of their names, and nothing else', async () => {
    const store = new MemoryStore()
    const place = { store, layout }
    const names = [
      recordFileName({ partition: 10, from: 0, to: 7 }),
      recordFileName({ partition: 2, from: 5, to: 9 }),
      recordFileName({ partition: 2, from: 0, to: 5 }),
    ]
    for (const name of names) await store.create(`${dir('2026-11-16T07')}/${name}`, [Buffer.from('abc')])
    const bare = await listHour(place, 'posts', hour('2026-11-16T07'))
    expect(bare).toMatchObject({ bytes: 9, sealed: false })
    expect(bare.files.map(({ partition, from, to, bytes }) => [partition, from, to, bytes])).toEqual([
      [10, 0, 7, 3],
      [2, 0, 5, 3],
      [2, 5, 9, 3],
    ])
    await store.create(`${dir('2026-11-16T07')}/_SEALED`, [Buffer.from('{}')])
    await store.create(`${dir('2026-11-16T07')}/notes.txt`, [Buffer.from('a stranger')])
    const sealed = await listHour(place, 'posts', hour('2026-11-16T07'))
    expect(sealed).toEqual({ ...bare, sealed: true })
  })

  it('has a digest that changes with a name, a length, a file more or less', async () => {
    const digests: string[] = []
    const files = [
      ['a', 3],
      ['b', 3],
      ['a', 4],
    ] as const
    for (const chosen of [[], [0], [1], [2], [0, 1], [1, 2]]) {
      const store = new MemoryStore()
      for (const i of chosen) {
        const [name, bytes] = files[i]!
        const path = recordFileName({ partition: name === 'a' ? 0 : 1, from: 0, to: 1 })
        await store.create(`${dir('2026-11-16T07')}/${path}`, [Buffer.alloc(bytes)])
      }
      digests.push((await listHour({ store, layout }, 'posts', hour('2026-11-16T07'))).digest)
    }
    expect(new Set(digests).size).toBe(digests.length)
  })
})

describe('the hours of the lake', () => {
  it('are those in the range, ascending, whatever the range', async () => {
    const hourIds = fc
      .integer({ min: Date.parse('2024-12-30T00:00:00Z'), max: Date.parse('2026-01-02T00:00:00Z') })
      .map(hourOf)
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(hourIds, { maxLength: 12 }),
        fc.option(hourIds, { nil: undefined }),
        fc.option(hourIds, { nil: undefined }),
        async (hours, from, to) => {
          const store = new MemoryStore()
          for (const each of hours) await store.makeDirs(dir(each))
          await store.makeDirs(`${layout.recordsDir('posts')}/lost+found/01/01/01`)
          expect(await listHours({ store, layout }, 'posts', { from, to })).toEqual(
            hours.filter((each) => (!from || each >= from) && (!to || each < to)).sort(),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('of a range are found without listing what is outside', async () => {
    const store = new MemoryStore()
    for (const each of ['2025-01-01T00', '2026-11-15T23', '2026-11-16T07', '2026-11-17T00', '2027-01-01T00']) {
      await store.makeDirs(dir(each))
    }
    const listed: string[] = []
    const list = store.list.bind(store)
    store.list = (path, options) => {
      listed.push(path.slice('/tendance/posts/records'.length))
      return list(path, options)
    }
    const range = { from: hour('2026-11-16T00'), to: hour('2026-11-17T00') }
    expect(await listHours({ store, layout }, 'posts', range)).toEqual(['2026-11-16T07'])
    expect(listed).toEqual(['', '/2026', '/2026/11', '/2026/11/16'])
  })

  it('are none when there is no lake yet', async () => {
    expect(await listHours({ store: new MemoryStore(), layout }, 'posts')).toEqual([])
  })
})
