/** What stopped for good goes on when a person has decided, and the lake says for ever what was decided. */
import { beforeEach, describe, expect, it } from 'vitest'
import { archivedTo, lastEntry, readEntry } from '../../lake/archive/commit-log.ts'
import { readDecision } from '../../lake/decisions.ts'
import { createLake, type Lake } from '../../lake/lake.ts'
import { recordFileName } from '../../lake/layout.ts'
import type { RecordFile } from '../../lake/listing.ts'
import { nextHour } from '../../model/time.ts'
import { Archived, compactorOn, HOUR, layout, readHour } from './compact/hour-of-files.ts'
import { MemoryStore } from './memory-store.ts'

const PER_FILE = 6
const decider = { reason: 'no snapshot has it', by: 'somebody', at: 1_700_000_000_000 }
const log = () => ({ store, layout, stream: 'posts' }) as const

let store: MemoryStore
let archived: Archived
let lake: Lake

beforeEach(async () => {
  store = new MemoryStore()
  archived = new Archived(store)
  await archived.commits(3)
  lake = createLake({ store, layout }, 'test')
})

/** Another process: what this one has read of the log is not known to it. */
const fresh = () => createLake({ store, layout }, 'fresh')
const fileOf = async (from: number): Promise<RecordFile> =>
  (await lake.listHour('posts', HOUR)).files.find((file) => file.partition === 0 && file.from === from)!
const accept = (file: RecordFile) => lake.decisions.acceptFileLoss('posts', HOUR, recordFileName(file), decider)

describe('the file of the last commit lost', () => {
  it('stops the archive, which names the command; accepted, the archive goes on and the hour says it for ever', async () => {
    const last = await fileOf(14)
    await store.delete(last.path)
    await expect(archived.commit(0)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(`tendance accept-loss ${last.path} --reason`),
    })
    expect(await archivedTo(log(), 0)).toBe(14)
    await lake.settleHour('posts', HOUR, {
      at: 1,
      by: 'a look',
      committed: (await lake.committedSince('posts', 0)).get(HOUR),
    })
    await expect(archived.commit(0), 'a note is no decision').rejects.toMatchObject({ code: 'corrupt' })
    expect(await archivedTo(log(), 0), 'but its hour says what it lacks: it may be sealed').toBe(21)

    expect(await accept(last)).toMatchObject({ records: PER_FILE })
    archived = new Archived(store)
    await archived.commit(0)
    expect(await archivedTo(log(), 0), 'what was there is not archived again').toBe(21)
    const gone = { files: 1, records: PER_FILE }
    expect(await lake.stock('posts', HOUR)).toMatchObject({
      records: 5 * PER_FILE,
      quarantined: { ...gone, vanished: gone, accepted: gone },
    })
    expect(await lake.listQuarantine('posts')).toMatchObject([{ vanished: true, accepted: decider }])
    await compactorOn(store).compactHour('posts', HOUR)
    expect(await fresh().stock('posts', HOUR)).toMatchObject({ records: 5 * PER_FILE, quarantined: { accepted: gone } })
  })

  it('is not accepted while it is there, waits for its commit, or no log lists it; once is enough', async () => {
    const last = await fileOf(14)
    await expect(accept(last)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('it is there'),
    })
    await expect(accept({ ...last, partition: 9 })).rejects.toMatchObject({ code: 'not-found' })
    const { files } = (await lastEntry(log(), 0))!
    await store.makeDirs(files[0]!.temp.slice(0, files[0]!.temp.lastIndexOf('/')))
    await store.renameReplace(last.path, files.find(({ hour }) => hour === HOUR)!.temp)
    await expect(accept(last)).rejects.toMatchObject({ message: expect.stringContaining('waits') })
    await store.delete(files.find(({ hour }) => hour === HOUR)!.temp)
    await accept(last)
    await lake.decisions.acceptFileLoss('posts', HOUR, recordFileName(last), { ...decider, reason: 'another' })
    const path = layout.fileDecision('posts', 'losses', HOUR, recordFileName(last))
    expect(await readDecision({ store, layout }, path)).toMatchObject({ reason: decider.reason })
  })

  it('after compaction is all that the compacted file held', async () => {
    await compactorOn(store).compactHour('posts', HOUR)
    const [compacted] = (await lake.listHour('posts', HOUR)).files
    await store.delete(compacted!.path)
    expect(await accept(compacted!)).toMatchObject({ records: 3 * PER_FILE })
    expect(await lake.stock('posts', HOUR)).toMatchObject({ quarantined: { accepted: { records: 3 * PER_FILE } } })
    await archived.commit(0)
  })
})

