/** Looking for a record in an hour's files: with what is certain of it, and what is not. */
import { beforeEach, expect, it } from 'vitest'
import { findRecord } from '../../lake/find-record.ts'
import { listHour } from '../../lake/listing.ts'
import { quarantine } from '../../lake/quarantine.ts'
import { HOUR_MS } from '../../model/time.ts'
import { archiveMessages } from './archived.ts'
import { compactorOn, HOUR, layout } from './compact/hour-of-files.ts'
import { MemoryStore } from './memory-store.ts'
import { messageOf, postOf } from './posts.ts'

const AT = Date.parse('2026-11-16T07:00:00Z')

let store: MemoryStore
beforeEach(() => {
  store = new MemoryStore()
})
const find = (id: string, partition?: number) => findRecord({ store, layout }, 'posts', HOUR, { id, partition })

/** Ids at their offsets, a commit for each list; `later` ids are of the hour after. */
async function archive(commits: readonly (readonly string[])[], partition = 0): Promise<void> {
  const messages: ReturnType<typeof messageOf>[] = []
  for (const ids of commits) {
    for (const id of ids)
      messages.push(messageOf(messages.length, postOf(id, id.startsWith('later') ? AT + HOUR_MS : AT)))
    await archiveMessages(store, layout, messages, { partition })
  }
}

it('knows the offset where every offset of the commit is a record of the hour', async () => {
  await archive([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ])
  const { records, files } = await find('d')
  expect(files).toBe(2)
  expect(records).toMatchObject([{ partition: 0, index: 1, from: 3, to: 4, quarantined: false, record: { id: 'd' } }])
  expect(records[0]?.commit.path).toBe(layout.commitFile('posts', 0, 2))
})

it('knows the range where the commit has other hours too', async () => {
  await archive([['a', 'later-1', 'b']])
  expect((await find('b')).records).toMatchObject([{ index: 1, from: 0, to: 3 }])
})

it('finds every copy, and in the partition that was asked for alone', async () => {
  await archive([['a', 'b', 'a']])
  await archive([['a']], 1)
  expect((await find('a')).records.map(({ partition, from }) => [partition, from])).toEqual([
    [0, 0],
    [0, 2],
    [1, 0],
  ])
  expect((await find('a', 1)).records).toHaveLength(1)
})

it('is not led astray by the id in another record', async () => {
  await archive([['a', 'not-a', 'ab']])
  expect((await find('a')).records).toHaveLength(1)
  // every text names its own id: the bytes are there, the record is not
  expect((await find('text of a')).records).toEqual([])
})

it('knows the commit of a record though its file was compacted with others', async () => {
  await archive([['a', 'b'], ['c'], ['d', 'e', 'f']])
  const before = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(async (id) => (await find(id)).records[0]!))
  await compactorOn(store).compactHour('posts', HOUR)
  const after = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(async (id) => (await find(id)).records[0]!))
  expect(new Set(after.map(({ path }) => path)).size).toBe(1)
  expect(after.map(({ from, to, commit }) => ({ from, to, commit }))).toEqual(
    before.map(({ from, to, commit }) => ({ from, to, commit })),
  )
  expect(after.map(({ from }) => from)).toEqual([0, 1, 2, 3, 4, 5])
})

it('finds what was set aside, and says which files cannot be read', async () => {
  await archive([['a'], ['b']])
  const { files } = await listHour({ store, layout }, 'posts', HOUR)
  const note = { reason: 'test', at: 1, by: 'test', records: 1, unique: 'test/q' }
  await quarantine({ store, layout }, 'posts', HOUR, files[0]!, note)
  expect((await find('a')).records).toMatchObject([{ quarantined: true }])
  const broken = Buffer.from(await store.read(files[1]!.path))
  broken.fill(0xff, broken.length - 20)
  await store.delete(files[1]!.path)
  await store.create(files[1]!.path, [broken])
  const { records, unreadable } = await find('b')
  expect(records).toEqual([])
  expect(unreadable).toHaveLength(1)
  expect(unreadable[0]).toContain(files[1]!.path)
})
