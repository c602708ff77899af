import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readContainer } from '../../../lake/avro/container-reader.ts'
import { type CountRequest, createCounters } from '../../../lake/scan/counters.ts'
import type { RecordFile } from '../../../lake/scan/messages.ts'
import { createTallies } from '../../../lake/tallies.ts'
import { type Post, posts as stream } from '../../../model/streams/posts.ts'
import type { AvroSchema } from '../../../model/streams/stream.ts'
import { type HourId, nextHour } from '../../../model/time.ts'
import {
  HOUR,
  type LocalLake,
  layout,
  localLake,
  plainCount,
  recordFileBytes,
  requestOf,
  somePosts,
  writeRecords,
} from './lake-files.ts'

const plainIds = (posts: readonly Post[]) => new Set(posts.map((post) => post.id)).size

/** An hour of four partitions, two files each; the second repeats posts of the first. */
async function writeHour(lake: LocalLake, hour: HourId, count = 230) {
  const files: RecordFile[] = []
  const posts = []
  for (let partition = 0; partition < 4; partition++) {
    const all = somePosts(hour, partition, count)
    const again = [...all.slice(-200), ...all.slice(0, 20)]
    files.push(await writeRecords(lake.store, hour, partition, 0, all.slice(0, -200)))
    files.push(await writeRecords(lake.store, hour, partition, 1_000_000, again))
    posts.push(...all, ...all.slice(0, 20))
  }
  return { request: requestOf(hour, files.toReversed()), posts }
}

async function damage(lake: LocalLake, path: string, at: number): Promise<void> {
  const file = await open(join(fileURLToPath(lake.address.url), path), 'r+')
  await file.write(Buffer.from([0xff, 0xff, 0xff]), 0, 3, at)
  await file.close()
}

describe('counting an hour on threads', () => {
  it('counts each record once and each term once a record, over all files of a partition', async () => {
    await using lake = await localLake()
    const { request, posts } = await writeHour(lake, HOUR)
    await using counters = createCounters({ lake: lake.address, threads: 1 })
    const counted = await counters.countHour(request)
    const truth = plainCount(posts)
    const ids = plainIds(posts)
    expect(counted.facts).toMatchObject({ records: ids, copies: posts.length - ids, distinct: truth.size })
    expect(new Map(counted.columns.keys.map((key, i) => [key, counted.columns.counts[i]]))).toEqual(truth)
    expect(counted.columns.floor).toBe(0)
    expect(counted.columns.keys.indexOf('news')).toBeGreaterThanOrEqual(0)

    const tallies = createTallies({ store: lake.store, layout, writer: 'test' })
    const path = await tallies.write(counted.facts, counted.file)
    const rows = await Array.fromAsync((await tallies.open({ path })).rows())
    expect(new Map(rows.map((row) => [row.key, row.count]))).toEqual(truth)
  })

  it('gives the same whether one thread counts the hour, several share it, or several processes do', async () => {
    await using lake = await localLake()
    const { request } = await writeHour(lake, HOUR)
    await using counters = createCounters({ lake: lake.address, threads: 3, spreadBytes: 0 })
    const spread = await counters.countHour(request)
    await using alone = createCounters({ lake: lake.address, threads: 1 })
    const whole = await alone.countHour(request)
    expect(Buffer.from(spread.file).equals(whole.file)).toBe(true)
    expect(spread.columns).toEqual(whole.columns)

    const parts = await Promise.all(
      [0, 1, 2, 3].map(async (partition) => {
        const files = request.files.filter((file) => file.partition === partition)
        return { path: `part ${partition}`, ...(await counters.countPartitions({ name: request.name, files })) }
      }),
    )
    const merged = await counters.mergeParts(request.name, parts)
    expect(Buffer.from(merged.file).equals(whole.file)).toBe(true)
    expect(merged.facts).toEqual(whole.facts)
  })

  it('counts with the extractor that is asked for', async () => {
    await using lake = await localLake()
    const { request, posts } = await writeHour(lake, HOUR)
    await using counters = createCounters({ lake: lake.address, threads: 1 })
    for (const extractor of ['hashtags@1', 'hashtags@2']) {
      const { columns } = await counters.countHour(requestOf(HOUR, request.files, extractor))
      expect(new Map(columns.keys.map((key, i) => [key, columns.counts[i]]))).toEqual(plainCount(posts, extractor))
    }
  })

  it('refuses a file of a schema that cannot be read as ours, naming the field, and takes one that differs in what does not change the bytes', async () => {
    await using lake = await localLake()
    await using counters = createCounters({ lake: lake.address, threads: 1 })
    const posts = somePosts(HOUR, 0, 20)
    const count = async (name: string, schema: AvroSchema) => {
      const path = `/${name}.avro`
      const bytes = await recordFileBytes(posts, 2_048, schema)
      await lake.store.create(path, [bytes])
      return counters.countHour(requestOf(HOUR, [{ path, partition: 0, bytes: bytes.length }]))
    }
    const documented = await count('documented', { ...stream.schema, doc: 'as somebody else explains it' })
    expect(documented.facts.records).toBe(plainIds(posts))
    const shorter = { ...stream.schema, fields: stream.schema.fields.slice(0, -1) }
    await expect(count('shorter', shorter)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(
        /shorter\.avro was written with schema [0-9a-f]{16}, .*field 'entities' is not in it/,
      ),
    })
  })

  it('tells how far it is, and all of it in the end', async () => {
    await using lake = await localLake()
    const { request, posts } = await writeHour(lake, HOUR)
    await using counters = createCounters({ lake: lake.address, threads: 1 })
    let bytes = 0
    let records = 0
    await counters.countHour(request, {
      onProgress: (moreBytes, moreRecords) => {
        bytes += moreBytes
        records += moreRecords
      },
    })
    expect(records).toBe(posts.length)
    expect(bytes).toBe(request.files.reduce((sum, file) => sum + file.bytes, 0))
  })
})

