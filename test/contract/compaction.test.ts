/** Compaction and quarantine end to end on real Temporal, HDFS and MongoDB, held against a reader that knows neither. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readContainer } from '../../lake/avro/container-reader.ts'
import { recordFileName } from '../../lake/layout.ts'
import type { RecordFile } from '../../lake/listing.ts'
import type { CompactResult } from '../../model/compaction.ts'
import { parseCompact, parseRebuild } from '../../model/requests.ts'
import { type HourId, hourOf, nextHour } from '../../model/time.ts'
import { startCompact } from '../../temporal/start.ts'
import { answerRange } from '../../views/ask.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { type KnownPost, knownPosts } from '../activities/lake-of-posts.ts'
import { readLake } from '../lake/posts.ts'
import { uniqueName } from '../services.ts'
import { dumpByFastavro } from './fastavro.ts'

const FIRST = '2026-11-16T07' as HourId
const SECOND = nextHour(FIRST)
const THIRD = nextHour(FIRST, 2)
const HOURS = [FIRST, SECOND, THIRD]

let bench: BatchFixture
const archived: KnownPost[] = []
beforeAll(async () => {
  bench = await BatchFixture.start({ worker: true })
})
afterAll(() => bench?.[Symbol.asyncDispose]())

/** One commit a partition. */
async function append(hours: readonly HourId[], count: number): Promise<void> {
  const posts = hours.flatMap((hour, i) => knownPosts(hour, count, archived.length + i * count))
  archived.push(...posts)
  await bench.posts.append(posts)
}

async function compact(input: object = {}): Promise<CompactResult> {
  const { client } = bench.temporal
  const handle = await startCompact(client, parseCompact(input), bench.optionsOf(uniqueName('compact')))
  return handle.result()
}

const filesOf = async (hour: HourId) => (await bench.lake.listHour('posts', hour)).files
const viewsOf = (edition: number) => bench.views.batch.get({ ...key, edition, hours: HOURS })

/** Every id that a walk over the directories finds is one that was archived in that hour, as often. */
async function expectLakeWhole(): Promise<void> {
  const found = await readLake(bench.store, bench.layout)
  const line = (hour: string, id: string) => `${hour.replaceAll(/[-T]/g, '/')} ${id}`
  expect(found.map(({ hour, post }) => line(hour, post.id)).sort()).toEqual(
    archived.map(({ id, at }) => line(hourOf(at), id)).sort(),
  )
}

describe('compact', () => {
  it('leaves an hour that is not sealed alone', async () => {
    for (let commits = 0; commits < 4; commits += 1) await append(HOURS, 200)
    expect(await compact()).toMatchObject({ hours: 0, files: 0, into: 0, failed: [] })
  })

  it('says in a dry run what it then does: one file a partition, the same records', async () => {
    await bench.hourly()
    const before = (await Promise.all(HOURS.map(filesOf))).flat().length
    expect(await compact({ dryRun: true })).toMatchObject({ hours: 3, files: before, into: 12, bytesAfter: null })
    expect((await filesOf(FIRST)).length).toBeGreaterThan(4)
    const done = await compact({ until: THIRD })
    const records = archived.filter(({ at }) => hourOf(at) < THIRD).length
    expect(done).toMatchObject({ dryRun: false, hours: 2, into: 8, records, failed: [] })
    expect((await compact()).hours).toBe(1)
    for (const hour of HOURS) {
      const { files, bytes, digest } = await bench.lake.listHour('posts', hour)
      expect(files).toHaveLength(4)
      expect(await bench.lake.readSeal('posts', hour)).toMatchObject({ files: 4, bytes, digest, amendments: [] })
      expect(await bench.views.hours.get('posts', [hour])).toMatchObject([{ files: 4, bytes, digest }])
    }
    await expectLakeWhole()
  })

  it('leaves files that an independent reader, fastavro, reads: the same ids, times and texts', async () => {
    const paths = (await Promise.all(HOURS.map(filesOf))).flat().map(({ path }) => path)
    const theirs = await dumpByFastavro(bench.store, paths)
    expect(theirs.map(([id, at]) => `${at} ${id}`).sort()).toEqual(archived.map(({ id, at }) => `${at} ${id}`).sort())
  }, 300_000)

  it('changes no answer: nothing is stale, nothing is computed again, and a rebuild counts the same', async () => {
    const before = await viewsOf(1)
    expect((await bench.hourly()).done).toMatchObject({ hours: 0, amended: 0 })
    expect(await viewsOf(1)).toEqual(before)
    for (const hour of HOURS) await bench.expectRight(1, hour, 'hashtags@1')
    const rebuilt = await bench.edition(parseRebuild({ extractors: 'hashtags@2', reason: 'after compaction' }))
    expect(rebuilt).toMatchObject({ edition: 2, state: 'live', done: { hours: 3 }, failed: [] })
    for (const hour of HOURS) await bench.expectRight(2, hour, 'hashtags@2')
  })

  it('late records amend a compacted hour, and join its files with the next compaction', async () => {
    await append([SECOND], 37)
    expect((await bench.hourly()).done).toMatchObject({ hours: 1, amended: 1 })
    expect((await filesOf(SECOND)).length).toBeGreaterThan(4)
    expect(await compact()).toMatchObject({ hours: 1 })
    expect(await filesOf(SECOND)).toHaveLength(4)
    expect((await bench.hourly()).done.hours).toBe(0)
    await bench.expectRight(2, SECOND, 'hashtags@2')
    await expectLakeWhole()
  })

  it('refuses what it does not understand at once', async () => {
    const failure = await bench.temporal.client.workflow
      .execute('compact', { ...bench.optionsOf(uniqueName('compact')), args: [{ since: 'yesterday' }] })
      .catch((error: Error) => error.cause)
    expect(failure).toMatchObject({
      type: 'bad-input',
      message: expect.stringContaining('compact: since is "yesterday"'),
    })
  })
})