describe('a commit entry', () => {
  const entryPath = (from: number) => layout.commitFile('posts', 0, from)
  const acceptEntry = (from: number) => fresh().decisions.acceptEntryLoss('posts', 0, from, decider)

  it('that is there is not accepted as lost', async () => {
    await expect(acceptEntry(7)).rejects.toMatchObject({ code: 'conflict' })
  })

  it.each([
    ['gone from the middle', 7, undefined],
    ['unreadable', 7, '{"version":1'],
    ['gone though the hint names it', 14, undefined],
  ])('%s is made anew from the files that carry its offsets', async (_how, from, text) => {
    const before = await readEntry(log(), 0, from)
    const ids = await readHour(store)
    await store.delete(entryPath(from))
    if (text) await store.create(entryPath(from), [Buffer.from(text)])
    await expect(fresh().stock('posts', HOUR)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(`tendance accept-loss ${entryPath(from)} --reason`),
    })
    await acceptEntry(from)
    const { files, ...entry } = await readEntry(log(), 0, from)
    expect(entry).toMatchObject({ from, to: before.to, records: before.records, missing: [] })
    expect(files).toMatchObject(before.files.map(({ hour, name, bytes, records }) => ({ hour, name, bytes, records })))
    expect(await fresh().stock('posts', HOUR)).toMatchObject({ records: 6 * PER_FILE, quarantined: { files: 0 } })
    expect(await readDecision({ store, layout }, layout.entryDecision('posts', 0, from))).toMatchObject(decider)
    await archived.commit(0)
    expect(await archivedTo(log(), 0)).toBe(28)
    expect(await readHour(store)).toEqual(archived.ids)
    expect(ids).toHaveLength(6 * PER_FILE)
  })

  it('whose files were compacted is made anew from what the compaction says', async () => {
    await compactorOn(store).compactHour('posts', HOUR)
    await store.delete(entryPath(7))
    await acceptEntry(7)
    expect(await readEntry(log(), 0, 7)).toMatchObject({ from: 7, to: 14, records: PER_FILE + 1 })
    expect(await fresh().stock('posts', HOUR)).toMatchObject({ records: 6 * PER_FILE, quarantined: { files: 0 } })
  })

  it('without files counts as missing in the middle; at the end the archive reads Kafka again from there', async () => {
    for (const hour of [HOUR, nextHour(HOUR)]) {
      for (const { path, partition, from } of (await lake.listHour('posts', hour)).files) {
        if (partition === 0 && from >= 7) await store.delete(path)
      }
    }
    await store.delete(entryPath(7))
    await store.delete(entryPath(14))
    await expect(lastEntry(log(), 0)).rejects.toMatchObject({ code: 'corrupt' })
    expect(await acceptEntry(14)).toMatchObject({ records: null })
    expect(await archivedTo(log(), 0)).toBe(7)

    await store.delete(entryPath(0))
    await store.delete(`${layout.commitsDir('posts', 0)}/_last`)
    const other = new Archived(store)
    await other.commits(1)
    expect((await lastEntry(log(), 0))?.to).toBe(7)
  })

  it('in the middle without files says which offsets are missing', async () => {
    for (const hour of [HOUR, nextHour(HOUR)]) {
      for (const { path, partition, from } of (await lake.listHour('posts', hour)).files) {
        if (partition === 0 && from === 7) await store.delete(path)
      }
    }
    await store.delete(entryPath(7))
    expect(await acceptEntry(7)).toMatchObject({ records: 7 })
    expect(await readEntry(log(), 0, 7)).toMatchObject({ to: 14, missing: [{ from: 7, to: 14 }], files: [] })
  })
})

