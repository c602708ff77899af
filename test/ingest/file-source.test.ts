import { appendFile, copyFile, mkdtemp, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Position, Source } from '../../ingest/source.ts'
import { createFileSource } from '../../ingest/sources/file.ts'
import { silentLogger } from '../../model/log.ts'
import { batchesOf, collect } from './collect.ts'

let base: string
let folders = 0
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'tendance-files-'))
})
afterAll(() => rm(base, { recursive: true }))

const newFolder = () => mkdtemp(join(base, `${folders++}-`))
const sourceOf = (path: string): Promise<Source> =>
  createFileSource({ path, once: true, quietMs: 0, logger: silentLogger })
const linesOf = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}:${i}`)
const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')

describe('one file', () => {
  it('gives its lines, the last one also without a line feed, and nothing more when asked again', async () => {
    const path = join(await newFolder(), 'posts.jsonl')
    await writeFile(path, '\ufeffa\nb\r\n\nc')
    const [batch, last] = await batchesOf(await sourceOf(path))
    expect([...batch!.records, ...last!.records]).toEqual(['a', 'b\r', '', 'c'])
    expect(batch!.positionOf(2)).toEqual({ file: path, line: 3, byte: 8 })
    expect(await collect(await sourceOf(path), last!.position)).toEqual([])
  })

  it('goes on behind a saved position when it has grown', async () => {
    const path = join(await newFolder(), 'posts.jsonl')
    await writeFile(path, 'a\nb\n')
    const { position } = (await batchesOf(await sourceOf(path))).at(-1)!
    await appendFile(path, 'c\n')
    expect(await collect(await sourceOf(path), position)).toEqual(['c'])
  })

  it('is read from the beginning when another file has its name', async () => {
    const path = join(await newFolder(), 'posts.jsonl')
    await writeFile(path, 'a\nb\n')
    const { position } = (await batchesOf(await sourceOf(path))).at(-1)!
    await writeFile(`${path}.new`, 'x\ny\nz\n')
    await rename(`${path}.new`, path)
    expect(await collect(await sourceOf(path), position)).toEqual(['x', 'y', 'z'])
  })

  it('may be compressed, and goes on in the middle all the same', async () => {
    const path = join(await newFolder(), 'posts.jsonl.gz')
    const lines = linesOf('long'.repeat(30), 20_000)
    await writeFile(path, gzipSync(textOf(lines)))
    const batches = await batchesOf(await sourceOf(path))
    expect(batches.length).toBeGreaterThan(1)
    expect(batches.flatMap(({ records }) => records)).toEqual(lines)
    const first = batches[0]!
    expect(await collect(await sourceOf(path), first.position)).toEqual(lines.slice(first.records.length))
  })

  it('that is not there is bad input, with its path', async () => {
    await expect(sourceOf(join(base, 'nowhere.jsonl'))).rejects.toMatchObject({ code: 'bad-input' })
  })
})

describe('a folder', () => {
  it('gives its files in order of their names and moves them to done', async () => {
    const folder = await newFolder()
    await writeFile(join(folder, 'b.jsonl'), 'b1\nb2\n')
    await writeFile(join(folder, 'a.json.gz'), gzipSync('a1\n'))
    await writeFile(join(folder, 'é.ndjson'), 'é1')
    expect(await collect(await sourceOf(folder))).toEqual(['a1', 'b1', 'b2', 'é1'])
    expect(await readdir(folder)).toEqual(['done'])
    expect((await readdir(join(folder, 'done'))).toSorted()).toEqual(['a.json.gz', 'b.jsonl', 'é.ndjson'])
  })

  it('leaves alone what is not finished or not meant: dot files, other endings, folders, links', async () => {
    const folder = await newFolder()
    for (const name of ['.posts.jsonl', 'posts.jsonl.part', 'README']) await writeFile(join(folder, name), 'x\n')
    await symlink(join(folder, 'README'), join(folder, 'link.jsonl'))
    expect(await collect(await sourceOf(folder))).toEqual([])
    expect(await readdir(folder)).toHaveLength(4)
  })

  it('puts aside what cannot be read as a whole, and goes on with the next', async () => {
    const folder = await newFolder()
    const whole = gzipSync(textOf(linesOf('cut', 50)))
    await writeFile(join(folder, '1.jsonl.gz'), whole.subarray(0, whole.length - 20))
    await writeFile(join(folder, '2.jsonl.gz'), 'this is no archive')
    await writeFile(join(folder, '3.jsonl'), Buffer.from([1, 0, 2, 0]))
    await writeFile(join(folder, '4.jsonl'), 'good\n')
    expect((await collect(await sourceOf(folder))).at(-1)).toBe('good')
    expect((await readdir(join(folder, 'failed'))).toSorted()).toEqual(['1.jsonl.gz', '2.jsonl.gz', '3.jsonl'])
    expect(await readdir(join(folder, 'done'))).toEqual(['4.jsonl'])
  })

  it('never replaces an earlier file of the same name, nor takes the next one for it', async () => {
    const folder = await newFolder()
    for (const round of ['one', 'two', 'three']) {
      await writeFile(join(folder, 'posts.jsonl'), `${round}\n`)
      expect(await collect(await sourceOf(folder))).toEqual([round])
    }
    expect((await readdir(join(folder, 'done'))).toSorted()).toEqual(['posts.1.jsonl', 'posts.2.jsonl', 'posts.jsonl'])
  })

  it('waits until a file is quiet', async () => {
    const folder = await newFolder()
    await writeFile(join(folder, 'posts.jsonl'), 'half a li')
    const stop = new AbortController()
    const source = await createFileSource({ path: folder, quietMs: 3_600_000, pollMs: 5, logger: silentLogger })
    const taken: unknown[] = []
    const reading = (async () => {
      for await (const batch of source.open(undefined, stop.signal)) taken.push(...batch.records)
    })()
    // renamed in with an old time: complete, so it is taken at once, whatever else is still being written
    await writeFile(join(base, 'ready.jsonl'), 'ready\n')
    await utimes(join(base, 'ready.jsonl'), 1_000, 1_000)
    await rename(join(base, 'ready.jsonl'), join(folder, 'ready.jsonl'))
    while (taken.length === 0) await new Promise(setImmediate)
    stop.abort()
    await reading
    expect(taken).toEqual(['ready'])
  })

  it('is read without loss across deaths at any moment, and no file again that was safe', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 24 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.record({ steps: fc.nat(6), saves: fc.boolean(), moves: fc.boolean() }), { maxLength: 5 }),
        async (counts, lives) => {
          const folder = await newFolder()
          // long lines, so that a file of some takes several reads
          const files = counts.map((count, i) => linesOf(`f${i}-${'x'.repeat(60_000)}`, count))
          for (const [i, lines] of files.entries()) await writeFile(join(folder, `f${i}.jsonl`), textOf(lines))
          const seen = new Map<string, number>()
          const safe = new Set<string>()
          let saved: Position | undefined
          for (const life of [...lives, { steps: Number.POSITIVE_INFINITY, saves: true, moves: true }]) {
            const source = await sourceOf(folder)
            let steps = 0
            for await (const batch of source.open(saved, new AbortController().signal)) {
              for (const record of batch.records) {
                const line = String(record)
                // a line that was saved as safe must not come again
                expect(safe.has(line)).toBe(false)
                seen.set(line, (seen.get(line) ?? 0) + 1)
              }
              if (steps++ >= life.steps && !life.saves) break
              saved = batch.position
              for (const line of seen.keys()) safe.add(line)
              if (steps > life.steps && !life.moves) break
              await source.saved?.(batch.position)
              if (steps > life.steps) break
            }
          }
          expect([...seen.keys()].toSorted()).toEqual(files.flat().toSorted())
          expect(await readdir(folder)).toEqual(['done'])
          expect(await readdir(join(folder, 'done'))).toHaveLength(files.length)
          await rm(folder, { recursive: true })
        },
      ),
      { numRuns: 25 },
    )
  })

  it('would give a file again whose end was never saved: the test above can fail', async () => {
    const folder = await newFolder()
    await writeFile(join(folder, 'a.jsonl'), 'a\n')
    await copyFile(join(folder, 'a.jsonl'), join(base, 'kept'))
    await batchesOf(await sourceOf(folder))
    expect(await collect(await sourceOf(folder))).toEqual(['a'])
  })
})
