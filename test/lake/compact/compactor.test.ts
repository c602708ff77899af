import { beforeEach, describe, expect, it } from 'vitest'
import { archivedTo, finishCommit, lastEntry } from '../../../lake/archive/commit-log.ts'
import { readContainer } from '../../../lake/avro/container-reader.ts'
import { originalsOf } from '../../../lake/compact/log.ts'
import { recordFileName } from '../../../lake/layout.ts'
import { listHour } from '../../../lake/listing.ts'
import { quarantine, quarantinedOf, restoreQuarantined } from '../../../lake/quarantine.ts'
import { sweepTemporary } from '../../../lake/sweep.ts'
import { DEATHS, Dead, mortal } from '../broken-store.ts'
import { MemoryStore } from '../memory-store.ts'
import { decodeFile } from '../posts.ts'
import { Archived, compactorOn, HOUR, layout, readDirectory, readHour, recordsOn } from './hour-of-files.ts'

let store: MemoryStore
let archived: Archived
beforeEach(async () => {
  store = new MemoryStore()
  archived = new Archived(store)
  await archived.commits(4)
})
const listing = () => listHour({ store, layout }, 'posts', HOUR)
const note = { reason: 'block 0 is broken', at: 1, by: 'test', records: 6, unique: 'test/q' }

describe('compacting an hour', () => {
  it('makes one file a partition of the same records, and the digest stays', async () => {
    const before = await listing()
    const plan = await compactorOn(store).planHour('posts', HOUR)
    expect(plan).toMatchObject({ files: 8, into: 2, leftOver: 0 })
    const done = await compactorOn(store).compactHour('posts', HOUR)
    expect(done).toMatchObject({ files: 8, into: 2, records: 48 })
    const after = await listing()
    expect(after.files).toHaveLength(2)
    expect(after).toMatchObject({ digest: before.digest, wholeDigest: before.digest, covered: [], quarantined: [] })
    expect(await readHour(store)).toEqual(archived.ids)
    expect(await readDirectory(store)).toEqual(archived.ids)
    expect(await compactorOn(store).compactHour('posts', HOUR)).toMatchObject({ files: 0, into: 0 })
  })

  it('takes up late files later, and tells what the archive had written', async () => {
    await compactorOn(store).compactHour('posts', HOUR)
    await archived.commit(1)
    const { digest } = await listing()
    await compactorOn(store, { writer: 'c2' }).compactHour('posts', HOUR)
    const after = await listing()
    expect(after.digest).toBe(digest)
    expect(after.files.map(({ partition, from, to }) => [partition, from, to])).toEqual([
      [0, 0, 28],
      [1, 0, 35],
    ])
    expect(await readDirectory(store)).toEqual(archived.ids)
    const originals = await originalsOf({ store, layout }, 'posts', HOUR, after.files[1]!)
    expect(originals.map(({ from, to, records }) => [from, to, records])).toEqual(
      [0, 7, 14, 21, 28].map((at) => [at, at + 7, 6]),
    )
    expect(await recordsOn(store)('posts', HOUR, after.files[1]!)).toBe(30)
  })

  it('packs small blocks together, copies large ones byte for byte, and marks the file with a marker of its own', async () => {
    const small = (await listing()).files.filter(({ partition }) => partition === 0)
    const blocksOf = async (path: string) => [...readContainer(await store.read(path), path).blocks()]
    expect(await Promise.all(small.map(async ({ path }) => (await blocksOf(path)).length))).toEqual([1, 1, 1, 1])
    const copying = new MemoryStore()
    const same = new Archived(copying)
    await same.commits(4)
    await compactorOn(copying, { blockBytes: 64 }).compactHour('posts', HOUR)
    await compactorOn(store).compactHour('posts', HOUR)
    const [file] = (await listing()).files
    const packed = await blocksOf(file!.path)
    expect(packed.map(({ count }) => count)).toEqual([24])
    const copied = [...readContainer(await copying.read(file!.path), file!.path).blocks()]
    expect(copied.map(({ count }) => count)).toEqual([6, 6, 6, 6])
    expect(await readDirectory(copying)).toEqual(same.ids)
  })

  it('writes the same bytes from the same files, whoever does it', async () => {
    const other = new MemoryStore()
    await new Archived(other).commits(4)
    await compactorOn(store).compactHour('posts', HOUR)
    await compactorOn(other, { writer: 'somebody-else', clock: () => 77 }).compactHour('posts', HOUR)
    for (const { path } of (await listing()).files) expect(await other.read(path)).toEqual(await store.read(path))
  })

  it('makes no file larger than allowed, and leaves large ones alone', async () => {
    const bytes = (await listing()).files[0]!.bytes
    await compactorOn(store, { fileBytesMax: Math.round(2.5 * bytes) }).compactHour('posts', HOUR)
    expect((await listing()).files).toHaveLength(4)
    const smallest = Math.min(...(await listing()).files.map((file) => file.bytes))
    expect(await compactorOn(store, { fileBytesMax: 2 * smallest }).planHour('posts', HOUR)).toMatchObject({ files: 0 })
    expect(await readDirectory(store)).toEqual(archived.ids)
  })

  it('refuses a file that is corrupt, has another length than the log says, or another schema: nothing changes', async () => {
    const [file] = (await listing()).files
    const bytes = await store.read(file!.path)
    const flipped = Buffer.from(bytes)
    flipped[bytes.length - 40]! ^= 0x10
    const emptied = bytes.subarray(0, readContainer(bytes, '').end)
    for (const broken of [
      flipped,
      bytes.subarray(0, -9),
      emptied,
      Buffer.alloc(0),
      Buffer.from('nothing of the kind'),
    ]) {
      await store.delete(file!.path)
      await store.create(file!.path, [broken])
      const before = await listing()
      await expect(compactorOn(store).compactHour('posts', HOUR)).rejects.toMatchObject({
        code: 'corrupt',
        facts: { path: file!.path },
      })
      expect(await listing()).toEqual(before)
    }
  })
})