describe('a corrupt file', () => {
  let file: RecordFile
  let bytes: Buffer
  let records: number
  const name = () => recordFileName(file)
  const resumed = uniqueName('rebuild-quarantine')
  const cut = uniqueName('rebuild-cut')

  it('is quarantined by the run that meets it, which computes all other hours and holds its edition', async () => {
    file = (await filesOf(THIRD))[1]!
    bytes = await bench.store.read(file.path)
    records = await bench.lake.recordsOf('posts', THIRD, file)
    await bench.store.delete(file.path)
    await bench.store.create(file.path, [bytes.subarray(0, bytes.length >> 1)])
    const request = parseRebuild({ extractors: 'hashtags@1', reason: 'with a broken file' })
    const held = await bench.edition(request, resumed)
    expect(held).toMatchObject({ edition: 3, state: 'held', done: { hours: 2 } })
    expect(held.failed).toMatchObject([{ hour: THIRD, code: 'corrupt' }])
    const [aside] = await bench.lake.listQuarantine('posts')
    expect(aside).toMatchObject({ hour: THIRD, name: name(), partition: file.partition, records })
    expect(aside?.note?.reason).toContain(file.path)
    expect(held.failed[0]?.quarantined).toEqual([aside?.path])
    expect((await bench.store.read(aside!.path)).length).toBe(bytes.length >> 1)
    // What had been counted while it was whole stays as it is.
    expect((await bench.hourly()).done.hours).toBe(0)
    await bench.expectRight(2, HOURS[0]!, 'hashtags@2')
  })

  it('goes on missing where the hour is counted anew, and the answer says so', async () => {
    const request = parseRebuild({ extractors: 'hashtags@1', reason: 'with a broken file' })
    const published = await bench.edition(request, resumed)
    expect(published).toMatchObject({ edition: 3, state: 'live', done: { hours: 1 } })
    const [view] = await bench.views.batch.get({ ...key, edition: 3, hours: [THIRD] })
    const { records: counted, copies } = bench.posts.truth(THIRD, 'hashtags@1')
    expect(view!.records + view!.copies).toBe(counted + copies - records)
    expect(view!.quarantined).toEqual({ files: 1, records })
    const question = { board: key.board, n: 10, from: FIRST, to: nextHour(THIRD) }
    const answer = await answerRange({ views: bench.views, clock: Date.now }, question)
    expect(answer).toMatchObject({ provenance: { quarantined: [{ hour: THIRD, files: 1, records }] } })
    const [entry] = await bench.views.hours.get('posts', [THIRD])
    expect(entry?.quarantined).toEqual({ files: 1, records })
    await bench.expectRight(3, FIRST, 'hashtags@1')
  })

  it('put back whole, makes its hour stale: it is computed again, and nothing is missing', async () => {
    const [aside] = await bench.lake.listQuarantine('posts')
    await bench.store.delete(aside!.path)
    await bench.store.create(aside!.path, [bytes])
    await bench.lake.restoreQuarantined('posts', THIRD, name())
    expect(await bench.lake.listQuarantine('posts')).toEqual([])
    expect((await bench.hourly()).done.hours).toBe(1)
    await bench.expectRight(3, THIRD, 'hashtags@1')
    const [view] = await bench.views.batch.get({ ...key, edition: 3, hours: [THIRD] })
    expect(view?.quarantined).toBeUndefined()
    await expectLakeWhole()
  })

  it('that was cut off between two blocks reads well, and is found all the same', async () => {
    const [whole] = await filesOf(FIRST)
    const content = await bench.store.read(whole!.path)
    const blocks = [...readContainer(content, whole!.path).blocks()]
    await bench.store.delete(whole!.path)
    await bench.store.create(whole!.path, [content.subarray(0, blocks.at(-1)!.at)])
    const held = await bench.edition(parseRebuild({ extractors: 'hashtags@2', reason: 'cut off' }), cut)
    expect(held).toMatchObject({ state: 'held', done: { hours: 2 } })
    expect(held.failed).toMatchObject([{ hour: FIRST, code: 'corrupt' }])
    const [aside] = await bench.lake.listQuarantine('posts')
    expect(aside).toMatchObject({ hour: FIRST, name: recordFileName(whole!) })
    await bench.store.create(whole!.path, [content])
    expect(await bench.edition(parseRebuild({ extractors: 'hashtags@2', reason: 'cut off' }), cut)).toMatchObject({
      state: 'live',
      done: { hours: 1 },
    })
    await bench.expectRight(4, FIRST, 'hashtags@2')
  })

  it('and all others of its hour: the hour is answered with nothing, and says what it lacks', async () => {
    const files = await filesOf(SECOND)
    const records = (await Promise.all(files.map((one) => bench.lake.recordsOf('posts', SECOND, one)))).reduce(
      (a, b) => a + b,
    )
    const note = { reason: 'a test', at: Date.now(), by: 'test' }
    for (const one of files) await bench.lake.quarantine('posts', SECOND, one, note)
    const rebuilt = await bench.edition(parseRebuild({ extractors: 'hashtags@1', reason: 'nothing left of an hour' }))
    expect(rebuilt).toMatchObject({ edition: 5, state: 'live', done: { hours: 3 }, failed: [] })
    const [view] = await bench.views.batch.get({ ...key, edition: 5, hours: [SECOND] })
    expect(view).toMatchObject({ records: 0, copies: 0, keys: [], quarantined: { files: files.length, records } })
  })
})
