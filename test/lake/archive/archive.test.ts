import { describe, expect, it } from 'vitest'
import { type ArchiveOptions, createArchive } from '../../../lake/archive/archive.ts'
import { archivedTo, lastEntry, readLog } from '../../../lake/archive/commit-log.ts'
import { readContainer } from '../../../lake/avro/container-reader.ts'
import type { FileStore } from '../../../lake/file-store.ts'
import { layoutAt } from '../../../lake/layout.ts'
import { AppError, isAppError } from '../../../model/errors.ts'
import { silentLogger } from '../../../model/log.ts'
import type { Batch, Message } from '../../../model/messages.ts'
import { posts } from '../../../model/streams/posts.ts'
import { HOUR_MS } from '../../../model/time.ts'
import { DEATHS, Dead, mortal } from '../broken-store.ts'
import { MemoryStore } from '../memory-store.ts'
import { encodePost, idsOf, messageOf, postOf, readLake } from '../posts.ts'

const layout = layoutAt('/tendance')
const SEVEN = Date.parse('2026-11-16T07:00:00Z')
const MINUTE = 60_000

function archiveOn(store: FileStore, more: Partial<ArchiveOptions> = {}) {
  return createArchive({
    store,
    layout,
    stream: posts,
    topic: 'tendance.posts',
    writer: 'w1',
    clock: () => SEVEN,
    logger: silentLogger,
    commitBytes: 1_000_000,
    commitAgeMs: 30_000,
    blockBytes: 1_024,
    reject: async () => {},
    ...more,
  })
}

const batchOf = (messages: readonly Message[], partition = 0): Batch => ({
  partition,
  messages,
  to: (messages.at(-1)?.offset ?? -1) + 1,
  highWatermark: (messages.at(-1)?.offset ?? -1) + 1,
})

/** Posts from `from` on, a minute apart from 7:00: 60 are an hour. */
const minutes = (count: number, from = 0): Message[] =>
  Array.from({ length: count }, (_, i) => messageOf(from + i, postOf(`p${from + i}`, SEVEN + (from + i) * MINUTE)))

const idsFrom = (messages: readonly Message[]) => messages.map((message) => message.key!.toString()).sort()