describe('a compaction that is cut off', () => {
  it('at any step, in any way, loses and doubles nothing then, and the next one ends it', async () => {
    const undisturbed = mortal(store, 0, 'before')
    await compactorOn(undisturbed.store).compactHour('posts', HOUR)
    // The last one deletes an empty directory: that it failed is nobody's concern.
    const steps = undisturbed.steps.length - 1
    expect(steps).toBeGreaterThan(12)
    let doubledForOthers = 0
    for (const death of DEATHS) {
      for (let at = 1; at <= steps; at += 1) {
        const disk = new MemoryStore()
        const records = new Archived(disk)
        await records.commits(4)
        const { digest } = await listHour({ store: disk, layout }, 'posts', HOUR)
        await expect(compactorOn(mortal(disk, at, death).store).compactHour('posts', HOUR)).rejects.toThrow(Dead)
        expect(await readHour(disk)).toEqual(records.ids)
        expect((await listHour({ store: disk, layout }, 'posts', HOUR)).digest).toBe(digest)
        // Others may see records twice, never too few.
        const seen = await readDirectory(disk)
        expect([...new Set(seen)]).toEqual(records.ids)
        if (seen.length > records.ids.length) doubledForOthers += 1
        // An archive that begins now finds its last commit finished.
        const entry = await lastEntry({ store: disk, layout, stream: 'posts' }, 0)
        await finishCommit({ store: disk, layout, stream: 'posts' }, entry!)
        expect(await archivedTo({ store: disk, layout, stream: 'posts' }, 0)).toBe(28)
        await records.commit(0)
        await compactorOn(disk, { writer: 'c2' }).compactHour('posts', HOUR)
        expect(await readDirectory(disk)).toEqual(records.ids)
        expect((await listHour({ store: disk, layout }, 'posts', HOUR)).files).toHaveLength(2)
      }
    }
    // The window that finish.ts tells of is there, so this test would see a wrong order.
    expect(doubledForOthers).toBeGreaterThan(0)
  })

  it('and is found after what it wrote was swept, loses nothing', async () => {
    const renames = (step: string) => /^rename .*\/records\//.test(step)
    await expect(compactorOn(mortal(store, renames, 'before').store).compactHour('posts', HOUR)).rejects.toThrow(Dead)
    const swept = await sweepTemporary({ store, layout }, 'posts', { olderThan: Date.now() + 1_000, dryRun: false })
    expect(swept.paths.length).toBeGreaterThan(0)
    expect(await readHour(store)).toEqual(archived.ids)
    await compactorOn(store, { writer: 'c2' }).compactHour('posts', HOUR)
    expect(await readDirectory(store)).toEqual(archived.ids)
    expect((await listing()).files).toHaveLength(2)
  })
})

