/** A directory of an hour against the log: what vanished, what was cut off, what is foreign; and a whole hour, where nothing is done. */
import { beforeEach, describe, expect, it } from 'vitest'
import { createLake, type Lake } from '../../lake/lake.ts'
import { missingName, recordFileName } from '../../lake/layout.ts'
import type { RecordFile } from '../../lake/listing.ts'
import { nextHour } from '../../model/time.ts'
import { Archived, compactorOn, HOUR, layout } from './compact/hour-of-files.ts'
import { MemoryStore } from './memory-store.ts'

const PER_FILE = 6
const look = { at: 1_700_000_000_000, by: 'a test' }
const SEALED_AT = Date.parse('2026-11-16T08:02:00Z')

let store: MemoryStore
let archived: Archived
let lake: Lake
let file: RecordFile

/** An hour of six files in two partitions, sealed. */
beforeEach(async () => {
  store = new MemoryStore()
  archived = new Archived(store)
  await archived.commits(3)
  lake = createLake({ store, layout }, 'test')
  await lake.sealHour('posts', HOUR, SEALED_AT)
  file = (await lake.listHour('posts', HOUR)).files[1]!
})

const settle = async (hour = HOUR) => (await lake.settleHour('posts', hour, look)).listing
const stock = () => lake.stock('posts', HOUR)
const names = async (hour = HOUR) => (await store.list(layout.hourDir('posts', hour))).map(({ name }) => name)

describe('a whole hour', () => {
  it('is left as it is, sealed, with late files, and compacted', async () => {
    const before = await names()
    expect((await settle()).quarantined).toEqual([])
    expect(await names()).toEqual(before)
    await archived.commit(0)
    expect(await settle()).toMatchObject({ quarantined: [], foreign: [] })
    await compactorOn(store).compactHour('posts', HOUR)
    expect(await settle()).toMatchObject({ quarantined: [], foreign: [] })
    expect(await names()).toHaveLength(3)
  })
})

describe('a file that vanished from a sealed hour', () => {
  it('is noted: the hour lacks it, and its digest as if it were whole is the one that was sealed', async () => {
    const whole = await lake.listHour('posts', HOUR)
    await store.delete(file.path)
    const listing = await settle()
    expect(listing.quarantined).toMatchObject([{ from: file.from, to: file.to, bytes: file.bytes, vanished: true }])
    expect(listing.wholeDigest).toBe(whole.digest)
    expect(listing.digest).not.toBe(whole.digest)
    expect(await stock()).toMatchObject({
      records: 5 * PER_FILE,
      quarantined: { files: 1, records: PER_FILE, vanished: { files: 1, records: PER_FILE } },
    })
    const [listed] = await lake.listQuarantine('posts')
    expect(listed).toMatchObject({ vanished: true, records: PER_FILE, note: { by: 'a test' } })
    expect(listed!.note!.reason).toContain('vanished')
    const again = await names()
    await settle()
    expect(await names(), 'once is enough').toEqual(again)
  })

  it('heals by itself when it is back, whole', async () => {
    const whole = await lake.listHour('posts', HOUR)
    const bytes = await store.read(file.path)
    await store.delete(file.path)
    await settle()
    await store.create(file.path, [bytes.subarray(0, 100)])
    expect((await lake.listHour('posts', HOUR)).quarantined, 'half a copy is none').toHaveLength(1)
    await store.delete(file.path)
    await store.create(file.path, [bytes])
    expect(await lake.listHour('posts', HOUR)).toEqual(whole)
    expect(await settle()).toEqual(whole)
  })

  it('is seen beside a late file that came, which has as many records', async () => {
    await store.delete(file.path)
    await archived.commit(0)
    expect((await settle()).quarantined).toMatchObject([{ from: file.from }])
  })

  it('is seen when its whole hour vanished with the seal, by the offsets that the hour had', async () => {
    const { partitions } = (await lake.readSeal('posts', HOUR))!
    await store.delete(layout.hourDir('posts', HOUR), { recursive: true })
    expect((await settle()).quarantined, 'the twin: without them nothing is known').toEqual([])
    const { listing } = await lake.settleHour('posts', HOUR, { ...look, had: partitions })
    expect(listing.quarantined).toHaveLength(6)
  })

  it('before it was sealed is seen by what was committed', async () => {
    const next = nextHour(HOUR)
    const [first] = (await lake.listHour('posts', next)).files
    await store.delete(first!.path)
    expect((await settle(next)).quarantined, 'the twin').toEqual([])
    const committed = (await lake.committedSince('posts', 0)).get(next)
    const { listing } = await lake.settleHour('posts', next, { ...look, committed })
    expect(listing.quarantined).toMatchObject([{ from: first!.from, vanished: true }])
    expect(await lake.committedSince('posts', Date.now() + 1_000)).toEqual(new Map())
  })

  it('is not hidden by a compaction of its neighbours', async () => {
    await store.delete(file.path)
    await settle()
    await compactorOn(store).compactHour('posts', HOUR)
    expect((await lake.listHour('posts', HOUR)).quarantined).toMatchObject([{ from: file.from }])
    expect(await stock()).toMatchObject({ records: 5 * PER_FILE, quarantined: { records: PER_FILE } })
  })

  it('after it was compacted with others is all that they held', async () => {
    await compactorOn(store).compactHour('posts', HOUR)
    const [compacted, other] = (await lake.listHour('posts', HOUR)).files
    const bytes = await store.read(compacted!.path)
    const whole = await lake.listHour('posts', HOUR)
    await store.delete(compacted!.path)
    const listing = await settle()
    expect(listing.files).toEqual([other])
    expect(listing.wholeDigest).toBe(whole.digest)
    expect(await stock()).toMatchObject({ records: 3 * PER_FILE, quarantined: { files: 3, records: 3 * PER_FILE } })
    await store.create(compacted!.path, [bytes])
    expect(await settle()).toEqual(whole)
  })

  it('while its commit is under way is not missing', async () => {
    const committed = [
      { hour: HOUR, name: '0-0000000000000900-0000000000000901.avro', temp: '/tmp/x', bytes: 5, records: 1 },
    ]
    await store.create('/tmp/x', [Buffer.from('12345')])
    expect((await lake.settleHour('posts', HOUR, { ...look, committed })).listing.quarantined).toEqual([])
    await store.delete('/tmp/x')
    expect((await lake.settleHour('posts', HOUR, { ...look, committed })).listing.quarantined).toHaveLength(1)
  })
})

