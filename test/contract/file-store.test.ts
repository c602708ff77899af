import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FileStore } from '../../lake/file-store.ts'
import { openStore } from '../../lake/open-store.ts'
import { isAppError } from '../../model/errors.ts'
import { MemoryStore } from '../lake/memory-store.ts'
import { services, uniqueName } from '../services.ts'

const backEnds = [
  { name: 'HDFS', url: async () => services().webhdfs },
  { name: 'a local folder', url: async () => pathToFileURL(await mkdtemp(join(tmpdir(), 'tendance-store-'))).href },
  { name: 'memory (of the tests)', url: async () => 'memory:' },
]

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    return isAppError(error) ? error.code : `not an AppError: ${String(error)}`
  }
}

const bytes = (text: string) => [Buffer.from(text)]

describe.each(backEnds)('a file store on $name', ({ name, url }) => {
  const root = `/${uniqueName('store')}`
  let store: FileStore
  beforeAll(async () => {
    const address = await url()
    store = address === 'memory:' ? new MemoryStore() : openStore({ url: address, user: 'tendance' })
    await store.makeDirs(root)
  })
  afterAll(async () => {
    await store.delete(root, { recursive: true })
    await store[Symbol.asyncDispose]()
    if (name === 'a local folder') await rm(store.address, { recursive: true, force: true })
  })

  it('keeps the bytes of all chunks, making the directories above', async () => {
    const path = `${root}/a/b/c/file`
    await store.create(path, [Buffer.from('one '), Buffer.from(''), Buffer.from('two')])
    expect((await store.read(path)).toString()).toBe('one two')
    expect(await store.stat(path)).toMatchObject({ name: 'file', kind: 'file', bytes: 7 })
    expect(await store.stat(`${root}/a/b`)).toMatchObject({ name: 'b', kind: 'directory' })
  })

  it('keeps an empty file', async () => {
    await store.create(`${root}/empty`, [])
    expect(await store.stat(`${root}/empty`)).toMatchObject({ kind: 'file', bytes: 0 })
    expect(await store.read(`${root}/empty`)).toHaveLength(0)
  })

  it('keeps many megabytes as they are', async () => {
    const large = Buffer.alloc(9_000_001, 'All the world’s a stage ')
    await store.create(`${root}/large`, [large.subarray(0, 5_000_000), large.subarray(5_000_000)])
    expect((await store.read(`${root}/large`)).equals(large)).toBe(true)
    const range = { offset: 4_999_990, length: 20 }
    expect((await store.read(`${root}/large`, range)).equals(large.subarray(4_999_990, 5_000_010))).toBe(true)
  })

  it('gives what there is of a range that goes beyond the end', async () => {
    await store.create(`${root}/short`, bytes('0123456789'))
    const read = async (offset: number, length: number) =>
      (await store.read(`${root}/short`, { offset, length })).toString()
    expect(await read(8, 5)).toBe('89')
    expect(await read(10, 5)).toBe('')
    expect(await read(11, 5)).toBe('')
    expect(await read(3, 0)).toBe('')
  })

  it('refuses to create what is there, and leaves it as it was', async () => {
    await store.create(`${root}/once`, bytes('first'))
    expect(await codeOf(store.create(`${root}/once`, bytes('second, longer')))).toBe('exists')
    expect((await store.read(`${root}/once`)).toString()).toBe('first')
  })

  it('says what is not there', async () => {
    expect(await store.stat(`${root}/nothing`)).toBeUndefined()
    expect(await store.list(`${root}/nothing`)).toEqual([])
    expect(await store.delete(`${root}/nothing`)).toBe(false)
    expect(await codeOf(store.read(`${root}/nothing`))).toBe('not-found')
    expect(await codeOf(store.renameNoClobber(`${root}/nothing`, `${root}/else`))).toBe('not-found')
    expect(await codeOf(store.renameReplace(`${root}/nothing`, `${root}/else`))).toBe('not-found')
  })

  it('keeps names with spaces, percent signs, plus, question marks and other scripts', async () => {
    const names = ['a b', 'a%20b', 'a+b', 'a?b', 'a#b', 'à', '日本', '😀', "it's", 'a&b=c'].map((each) => `x ${each}`)
    for (const each of names) await store.create(`${root}/names/${each}`, bytes(each))
    expect((await store.list(`${root}/names`)).map((info) => info.name).sort()).toEqual(names.toSorted())
    for (const each of names) {
      await store.renameNoClobber(`${root}/names/${each}`, `${root}/names/moved ${each}`)
      expect((await store.read(`${root}/names/moved ${each}`)).toString()).toBe(each)
    }
  })

  it('lists by name in byte order, from any name on, over more than a page', async () => {
    const names = Array.from({ length: 1_203 }, (_, i) => `n${String(i).padStart(5, '0')}`).concat(['Z', '_last'])
    for (let i = 0; i < names.length; i += 16) {
      await Promise.all(names.slice(i, i + 16).map((each) => store.makeDirs(`${root}/many/${each}`)))
    }
    const sorted = names
      .map((each) => Buffer.from(each))
      .sort(Buffer.compare)
      .map(String)
    const listed = async (after?: string) =>
      (await store.list(`${root}/many`, after === undefined ? {} : { after })).map((info) => info.name)
    expect(await listed()).toEqual(sorted)
    expect(await listed('n01200')).toEqual(['n01201', 'n01202'])
    expect(await listed('n01200x')).toEqual(['n01201', 'n01202'])
    expect(await listed('n01202')).toEqual([])
  }, 60_000)

  it('tells when a directory changed: an entry came, went or was replaced in it, and not further below', async () => {
    const changedAt = async (dir: string) => (await store.stat(`${root}/${dir}`))!.modifiedAt
    await store.makeDirs(`${root}/changes/day/hour`)
    await store.create(`${root}/changes/temporary`, bytes('x'))
    const [day, hour] = [await changedAt('changes/day'), await changedAt('changes/day/hour')]
    await new Promise((resolve) => setTimeout(resolve, 20))
    await store.renameNoClobber(`${root}/changes/temporary`, `${root}/changes/day/hour/file`)
    expect(await changedAt('changes/day/hour')).toBeGreaterThan(hour)
    expect(await changedAt('changes/day')).toBe(day)
    await store.makeDirs(`${root}/changes/day/next`)
    expect(await changedAt('changes/day')).toBeGreaterThan(day)
    const [listed] = (await store.list(`${root}/changes`)).filter(({ name }) => name === 'day')
    expect(listed?.modifiedAt).toBe(await changedAt('changes/day'))
    const there = await changedAt('changes/day/hour')
    await new Promise((resolve) => setTimeout(resolve, 20))
    await store.delete(`${root}/changes/day/hour/file`)
    const gone = await changedAt('changes/day/hour')
    expect(gone).toBeGreaterThan(there)
    await store.create(`${root}/changes/_first`, bytes('1'))
    await store.create(`${root}/changes/_second`, bytes('2'))
    await store.renameReplace(`${root}/changes/_first`, `${root}/changes/day/hour/_SEALED`)
    const sealed = await changedAt('changes/day/hour')
    await new Promise((resolve) => setTimeout(resolve, 20))
    await store.renameReplace(`${root}/changes/_second`, `${root}/changes/day/hour/_SEALED`)
    expect(await changedAt('changes/day/hour'), 'replacing an entry is a change').toBeGreaterThan(sealed)
  })

  it('renames a file or a directory to a name that is free', async () => {
    await store.create(`${root}/from/file`, bytes('content'))
    await store.renameNoClobber(`${root}/from/file`, `${root}/from/moved`)
    expect(await store.stat(`${root}/from/file`)).toBeUndefined()
    await store.renameNoClobber(`${root}/from`, `${root}/to`)
    expect((await store.read(`${root}/to/moved`)).toString()).toBe('content')
  })

  it('does not rename onto a file or into a directory', async () => {
    await store.create(`${root}/r/source`, bytes('source'))
    await store.create(`${root}/r/file`, bytes('target'))
    await store.makeDirs(`${root}/r/dir`)
    expect(await codeOf(store.renameNoClobber(`${root}/r/source`, `${root}/r/file`))).toBe('exists')
    expect(await codeOf(store.renameNoClobber(`${root}/r/source`, `${root}/r/dir`))).toBe('exists')
    expect(await codeOf(store.renameNoClobber(`${root}/r/dir`, `${root}/to`))).toBe('exists')
    expect((await store.read(`${root}/r/file`)).toString()).toBe('target')
    expect((await store.read(`${root}/r/source`)).toString()).toBe('source')
    expect(await store.list(`${root}/r/dir`)).toEqual([])
  })

  it('says not-found when the directory of the target is missing, and keeps the source', async () => {
    await store.create(`${root}/orphan`, bytes('x'))
    expect(await codeOf(store.renameNoClobber(`${root}/orphan`, `${root}/missing/dir/x`))).toBe('not-found')
    expect(await store.stat(`${root}/orphan`)).toBeDefined()
  })

  it('lets exactly one of eight win who rename to the same name at once, ten times over', async () => {
    for (let round = 0; round < 10; round++) {
      const target = `${root}/race/${round}/target`
      const sources = Array.from({ length: 8 }, (_, i) => `${root}/race/${round}/source-${i}`)
      await Promise.all(sources.map((source) => store.create(source, bytes(source))))
      const codes = await Promise.all(sources.map((source) => codeOf(store.renameNoClobber(source, target))))
      expect(codes.toSorted()).toEqual([...Array(7).fill('exists'), 'none'])
      const winner = sources[codes.indexOf('none')]!
      expect((await store.read(target)).toString()).toBe(winner)
      expect(await store.list(`${root}/race/${round}`)).toHaveLength(8)
    }
  })

  it('lets all eight win who replace: the twin of the race above', async () => {
    const sources = Array.from({ length: 8 }, (_, i) => `${root}/replace/source-${i}`)
    await Promise.all(sources.map((source) => store.create(source, bytes(source))))
    const codes = await Promise.all(
      sources.map((source) => codeOf(store.renameReplace(source, `${root}/replace/target`))),
    )
    expect(codes).toEqual(Array(8).fill('none'))
    expect(sources).toContain((await store.read(`${root}/replace/target`)).toString())
    expect(await store.list(`${root}/replace`)).toHaveLength(1)
  })

  it('deletes files, empty directories, and full ones only when told', async () => {
    await store.create(`${root}/d/e/file`, bytes('x'))
    expect(await codeOf(store.delete(`${root}/d`))).not.toBe('none')
    expect(await store.delete(`${root}/d/e/file`)).toBe(true)
    expect(await store.delete(`${root}/d/e`)).toBe(true)
    await store.create(`${root}/d/f`, bytes('x'))
    expect(await store.delete(`${root}/d`, { recursive: true })).toBe(true)
    expect(await store.stat(`${root}/d`)).toBeUndefined()
  })

  it('stops when told: nothing whole is left under the name', async () => {
    const stopped = AbortSignal.abort()
    expect(await codeOf(store.create(`${root}/stopped`, bytes('never'), stopped))).toBe('cancelled')
    expect((await store.stat(`${root}/stopped`))?.bytes ?? 0).toBe(0)
    await store.create(`${root}/there`, bytes('x'))
    expect(await codeOf(store.read(`${root}/there`, undefined, stopped))).toBe('cancelled')
  })
})

describe('a file store that does not answer', () => {
  it('is unavailable, after its retries, with the address and what to do', async () => {
    const retries = { firstWaitMs: 1, waitMsMax: 5, totalMs: 30 }
    await using store = openStore({ url: 'http://127.0.0.1:1', user: 'tendance' }, { retries })
    await expect(store.list('/')).rejects.toMatchObject({
      code: 'unavailable',
      retry: 'later',
      message: expect.stringMatching(/127\.0\.0\.1:1\/webhdfs\/v1.*ECONNREFUSED.*tendance stack up/),
    })
  })

  it('is a bad configuration when its address is no kind that we know', () => {
    expect(() => openStore({ url: 'ftp://somewhere', user: '' })).toThrow(/ftp:\/\/somewhere.*TENDANCE_LAKE_URL/)
  })
})