describe('quarantine and compaction', () => {
  it('a file in quarantine is spanned by no compacted file, and restored it is taken up', async () => {
    const file = (await listing()).files[1]!
    const ids = decodeFile(await store.read(file.path), file.path).map(({ id }) => id)
    const whole = await listing()
    await quarantine({ store, layout }, 'posts', HOUR, file, note)
    const rest = archived.ids.filter((id) => !ids.includes(id))
    expect(await readDirectory(store)).toEqual(rest)
    const without = await listing()
    expect(without.digest).not.toBe(whole.digest)
    expect(without.wholeDigest).toBe(whole.digest)

    await compactorOn(store).compactHour('posts', HOUR)
    const compacted = await listing()
    expect(compacted.digest).toBe(without.digest)
    expect(compacted.files.map(({ partition, from, to }) => [partition, from, to])).toEqual([
      [0, 0, 7],
      [0, 14, 28],
      [1, 0, 28],
    ])
    expect(await quarantinedOf({ store, layout }, 'posts', HOUR, await listing(), recordsOn(store))).toMatchObject([
      { name: recordFileName(file), partition: 0, from: 7, to: 14, records: 6, note: { reason: 'block 0 is broken' } },
    ])

    await restoreQuarantined({ store, layout }, 'posts', HOUR, recordFileName(file))
    expect((await listing()).digest).toBe(whole.digest)
    await compactorOn(store).compactHour('posts', HOUR)
    expect(await readDirectory(store)).toEqual(archived.ids)
    expect((await listing()).files).toHaveLength(2)
  })

  it('a compacted file that is quarantined lacks all of its records, and comes back whole', async () => {
    const whole = await listing()
    await compactorOn(store).compactHour('posts', HOUR)
    const file = (await listing()).files[0]!
    await quarantine({ store, layout }, 'posts', HOUR, file, note)
    expect(await quarantinedOf({ store, layout }, 'posts', HOUR, await listing(), recordsOn(store))).toMatchObject([
      { records: 24 },
    ])
    expect(await archivedTo({ store, layout, stream: 'posts' }, 0)).toBe(28)
    await restoreQuarantined({ store, layout }, 'posts', HOUR, recordFileName(file))
    expect(await listing()).toMatchObject({ digest: whole.digest, quarantined: [] })
  })

  it('one that was cut off before its sources were deleted and is then quarantined lacks nothing', async () => {
    const deletes = (step: string) => /^delete .*\/records\//.test(step)
    await expect(compactorOn(mortal(store, deletes, 'before').store).compactHour('posts', HOUR)).rejects.toThrow(Dead)
    const file = (await listing()).files.find(({ contents }) => contents)!
    const { digest } = await listing()
    await quarantine({ store, layout }, 'posts', HOUR, file, note)
    expect(await listing()).toMatchObject({ quarantined: [], digest })
    expect(await readHour(store)).toEqual(archived.ids)
    await compactorOn(store, { writer: 'c2' }).compactHour('posts', HOUR)
    expect(await readHour(store)).toEqual(archived.ids)
  })

  it('one whose compacted file was damaged before its sources were deleted keeps its sources', async () => {
    const deletes = (step: string) => /^delete .*\/records\//.test(step)
    await expect(compactorOn(mortal(store, deletes, 'before').store).compactHour('posts', HOUR)).rejects.toThrow(Dead)
    const file = (await listing()).files.find(({ contents }) => contents)!
    const bytes = await store.read(file.path)
    bytes.fill(0x55, bytes.length >> 1, (bytes.length >> 1) + 16)
    await store.delete(file.path)
    await store.create(file.path, [bytes])
    const again = compactorOn(store, { writer: 'c2' })
    await expect(again.compactHour('posts', HOUR)).rejects.toMatchObject({
      code: 'corrupt',
      facts: { path: file.path },
    })
    await quarantine({ store, layout }, 'posts', HOUR, file, note)
    expect(await readHour(store)).toEqual(archived.ids)
    await again.compactHour('posts', HOUR)
    expect(await readHour(store)).toEqual(archived.ids)
    expect((await listing()).quarantined).toEqual([])
  })

  it('an archive whose last file was damaged in its place goes on: to find that is for readers', async () => {
    const file = (await listing()).files.find(({ partition, to }) => partition === 0 && to === 28)!
    await store.delete(file.path)
    await store.create(file.path, [Buffer.from('half of it')])
    expect(await archivedTo({ store, layout, stream: 'posts' }, 0)).toBe(28)
    await archived.commit(0)
    expect(await archivedTo({ store, layout, stream: 'posts' }, 0)).toBe(35)
  })

  it('an archive whose last file is in quarantine goes on', async () => {
    const file = (await listing()).files.find(({ partition, to }) => partition === 0 && to === 28)!
    await quarantine({ store, layout }, 'posts', HOUR, file, note)
    expect(await archivedTo({ store, layout, stream: 'posts' }, 0)).toBe(28)
    await archived.commit(0)
    expect(await archivedTo({ store, layout, stream: 'posts' }, 0)).toBe(35)
  })
})
