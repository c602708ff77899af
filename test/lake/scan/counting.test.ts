import { describe, expect, it } from 'vitest'
import { Counting } from '../../../lake/scan/counting.ts'
import type { FileReader } from '../../../lake/scan/file-reader.ts'
import { ReadAhead } from '../../../lake/scan/read-ahead.ts'
import { TERM_LENGTH_MAX } from '../../../model/terms/term-length.ts'
import { HOUR, plainCount, recordFileBytes, requestOf, somePosts } from './lake-files.ts'

/** Gives files from memory: the fast way with the damage that `damage` does, the checked way as they are, or not. */
function readerOf(
  files: ReadonlyMap<string, Buffer>,
  damage: (bytes: Uint8Array, path: string) => void,
  heals: boolean,
) {
  const asked: string[] = []
  const reader: FileReader = {
    async readInto(path, _bytes, target) {
      asked.push(path)
      target.set(files.get(path)!)
      damage(target, path)
    },
    async readChecked(path, bytes, target) {
      if (!heals) return this.readInto(path, bytes, target)
      asked.push(`checked ${path}`)
      target.set(files.get(path)!)
    },
    async [Symbol.asyncDispose]() {},
  }
  return { reader, asked }
}

const ignore = { signal: new AbortController().signal, fileAfter: () => undefined, onProgress: () => {} }

describe('counting a file that was read with damage', () => {
  const posts = [0, 1].map((partition) => somePosts(HOUR, partition, 200))
  const lake = async () => {
    const files = new Map<string, Buffer>()
    for (const [partition, some] of posts.entries()) files.set(`/${partition}.avro`, await recordFileBytes(some))
    const { name, files: recordFiles } = requestOf(
      HOUR,
      [...files].map(([path, bytes], partition) => ({ path, partition, bytes: bytes.length })),
    )
    const { stream, extractor } = name
    return {
      files,
      job: { kind: 'count', stream, extractor, termLengthMax: TERM_LENGTH_MAX, files: recordFiles, name } as const,
    }
  }
  const flip = (bytes: Uint8Array, path: string) => {
    if (path === '/1.avro') bytes[2_500]! ^= 1
  }

  it('reads the unit again by the checked way, and counts nothing twice', async () => {
    const { files, job } = await lake()
    const { reader, asked } = readerOf(files, flip, true)
    const result = await new Counting(new ReadAhead(reader)).run(job, ignore)
    const truth = plainCount(posts.flat())
    expect(
      result.kind === 'tally' && new Map(result.columns.keys.map((key, i) => [key, result.columns.counts[i]])),
    ).toEqual(truth)
    expect(asked).toEqual(['/0.avro', '/1.avro', 'checked /0.avro', 'checked /1.avro'])
  })

  it('fails when it is damaged in the store itself, and counts the next unit right', async () => {
    const { files, job } = await lake()
    let damaged = true
    const { reader } = readerOf(files, (bytes, path) => damaged && flip(bytes, path), false)
    const counting = new Counting(new ReadAhead(reader))
    await expect(counting.run(job, ignore)).rejects.toMatchObject({ code: 'corrupt', facts: { path: '/1.avro' } })
    damaged = false
    const result = await counting.run(job, ignore)
    expect(result.kind === 'tally' && result.facts.records).toBe(new Set(posts.flat().map(({ id }) => id)).size)
  })
})
