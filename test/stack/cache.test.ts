import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installOnce, versionedName } from '../../stack/install/cache.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tendance-cache-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const make = (text: string) => async (folder: string) => writeFileSync(join(folder, 'program'), text)
const neverMake = async () => {
  throw new Error('it is there already')
}

describe('an install', () => {
  it('is made once, and found afterwards', async () => {
    const first = await installOnce(root, 'x-1', make('one'))
    expect(await installOnce(root, 'x-1', neverMake)).toBe(first)
    expect(readFileSync(join(first, 'program'), 'utf8')).toBe('one')
  })

  it('that fails leaves nothing, and the next one makes it', async () => {
    const failing = installOnce(root, 'x-1', async (folder) => {
      writeFileSync(join(folder, 'half'), 'half')
      throw new Error('killed')
    })
    await expect(failing).rejects.toThrow('killed')
    expect(readdirSync(root)).toEqual([])
    await installOnce(root, 'x-1', make('one'))
    expect(readdirSync(root)).toEqual(['x-1'])
  })

  it('asked for twice at once in one process is made once', async () => {
    let made = 0
    const count = async () => {
      made++
      await new Promise(setImmediate)
    }
    const [a, b] = await Promise.all([installOnce(root, 'x-1', count), installOnce(root, 'x-1', count)])
    expect({ made, same: a === b }).toEqual({ made: 1, same: true })
  })

  it('that another process finished meanwhile takes that one', async () => {
    const folder = await installOnce(root, 'x-1', async (making) => {
      writeFileSync(join(making, 'program'), 'ours')
      mkdirSync(join(root, 'x-1'))
      writeFileSync(join(root, 'x-1', 'program'), 'theirs')
    })
    expect(readFileSync(join(folder, 'program'), 'utf8')).toBe('theirs')
    expect(readdirSync(root)).toEqual(['x-1'])
  })

  it('sweeps what one left that was killed a day ago, and not what one is making now', async () => {
    const yesterday = new Date(Date.now() - 25 * 3_600_000)
    for (const name of ['.making-old', '.making-new']) mkdirSync(join(root, name))
    utimesSync(join(root, '.making-old'), yesterday, yesterday)
    await installOnce(root, 'x-1', make('one'))
    expect(readdirSync(root).sort()).toEqual(['.making-new', 'x-1'])
  })

  it('has another name when its lock changes', () => {
    expect(versionedName('x-1', 'lock')).toBe(versionedName('x-1', 'lock'))
    expect(versionedName('x-1', 'lock')).not.toBe(versionedName('x-1', 'lock2'))
    expect(versionedName('x-1', 'ab', 'c')).not.toBe(versionedName('x-1', 'a', 'bc'))
  })
})