describe('the archive of a partition', () => {
  it('puts each record into the directory of its hour, late ones too, and nothing is visible before the commit', async () => {
    const store = new MemoryStore()
    const reader = archiveOn(store).open(3)
    expect(await reader.start(undefined, 0)).toBe(0)
    const late = messageOf(150, postOf('late', SEVEN - 1))
    expect(await reader.take(batchOf([...minutes(150), late], 3))).toBeUndefined()
    expect(await readLake(store, layout)).toEqual([])
    expect(await reader.close('stopped')).toEqual({ commit: 151 })
    const found = await readLake(store, layout)
    expect(idsOf(found)).toEqual([...idsFrom(minutes(150)), 'late'].sort())
    for (const { post, hour } of found) {
      expect(hour).toBe(new Date(post.created_at).toISOString().slice(0, 13).replace(/[-T]/g, '/'))
    }
    expect(new Set(found.map((each) => each.path))).toEqual(
      new Set(
        ['06', '07', '08', '09'].map(
          (hour) => `/tendance/posts/records/2026/11/16/${hour}/3-${'0'.repeat(16)}-${'151'.padStart(16, '0')}.avro`,
        ),
      ),
    )
  })

  it('commits by size, by age, and when the wall clock passes an hour', async () => {
    let now = SEVEN + 59 * MINUTE
    const store = new MemoryStore()
    const archive = archiveOn(store, { clock: () => now, commitBytes: 2_000, blockBytes: 256 })
    const reader = archive.open(0)
    await reader.start(undefined, 0)
    expect(await reader.take(batchOf(minutes(3)))).toBeUndefined()
    now += 29_999
    expect(await reader.tick(true)).toBeUndefined()
    now += 1
    expect(await reader.tick(true)).toEqual({ commit: 3 })
    expect(await reader.tick(true)).toBeUndefined()
    expect(await reader.take(batchOf(minutes(200, 3)))).toEqual({ commit: 203 })
    now = SEVEN + 60 * MINUTE - 1
    expect(await reader.take(batchOf(minutes(1, 203)))).toBeUndefined()
    now += 1
    expect(await reader.tick(true)).toEqual({ commit: 204 })
    expect(await archivedTo({ store, layout, stream: 'posts' }, 0)).toBe(204)
  })

  it('commits early when all partitions together hold too much', async () => {
    const reader = archiveOn(new MemoryStore(), { bufferBytesMax: 10_000 }).open(0)
    await reader.start(undefined, 0)
    expect(await reader.take(batchOf(minutes(1)))).toBeUndefined()
    expect(await reader.take(batchOf(minutes(500, 1)))).toEqual({ commit: 501 })
  })

  it('begins where the lake ends, whatever Kafka has committed', async () => {
    const store = new MemoryStore()
    const first = archiveOn(store).open(0)
    await first.start(undefined, 0)
    await first.take(batchOf(minutes(10)))
    await first.close('revoked')
    expect(await archiveOn(store, { writer: 'w2' }).open(0).start(4, 0)).toBe(10)
    expect(await archiveOn(store, { writer: 'w2' }).open(1).start(4, 0)).toBe(0)
  })

  it('drops what is buffered when the partition is lost, commits it when it is revoked', async () => {
    for (const [reason, expected] of [
      ['lost', 0],
      ['revoked', 5],
    ] as const) {
      const store = new MemoryStore()
      const reader = archiveOn(store).open(0)
      await reader.start(undefined, 0)
      await reader.take(batchOf(minutes(5)))
      await reader.close(reason)
      expect(await readLake(store, layout)).toHaveLength(expected)
    }
  })

  it('gives the same bytes for the same offsets, and others for others', async () => {
    const bytesOf = async (writer: string, messages: readonly Message[], cut: number) => {
      const store = new MemoryStore()
      const reader = archiveOn(store, { writer }).open(0)
      await reader.start(undefined, 0)
      // how Kafka cut the batches is not in the files
      await reader.take(batchOf(messages.slice(0, cut)))
      await reader.take(batchOf(messages.slice(cut)))
      await reader.close('stopped')
      const [file] = await store.list('/tendance/posts/records/2026/11/16/07')
      return store.read(`/tendance/posts/records/2026/11/16/07/${file!.name}`)
    }
    const one = await bytesOf('w1', minutes(50), 10)
    expect((await bytesOf('w2', minutes(50), 31)).equals(one)).toBe(true)
    expect((await bytesOf('w1', minutes(51), 10)).equals(one)).toBe(false)
  })

  it('writes into the files and the commit entry what they are', async () => {
    const store = new MemoryStore()
    const reader = archiveOn(store).open(2)
    await reader.start(undefined, 0)
    await reader.take(batchOf(minutes(61), 2))
    await reader.close('stopped')
    const entry = await lastEntry({ store, layout, stream: 'posts' }, 2)
    expect(entry).toMatchObject({
      stream: 'posts',
      partition: 2,
      from: 0,
      to: 61,
      writer: 'w1',
      records: 61,
      rejected: 0,
    })
    expect(
      entry?.files.map(({ hour, records, firstEventAt, lastEventAt }) => [hour, records, firstEventAt, lastEventAt]),
    ).toEqual([
      ['2026-11-16T07', 60, SEVEN, SEVEN + 59 * MINUTE],
      ['2026-11-16T08', 1, SEVEN + HOUR_MS, SEVEN + HOUR_MS],
    ])
    const file = entry!.files[0]!
    const bytes = await store.read(`${layout.hourDir('posts', file.hour)}/${file.name}`)
    expect(bytes).toHaveLength(file.bytes)
    const { metadata, schema, codec } = readContainer(bytes, file.name)
    expect(schema).toEqual(posts.schema)
    expect(codec).toBe('zstandard')
    expect(
      [...metadata].filter(([name]) => name.startsWith('tendance.')).map(([name, value]) => [name, value.toString()]),
    ).toEqual([
      ['tendance.stream', 'posts'],
      ['tendance.topic', 'tendance.posts'],
      ['tendance.partition', '2'],
      ['tendance.from', '0'],
      ['tendance.to', '61'],
      ['tendance.hour', '2026-11-16T07'],
    ])
  })

  it('hands what is no record of the stream to reject, and commits only when that is kept', async () => {
    const store = new MemoryStore()
    const kept = Promise.withResolvers<void>()
    const rejected: [number, string][] = []
    const reader = archiveOn(store, {
      commitAgeMs: 0,
      reject: (message, _partition, reason) => {
        rejected.push([message.offset, reason])
        return kept.promise
      },
    }).open(0)
    await reader.start(undefined, 0)
    const value = encodePost(postOf('x', SEVEN))
    const foreign = Buffer.from(value)
    foreign[5]! ^= 1
    const taken = reader.take(
      batchOf([
        messageOf(0, postOf('good', SEVEN)),
        { offset: 1, timestamp: SEVEN, key: null, value: foreign },
        { offset: 2, timestamp: SEVEN, key: null, value: Buffer.alloc(0) },
        { offset: 3, timestamp: Date.parse('9999-12-31T23:59:59.999Z') + 1, key: null, value },
      ]),
    )
    expect(rejected.map(([offset]) => offset)).toEqual([1, 2, 3])
    expect(rejected[0]![1]).toMatch(/header of a schema of the stream posts \(C3 01/)
    expect(await archivedTo({ store, layout, stream: 'posts' }, 0)).toBe(0)
    kept.resolve()
    expect(await taken).toEqual({ commit: 4 })
    expect(await lastEntry({ store, layout, stream: 'posts' }, 0)).toMatchObject({ records: 1, rejected: 3, to: 4 })
  })

  it('says in the log and in the commit which offsets Kafka no longer had', async () => {
    const store = new MemoryStore()
    const errors: object[] = []
    const logger = { ...silentLogger, error: (facts: object) => errors.push(facts) }
    const reader = archiveOn(store, { logger }).open(0)
    expect(await reader.start(undefined, 5)).toBe(5)
    await reader.take(batchOf(minutes(5, 5)))
    await reader.take({ ...batchOf(minutes(5, 20)), missing: { from: 10, to: 20 } })
    await reader.close('stopped')
    const gaps = [
      { from: 0, to: 5 },
      { from: 10, to: 20 },
    ]
    expect(errors).toMatchObject(gaps)
    expect(await lastEntry({ store, layout, stream: 'posts' }, 0)).toMatchObject({
      from: 0,
      to: 25,
      records: 10,
      missing: gaps,
    })
  })
})

describe('a commit that is cut off', () => {
  /** Three commits of a partition by one process, which may die on the way. */
  async function run(store: FileStore, writer: string): Promise<void> {
    const reader = archiveOn(store, { writer }).open(0)
    const start = (await reader.start(undefined, 0)) ?? 0
    for (const [from, to] of [
      [0, 70],
      [70, 90],
      [90, 200],
    ] as const) {
      const messages = minutes(to - from, from).filter((message) => message.offset >= start)
      if (messages.length === 0) continue
      await reader.take(batchOf(messages))
      // a reader closed as revoked commits; a fresh one goes on
      await reader.close('revoked')
    }
  }

  it('at any step, in any way, leaves a lake that the next process makes whole: every record once', async () => {
    const { store: counting, steps } = mortal(new MemoryStore(), 0, 'before')
    await run(counting, 'w1')
    expect(steps.length).toBeGreaterThan(30)
    let cutOff = 0
    for (const death of DEATHS) {
      for (let at = 1; at <= steps.length; at++) {
        const disk = new MemoryStore()
        await run(mortal(disk, at, death).store, 'w1').catch((error: unknown) => {
          if (!(error instanceof Dead)) throw error
          cutOff++
        })
        await run(disk, 'w2')
        const found = await readLake(disk, layout)
        expect(idsOf(found), `died ${death} step ${at}: ${steps[at - 1]}`).toEqual(idsFrom(minutes(200)))
        await expectWholeLog(disk, 200)
      }
    }
    // the hint is the one thing whose failure a process survives
    expect(cutOff).toBeGreaterThan(steps.length * 2)
  })

  it('would lose records without recovery: the twin of the test above', async () => {
    const { steps } = await counted()
    const firstRename = steps.findIndex((step) => step.includes('/commits/0/')) + 3
    const disk = new MemoryStore()
    await run(mortal(disk, firstRename, 'before').store, 'w1').catch(() => {})
    expect((await readLake(disk, layout)).length).toBeLessThan(70)
  })

  it('by its own earlier attempt, whose answer never came, is taken for its own', async () => {
    const store = new MemoryStore()
    const unavailable = () => new AppError('unavailable', 'the NameNode is away')
    let renames = 0
    let reads = 0
    const { renameNoClobber, read } = store
    store.renameNoClobber = async (from, to) => {
      if (to.includes('/commits/')) renames++
      await renameNoClobber.call(store, from, to)
      if (to.includes('/commits/') && renames === 1) throw unavailable()
    }
    store.read = async (path, range, signal) => {
      if (path.includes('/commits/0/0') && reads++ === 0) throw unavailable()
      return read.call(store, path, range, signal)
    }
    const reader = archiveOn(store, { retries: { firstWaitMs: 1, waitMsMax: 1, totalMs: 5_000 } }).open(0)
    await reader.start(undefined, 0)
    await reader.take(batchOf(minutes(100)))
    expect(await reader.close('revoked')).toEqual({ commit: 100 })
    expect(renames).toBe(2)
    expect(idsOf(await readLake(store, layout))).toEqual(idsFrom(minutes(100)))
  })

  it('is loudly corrupt when a file is neither where it was written nor in its place', async () => {
    const store = new MemoryStore()
    await run(store, 'w1')
    const entry = await lastEntry({ store, layout, stream: 'posts' }, 0)
    await store.delete(`${layout.hourDir('posts', entry!.files[0]!.hour)}/${entry!.files[0]!.name}`)
    await expect(run(store, 'w2')).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/not there, nor is/),
    })
  })

  async function counted() {
    const { store, steps } = mortal(new MemoryStore(), 0, 'before')
    await run(store, 'w1')
    return { steps }
  }
})