describe('counting many hours', () => {
  it('yields each hour once, and one that is corrupt as an outcome that names file, block and byte', async () => {
    await using lake = await localLake()
    const requests: CountRequest[] = []
    for (let i = 0; i < 6; i++) requests.push((await writeHour(lake, nextHour(HOUR, i), 220 + i)).request)
    const victim = requests[3]!.files[0]!.path
    const blocks = [...readContainer(await lake.store.read(victim), victim).blocks()]
    await damage(lake, victim, blocks[2]!.at + 40)

    await using counters = createCounters({ lake: lake.address, threads: 2 })
    const outcomes = await Array.fromAsync(counters.countHours(requests))
    expect(new Set(outcomes.map(({ request }) => request)).size).toBe(6)
    const failed = outcomes.filter((outcome) => 'error' in outcome)
    expect(failed.map(({ request }) => request.name.hour)).toEqual([nextHour(HOUR, 3)])
    expect(failed[0]!.error).toMatchObject({
      code: 'corrupt',
      retry: 'never',
      facts: { path: victim, block: 2, byte: blocks[2]!.at },
    })
    // The twin: what was counted beside it is right, also on the thread that met the damage.
    const other = outcomes.find(({ request }) => request === requests[4])!
    const again = await counters.countHour(requests[4]!)
    expect('counted' in other && Buffer.from(other.counted.file).equals(again.file)).toBe(true)
  })

  it('stops when it is told to, and when nobody takes its results', async () => {
    await using lake = await localLake()
    const requests = await Promise.all(
      Array.from({ length: 5 }, async (_, i) => (await writeHour(lake, nextHour(HOUR, i), 220)).request),
    )
    await using counters = createCounters({ lake: lake.address, threads: 2 })
    const stop = new AbortController()
    const outcomes = counters.countHours(requests, { signal: stop.signal })
    await outcomes.next()
    stop.abort(new Error('enough'))
    await expect(Array.fromAsync(outcomes)).rejects.toMatchObject({ code: 'cancelled' })

    for await (const outcome of counters.countHours(requests)) {
      expect(outcome).toHaveProperty('counted')
      break
    }
    expect((await counters.countHour(requests[0]!)).facts.records).toBeGreaterThan(0)
  })

  it('fails clearly for a file that is not there, and for an extractor that nobody knows', async () => {
    await using lake = await localLake()
    await using counters = createCounters({ lake: lake.address, threads: 1 })
    const missing = requestOf(HOUR, [{ path: '/tendance/none.avro', partition: 0, bytes: 10 }])
    await expect(counters.countHour(missing)).rejects.toMatchObject({ code: 'not-found' })
    await expect(counters.countHour(requestOf(HOUR, [], 'hashtags@99'))).rejects.toMatchObject({ code: 'bad-input' })
  })
})
