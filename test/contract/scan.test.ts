import http from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FileStore } from '../../lake/file-store.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { createCounters } from '../../lake/scan/counters.ts'
import type { FileReader } from '../../lake/scan/file-reader.ts'
import { HdfsBlockReader } from '../../lake/scan/hdfs/block-reader.ts'
import { createTallies } from '../../lake/tallies.ts'
import { HdfsNameNode } from '../../lake/webhdfs/name-node.ts'
import { AppError } from '../../model/errors.ts'
import { silentLogger } from '../../model/log.ts'
import { HOUR, plainCount, recordFileBytes, requestOf, somePosts } from '../lake/scan/lake-files.ts'
import { services, uniqueName } from '../services.ts'

const USER = 'tendance'
const root = `/${uniqueName('scan')}`
let store: FileStore

beforeAll(async () => {
  store = openStore({ url: services().webhdfs, user: USER })
  await store.makeDirs(root)
})
afterAll(async () => {
  await store.delete(root, { recursive: true })
  await store[Symbol.asyncDispose]()
})

/** A reader by the data port alone: what it cannot read, nobody does. */
function blockReader(fallback: (path: string) => void = () => {}): HdfsBlockReader {
  const none: FileReader = {
    readInto: async (path) => {
      fallback(path)
      throw new AppError('unavailable', `${path} was not read from the data port`)
    },
    readChecked: async () => {
      throw new AppError('unavailable', 'was not asked for')
    },
    async [Symbol.asyncDispose]() {},
  }
  return new HdfsBlockReader({
    nameNode: new HdfsNameNode({ url: services().webhdfs, user: USER }),
    fallback: none,
    logger: silentLogger,
  })
}

const noise = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 2_654_435_761) >>> 24))

/** Writes a file of several HDFS blocks: `FileStore` has no need to choose their size. */
async function createInBlocks(path: string, data: Buffer, blockBytes: number): Promise<void> {
  const query = `op=CREATE&user.name=${USER}&blocksize=${blockBytes}&noredirect=true`
  const put = (url: string, body: Buffer) =>
    new Promise<string>((resolve, reject) => {
      const request = http.request(
        url,
        { method: 'PUT', headers: { 'content-type': 'application/octet-stream' } },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => resolve(Buffer.concat(chunks).toString()))
        },
      )
      request.on('error', reject)
      request.end(body)
    })
  const { Location } = JSON.parse(await put(`${services().webhdfs}/webhdfs/v1${path}?${query}`, Buffer.alloc(0))) as {
    Location: string
  }
  await put(Location, data)
}

describe('reading record files from the data port of HDFS', () => {
  it.each([1, 511, 65_536, 65_537, 1_000_003])('gives a file of %i bytes as WebHDFS does', async (bytes) => {
    const path = `${root}/of ${bytes} bytes é`
    await store.create(path, [noise(bytes)])
    await using reader = blockReader()
    const target = Buffer.alloc(bytes + 10, 0xee)
    for (let again = 0; again < 3; again++) {
      await reader.readInto(path, bytes, target.fill(0xee))
      expect(target.subarray(0, bytes).equals(await store.read(path))).toBe(true)
      expect(target.subarray(bytes)).toEqual(Buffer.alloc(10, 0xee))
    }
  })

  it('puts the blocks of a file one behind the other', async () => {
    const data = noise(3 * 1_048_576 + 12_345)
    await createInBlocks(`${root}/blocks`, data, 1_048_576)
    await using reader = blockReader()
    const target = Buffer.alloc(data.length)
    await reader.readInto(`${root}/blocks`, data.length, target)
    expect(target.equals(data)).toBe(true)
  })

  it('says that a file is not what was listed when its length is another', async () => {
    await store.create(`${root}/short`, [noise(100)])
    await using reader = blockReader()
    await expect(reader.readInto(`${root}/short`, 101, Buffer.alloc(200))).rejects.toMatchObject({ code: 'corrupt' })
  })

  it('goes by WebHDFS when the data port does not give it', async () => {
    const asked: string[] = []
    await using reader = blockReader((path) => asked.push(path))
    await expect(reader.readInto(`${root}/none`, 10, Buffer.alloc(10))).rejects.toMatchObject({ code: 'unavailable' })
    expect(asked).toEqual([`${root}/none`])
  })
})

describe('counting an hour of a lake on HDFS', () => {
  it('counts what a plain count of the posts gives, and keeps every term in the lake', async () => {
    const layout = layoutAt(`${root}/lake`)
    const posts = [0, 1, 2].map((partition) => somePosts(HOUR, partition, 500))
    const files = await Promise.all(
      posts.map(async (some, partition) => {
        const path = `${layout.hourDir('posts', HOUR)}/${partition}-0000000000000000-0000000000000500.avro`
        const bytes = await recordFileBytes(some)
        await store.create(path, [bytes])
        return { path, partition, bytes: bytes.length }
      }),
    )
    await using counters = createCounters({ lake: { url: services().webhdfs, user: USER }, threads: 2, spreadBytes: 0 })
    const counted = await counters.countHour(requestOf(HOUR, files))
    const truth = plainCount(posts.flat())
    expect(new Map(counted.columns.keys.map((key, i) => [key, counted.columns.counts[i]]))).toEqual(truth)

    const tallies = createTallies({ store, layout, writer: uniqueName('writer') })
    const path = await tallies.write(counted.facts, counted.file)
    const keys = [...truth.keys(), 'nobody wrote this']
    expect(await tallies.lookup({ path }, keys)).toEqual(keys.map((key) => truth.get(key) ?? 0))

    const missing = requestOf(HOUR, [...files, { path: `${root}/gone.avro`, partition: 7, bytes: 10 }])
    await expect(counters.countHour(missing)).rejects.toMatchObject({ code: 'not-found' })
  })
})
