import { beforeEach, describe, expect, it } from 'vitest'
import { layoutAt, recordFileName } from '../../lake/layout.ts'
import { listHour, type RecordFile } from '../../lake/listing.ts'
import { listQuarantine, quarantine, quarantinedOf, recordFileAt, restoreQuarantined } from '../../lake/quarantine.ts'
import { DEATHS, Dead, mortal } from './broken-store.ts'
import { Archived, HOUR, recordsOn } from './compact/hour-of-files.ts'
import { MemoryStore } from './memory-store.ts'

const layout = layoutAt('/tendance')
const options = {
  reason: 'block 3 at byte 77 is broken',
  at: 1_700_000_000_000,
  by: 'a run',
  records: 6,
  unique: 'w/q-1',
}

/** Of a file of the log that was set aside, and of which nobody has decided anything. */
const asIs = { vanished: false, accepted: null, foreign: false }

let store: MemoryStore
let file: RecordFile
const listing = (disk = store) => listHour({ store: disk, layout }, 'posts', HOUR)
const lacking = async (disk = store) =>
  quarantinedOf({ store: disk, layout }, 'posts', HOUR, await listing(disk), recordsOn(disk))

beforeEach(async () => {
  store = new MemoryStore()
  await new Archived(store).commits(3)
  file = (await listing()).files[1]!
})

describe('a quarantined file', () => {
  it('is hidden in its hour with its bytes, and listed with reason, offsets and records', async () => {
    const bytes = await store.read(file.path)
    const path = await quarantine({ store, layout }, 'posts', HOUR, file, options)
    const name = recordFileName(file)
    expect(path).toBe(`${layout.hourDir('posts', HOUR)}/_${name}.quarantined`)
    expect(await store.read(path!)).toEqual(bytes)
    expect((await listing()).files.map(({ partition, from }) => `${partition}:${from}`)).not.toContain('0:7')
    const expected = { hour: HOUR, path, name, partition: 0, from: 7, to: 14, bytes: bytes.length, records: 6, ...asIs }
    const note = { reason: options.reason, at: options.at, by: options.by }
    expect(await lacking()).toEqual([{ ...expected, note }])
    expect(await listQuarantine({ store, layout }, 'posts', recordsOn(store))).toEqual([{ ...expected, note }])
    expect(recordFileAt(path!)).toEqual({ hour: HOUR, name })
    expect(recordFileAt(file.path)).toEqual({ hour: HOUR, name })
    expect(recordFileAt('/tendance/posts/records/2026/11/16/07/_SEALED')).toBeUndefined()
  })

  it('makes a digest that no other hour has, and restored, the first one again', async () => {
    const whole = await listing()
    await quarantine({ store, layout }, 'posts', HOUR, file, options)
    const without = await listing()
    // An hour that never had the file: what is missing must not look like what was never there.
    const other = new MemoryStore()
    for (const { path } of without.files) await other.create(path, [await store.read(path)])
    const never = await listing(other)
    expect(new Set([whole.digest, without.digest, never.digest]).size).toBe(3)
    expect(without.wholeDigest).toBe(whole.digest)
    expect(never.wholeDigest).not.toBe(whole.digest)
    await restoreQuarantined({ store, layout }, 'posts', HOUR, recordFileName(file))
    expect(await listing()).toEqual(whole)
    expect(await store.stat(layout.quarantineNote('posts', HOUR, recordFileName(file)))).toBeUndefined()
  })

  it('is there when its note is lost, and a note without a file means nothing', async () => {
    await quarantine({ store, layout }, 'posts', HOUR, file, options)
    await store.delete(layout.quarantineNote('posts', HOUR, recordFileName(file)))
    expect(await lacking()).toMatchObject([{ records: 6, note: null }])
    const other = (await listing()).files[0]!
    await quarantine({ store, layout }, 'posts', HOUR, other, options)
    await store.renameReplace(`${layout.hourDir('posts', HOUR)}/_${recordFileName(other)}.quarantined`, other.path)
    expect(await listQuarantine({ store, layout }, 'posts', recordsOn(store))).toHaveLength(1)
  })

  it('is found beside what a stranger has put among the notes', async () => {
    await quarantine({ store, layout }, 'posts', HOUR, file, options)
    await store.makeDirs(`${layout.quarantineDir('posts')}/lost+found/01/01/01`)
    expect(await listQuarantine({ store, layout }, 'posts', recordsOn(store))).toHaveLength(1)
  })

  it('is mended by a good copy in its place as well', async () => {
    const whole = await listing()
    const bytes = await store.read(file.path)
    await quarantine({ store, layout }, 'posts', HOUR, file, options)
    await store.create(file.path, [bytes])
    expect(await listing()).toEqual(whole)
  })

  it('whose good copy goes bad as well is missing once', async () => {
    const bytes = await store.read(file.path)
    const first = await quarantine({ store, layout }, 'posts', HOUR, file, options)
    await store.create(file.path, [bytes])
    const second = await quarantine({ store, layout }, 'posts', HOUR, file, { ...options, unique: 'w/q-2' })
    expect(second).toBe(`${first}.2`)
    expect(await lacking()).toMatchObject([{ path: first, records: 6 }])
    await restoreQuarantined({ store, layout }, 'posts', HOUR, recordFileName(file))
    expect(await lacking()).toEqual([])
  })

  it('quarantined by two is quarantined once; one that is gone is nobody’s', async () => {
    const [one, other] = await Promise.all([
      quarantine({ store, layout }, 'posts', HOUR, file, options),
      quarantine({ store, layout }, 'posts', HOUR, file, { ...options, unique: 'w/q-2' }),
    ])
    expect(other).toBe(one)
    const gone = (await listing()).files[0]!
    await store.delete(gone.path)
    expect(await quarantine({ store, layout }, 'posts', HOUR, gone, options)).toBeUndefined()
  })

  it('cut off at any step, in any way, is either in its place or quarantined with its note, and can be done again', async () => {
    const undisturbed = mortal(store, 0, 'before')
    await quarantine({ store: undisturbed.store, layout }, 'posts', HOUR, file, options)
    for (const death of DEATHS) {
      for (let at = 1; at <= undisturbed.steps.length; at += 1) {
        const disk = new MemoryStore()
        await new Archived(disk).commits(3)
        const dying = mortal(disk, at, death).store
        await expect(quarantine({ store: dying, layout }, 'posts', HOUR, file, options)).rejects.toThrow(Dead)
        const { files, quarantined } = await listing(disk)
        expect(files.length + quarantined.length).toBe(6)
        for (const { note } of await lacking(disk)) expect(note?.reason).toBe(options.reason)
        await quarantine({ store: disk, layout }, 'posts', HOUR, file, { ...options, unique: 'w/q-2' })
        expect(await lacking(disk)).toMatchObject([{ from: 7, note: { reason: options.reason } }])
      }
    }
  })
})