describe('a file of another length', () => {
  it.each([0, 100])('is set aside with the length that it must have, when %i bytes are left', async (length) => {
    const whole = await lake.listHour('posts', HOUR)
    const bytes = await store.read(file.path)
    await store.delete(file.path)
    await store.create(file.path, [bytes.subarray(0, length)])
    const listing = await settle()
    expect(listing.quarantined).toMatchObject([{ from: file.from, bytes: file.bytes }])
    expect(listing.quarantined[0]!.vanished).toBeUndefined()
    expect(listing.wholeDigest).toBe(whole.digest)
    expect(await stock()).toMatchObject({ quarantined: { files: 1, records: PER_FILE } })
    await store.create(file.path, [bytes])
    expect(await settle()).toEqual(whole)
  })
})

describe('a file that no commit knows', () => {
  const foreign = '7-0000000000000000-0000000000000005.avro'

  it('is hidden, counted as nothing, and changes neither digest nor account', async () => {
    const [whole, before] = [await lake.listHour('posts', HOUR), await stock()]
    await store.create(`${layout.hourDir('posts', HOUR)}/${foreign}`, [Buffer.from('put here by hand')])
    const listing = await settle()
    expect(listing.foreign).toMatchObject([{ partition: 7 }])
    expect({ ...listing, foreign: [] }).toEqual(whole)
    expect(await stock()).toEqual(before)
    expect(await names()).toContain(`_${foreign}.foreign`)
  })

  it('moved from another hour is foreign here and missing there', async () => {
    const next = nextHour(HOUR)
    await lake.sealHour('posts', next, SEALED_AT + 3_600_000)
    const name = recordFileName(file)
    await store.renameReplace(file.path, `${layout.hourDir('posts', next)}/9-${name.slice(2)}`)
    expect((await settle(next)).foreign).toHaveLength(1)
    expect((await settle()).quarantined).toMatchObject([{ from: file.from, vanished: true }])
    expect(await names()).toContain(missingName(name, file.bytes))
  })

  it('whose commit entry is gone is not foreign: it may be the only copy, and a person decides', async () => {
    await store.delete(layout.commitFile('posts', 0, file.from))
    const fresh = createLake({ store, layout }, 'fresh')
    await store.delete(layout.sealFile('posts', HOUR))
    const { listing } = await fresh.settleHour('posts', HOUR, look)
    expect(listing).toMatchObject({ foreign: [] })
    expect(listing.files).toHaveLength(6)
    await expect(fresh.stock('posts', HOUR)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('tendance accept-loss'),
    })
  })

  it('quarantined by a release that did not know better does not stop its hour', async () => {
    await store.create(`${layout.hourDir('posts', HOUR)}/_${foreign}.quarantined`, [Buffer.from('put here by hand')])
    expect(await stock()).toMatchObject({ records: 6 * PER_FILE, quarantined: { files: 0, records: 0 } })
  })
})

it('directories that no calendar has are passed over', async () => {
  const root = layout.recordsDir('posts')
  for (const odd of ['2026/11/31/05', '2026/13', 'abc', '2026/11/16/24', '2026/02/30/01']) {
    await store.makeDirs(`${root}/${odd}`)
  }
  expect(await lake.listHours('posts')).toEqual([HOUR, nextHour(HOUR)])
  expect((await lake.recentHours('posts', null)).hours).toEqual([HOUR, nextHour(HOUR)])
})
