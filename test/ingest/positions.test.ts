import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFilePositions } from '../../ingest/positions.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tendance-positions-'))
})
afterAll(() => rm(dir, { recursive: true }))

describe('saved positions', () => {
  it('come back as they were, also to another worker; the last one counts', async () => {
    const stateDir = join(dir, 'deep', 'state')
    const positions = createFilePositions(stateDir)
    expect(await positions.load('file:/a')).toBeUndefined()
    await positions.save('file:/a', { bytes: 1 })
    await positions.save('file:/a', { bytes: 2, file: ['x', null] })
    expect(await createFilePositions(stateDir).load('file:/a')).toEqual({ bytes: 2, file: ['x', null] })
  })

  it('are kept apart for sources whose names look alike in a file name', async () => {
    const positions = createFilePositions(join(dir, 'alike'))
    await positions.save('file:/a/b', 1)
    await positions.save('file:/a-b', 2)
    expect([await positions.load('file:/a/b'), await positions.load('file:/a-b')]).toEqual([1, 2])
  })

  it('are not lost by a death in the middle of saving', async () => {
    const stateDir = join(dir, 'crash')
    const positions = createFilePositions(stateDir)
    await positions.save('s', 1)
    const [name] = await readdir(stateDir)
    await writeFile(join(stateDir, `${name}.new`), '{"source":"s","posi')
    expect(await positions.load('s')).toBe(1)
    await positions.save('s', 2)
    expect(await positions.load('s')).toBe(2)
  })

  it('say so when they cannot be understood, and what to do', async () => {
    const stateDir = join(dir, 'broken')
    const positions = createFilePositions(stateDir)
    await positions.save('s', 1)
    const [name] = await readdir(stateDir)
    await writeFile(join(stateDir, name!), 'nonsense')
    await expect(positions.load('s')).rejects.toThrow(/delete it to begin anew/)
  })
})