describe('what is in the way', () => {
  const dir = layout.hourDir('posts', HOUR)
  const orphan = '0-0000000000000003-0000000000000005.avro'

  it('of no commit is discarded: moved below quarantine/, with the decision beside', async () => {
    await store.create(`${dir}/${orphan}`, [await store.read((await fileOf(0)).path)])
    const to = await lake.decisions.discardFile('posts', HOUR, orphan, decider)
    expect(to).toBe(`${layout.quarantineDir('posts')}/2026/11/16/07/${orphan}.discarded`)
    expect(await store.stat(to)).toBeDefined()
    expect(await lake.listHour('posts', HOUR)).toMatchObject({ foreign: [], quarantined: [] })
    expect(await lake.listQuarantine('posts')).toEqual([])
    const decision = layout.fileDecision('posts', 'discarded', HOUR, orphan)
    expect(await readDecision({ store, layout }, decision)).toMatchObject(decider)
    await store.create(`${dir}/${orphan}`, [Buffer.from('again')])
    expect(await lake.decisions.discardFile('posts', HOUR, orphan, decider)).toBe(`${to}.2`)
  })

  it('is never a file of the log that is in its place', async () => {
    const name = recordFileName(await fileOf(7))
    await expect(lake.decisions.discardFile('posts', HOUR, name, decider)).rejects.toMatchObject({ code: 'conflict' })
    await expect(lake.decisions.discardFile('posts', HOUR, orphan, decider)).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('corrupt beyond mending is discarded, and its loss can be accepted then', async () => {
    const file = await fileOf(7)
    const name = recordFileName(file)
    await lake.quarantine('posts', HOUR, file, decider)
    await expect(accept(file)).rejects.toMatchObject({
      message: expect.stringContaining('tendance quarantine discard'),
    })
    await lake.decisions.discardFile('posts', HOUR, name, decider)
    expect(await lake.stock('posts', HOUR)).toMatchObject({
      quarantined: { files: 1, vanished: { records: PER_FILE } },
    })
    await accept(file)
    expect(await lake.stock('posts', HOUR)).toMatchObject({ quarantined: { accepted: { records: PER_FILE } } })
  })

  it('moved from another hour is released to where the log lists it', async () => {
    const file = await fileOf(7)
    const name = recordFileName(file)
    const away = nextHour(HOUR, 5)
    await lake.sealHour('posts', HOUR, 5)
    await store.makeDirs(layout.hourDir('posts', away))
    await store.renameReplace(file.path, `${layout.hourDir('posts', away)}/${name}`)
    const look = { at: 1, by: 'a look' }
    expect((await lake.settleHour('posts', away, look)).listing.foreign).toHaveLength(1)
    expect((await lake.settleHour('posts', HOUR, look)).listing.quarantined).toHaveLength(1)
    expect(await lake.decisions.releaseFile('posts', away, name)).toBe(file.path)
    expect(await lake.listHour('posts', HOUR)).toMatchObject({ quarantined: [] })
    await expect(lake.decisions.releaseFile('posts', away, name)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('and is a stray directory is taken out of the records', async () => {
    const path = `${layout.recordsDir('posts')}/2026/13`
    await store.makeDirs(path)
    expect(await lake.decisions.discardStray('posts', path, decider)).toBe(
      `${layout.quarantineDir('posts')}/strays/2026~13`,
    )
    expect(await store.stat(path)).toBeUndefined()
  })
})