async function expectWholeLog(store: FileStore, to: number): Promise<void> {
  let at = 0
  for await (const entry of readLog({ store, layout, stream: 'posts' }, 0)) {
    expect(entry.from).toBe(at)
    at = entry.to
  }
  expect(at).toBe(to)
  expect(await archivedTo({ store, layout, stream: 'posts' }, 0)).toBe(to)
}

describe('two writers of one partition', () => {
  it('cannot both commit: the second is fenced, and every record is there once', async () => {
    const store = new MemoryStore()
    const [one, two] = [archiveOn(store).open(0), archiveOn(store, { writer: 'w2' }).open(0)]
    await one.start(undefined, 0)
    await two.start(undefined, 0)
    await one.take(batchOf(minutes(20)))
    await two.take(batchOf(minutes(30)))
    const outcomes = await Promise.allSettled([one.close('revoked'), two.close('revoked')])
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(failures).toHaveLength(1)
    expect(isAppError(failures[0]!.reason, 'fenced')).toBe(true)
    const third = archiveOn(store, { writer: 'w3' }).open(0)
    const from = (await third.start(undefined, 0))!
    await third.take(batchOf(minutes(30 - from, from).concat(minutes(10, 30))))
    await third.close('stopped')
    expect(idsOf(await readLake(store, layout))).toEqual(idsFrom(minutes(40)))
  })

  it('do not hinder each other in finishing the same commit', async () => {
    const disk = new MemoryStore()
    const { store, steps } = mortal(disk, 0, 'before')
    const reader = archiveOn(store).open(0)
    await reader.start(undefined, 0)
    await reader.take(batchOf(minutes(600)))
    await reader.close('revoked')
    const committedAt = steps.findIndex((step) => step.includes('/commits/0/0')) + 1
    const other = new MemoryStore()
    const dying = archiveOn(mortal(other, committedAt + 3, 'before').store).open(0)
    await dying.start(undefined, 0)
    await dying.take(batchOf(minutes(600)))
    await expect(dying.close('revoked')).rejects.toThrow(Dead)
    const starts = ['w2', 'w3', 'w4'].map((writer) => archiveOn(other, { writer }).open(0).start(undefined, 0))
    expect(await Promise.all(starts)).toEqual([600, 600, 600])
    expect(idsOf(await readLake(other, layout))).toEqual(idsFrom(minutes(600)))
  })

  it('of which one comes back after the other has gone on: it is fenced', async () => {
    const store = new MemoryStore()
    const stale = archiveOn(store).open(0)
    await stale.start(undefined, 0)
    await stale.take(batchOf(minutes(20)))
    const owner = archiveOn(store, { writer: 'w2' }).open(0)
    await owner.start(undefined, 0)
    await owner.take(batchOf(minutes(50)))
    await owner.close('revoked')
    await expect(stale.close('revoked')).rejects.toMatchObject({ code: 'fenced' })
    expect(idsOf(await readLake(store, layout))).toEqual(idsFrom(minutes(50)))
  })
})
