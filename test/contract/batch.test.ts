/** Batch work end to end on real Temporal, HDFS and MongoDB: the views are what a plain count of the posts says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRebuild, parseRecompute } from '../../model/requests.ts'
import { type HourId, hourStart, nextHour, slotId } from '../../model/time.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { uniqueName } from '../services.ts'

const FIRST = '2026-11-16T07' as HourId
const SECOND = nextHour(FIRST)
const THIRD = nextHour(FIRST, 2)

describe('batch on three hours of posts', () => {
  let bench: BatchFixture
  beforeAll(async () => {
    bench = await BatchFixture.start({ worker: true })
    for (const [index, hour] of [FIRST, SECOND, THIRD].entries()) {
      await bench.posts.append(knownPosts(hour, 2_000, index * 10_000))
    }
  })
  afterAll(() => bench?.[Symbol.asyncDispose]())

  it('seals nothing while the archive lacks a record, and says which partition lacks how many', async () => {
    bench.beyond = 3
    const slow = bench.hourly()
    const { seal, done } = await slow
    expect(seal).toMatchObject({ sealed: 0, waiting: 3 })
    expect(seal.behind).toContain('partition 0 lacks at most 3 records')
    expect(done.hours).toBe(0)
    bench.beyond = 0
  })

  it('hourly seals what is complete and computes it: the views are the plain count', async () => {
    const { edition, seal, done } = await bench.hourly()
    expect({ edition, seal }).toEqual({ edition: 1, seal: { sealed: 3, waiting: 0, behind: null } })
    expect(done).toMatchObject({ hours: 3, records: 6_000, failed: [], amended: 0 })
    for (const hour of [FIRST, SECOND, THIRD]) {
      await bench.expectRight(1, hour, 'hashtags@1')
      expect(await bench.lake.readSeal('posts', hour)).toMatchObject({ digest: expect.any(String) })
    }
    const ledger = await bench.views.hours.list('posts')
    expect(ledger.map(({ hour }) => hour)).toEqual([FIRST, SECOND, THIRD])
    expect(ledger.every(({ sealedAt, records }) => sealedAt !== null && records > 2_000)).toBe(true)
  })

  it('a second run does nothing', async () => {
    const before = await bench.views.batch.get({ ...key, edition: 1, hours: [FIRST, SECOND, THIRD] })
    const { seal, done } = await bench.hourly()
    expect({ sealed: seal.sealed, hours: done.hours }).toEqual({ sealed: 0, hours: 0 })
    expect(await bench.views.batch.get({ ...key, edition: 1, hours: [FIRST, SECOND, THIRD] })).toEqual(before)
  })

  it('late records amend their hour, its seal and its ledger entry, and no other', async () => {
    const digests = await bench.views.batch.digests({ ...key, edition: 1 })
    await bench.posts.append(knownPosts(SECOND, 37, 90_000))
    const { done } = await bench.hourly()
    expect(done).toMatchObject({ hours: 1, amended: 1 })
    await bench.expectRight(1, SECOND, 'hashtags@1')
    const [view] = await bench.views.batch.get({ ...key, edition: 1, hours: [SECOND] })
    expect(view?.amendments).toMatchObject([{ records: 37 }])
    expect((await bench.lake.readSeal('posts', SECOND))?.digest).toBe(view?.digest)
    const after = await bench.views.batch.digests({ ...key, edition: 1 })
    const changed = [...after].filter(([hour, { digest }]) => digests.get(hour)?.digest !== digest)
    expect(changed.map(([hour]) => hour)).toEqual([SECOND])
  })

  it('recompute since an hour: new views from there, the parent’s before, published at once', async () => {
    const request = parseRecompute({ since: SECOND, extractors: 'hashtags@2', reason: 'brackets were missed' })
    const result = await bench.edition(request)
    expect(result).toMatchObject({ edition: 2, parent: 1, state: 'live', done: { hours: 2 }, failed: [] })
    expect(await bench.views.live.read('posts')).toMatchObject({ edition: 2, previous: 1 })
    await bench.expectRight(2, SECOND, 'hashtags@2')
    await bench.expectRight(2, THIRD, 'hashtags@2')
    await bench.expectRight(1, FIRST, 'hashtags@1')
    expect(await bench.views.batch.hours({ ...key, edition: 2 })).toEqual([SECOND, THIRD])
    // The twin: the two rules do differ on these posts.
    expect(bench.posts.truth(THIRD, 'hashtags@2')).not.toEqual(bench.posts.truth(THIRD, 'hashtags@1'))
  })

  it('the same recompute again, under its id, finds it live and does nothing', async () => {
    const request = parseRecompute({ since: THIRD, extractors: 'hashtags@2' })
    const workflowId = uniqueName('recompute-again')
    const first = await bench.edition(request, workflowId)
    const again = await bench.edition(request, workflowId)
    expect(first).toMatchObject({ edition: 3, state: 'live', done: { hours: 1 } })
    expect(again).toMatchObject({ edition: 3, state: 'live', done: { hours: 0 } })
  })

  it('a late record in an hour of the parent is amended there', async () => {
    await bench.posts.append(knownPosts(FIRST, 5, 95_000))
    expect((await bench.hourly()).done).toMatchObject({ hours: 1, amended: 1 })
    await bench.expectRight(1, FIRST, 'hashtags@1')
  })

  it('rebuild computes the full history in an edition without parent', async () => {
    const result = await bench.edition(parseRebuild({ extractors: 'hashtags@2', reason: 'everything anew' }))
    expect(result).toMatchObject({ edition: 4, parent: null, state: 'live', done: { hours: 3 } })
    for (const hour of [FIRST, SECOND, THIRD]) await bench.expectRight(4, hour, 'hashtags@2')
  })

  it('a corrupt file fails its hour alone; the edition is held, and mended it goes on with that hour only', async () => {
    const [file] = (await bench.lake.listHour('posts', SECOND)).files
    const bytes = await bench.store.read(file!.path)
    const broken = Buffer.from(bytes)
    broken.fill(0x55, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 64)
    await bench.store.delete(file!.path)
    await bench.store.create(file!.path, [broken])
    const request = parseRebuild({ extractors: 'hashtags@1', reason: 'with a broken file' })
    const workflowId = uniqueName('rebuild-broken')
    const held = await bench.edition(request, workflowId)
    expect(held).toMatchObject({ edition: 5, state: 'held', done: { hours: 2 } })
    expect(held.failed).toMatchObject([{ hour: SECOND, code: 'corrupt' }])
    expect(held.why).toContain(file!.path)
    const { quarantined } = await bench.lake.listHour('posts', SECOND)
    expect(held.failed[0]?.quarantined).toEqual(quarantined.map(({ path }) => path))
    expect(await bench.store.read(quarantined[0]!.path)).toEqual(broken)
    expect(await bench.views.live.read('posts')).toMatchObject({ edition: 4 })

    await bench.store.create(file!.path, [bytes])
    const mended = await bench.edition(request, workflowId)
    expect(mended).toMatchObject({ edition: 5, state: 'live', done: { hours: 1 } })
    for (const hour of [FIRST, SECOND, THIRD]) await bench.expectRight(5, hour, 'hashtags@1')
  })

  it('cleanup lists in a dry run what it then deletes: speed views of computed hours, and no others', async () => {
    const open = nextHour(THIRD)
    const speed = (hour: HourId) =>
      ({
        ...key,
        extractor: 'hashtags@1',
        hour,
        slot: slotId(hourStart(hour)),
        slotMs: 300_000,
        partition: 0,
        offset: 10,
        closed: true,
        copies: 0,
        updatedAt: 1,
        keys: ['a'],
        shown: ['a'],
        counts: [1],
        floor: 0,
        distinct: 1,
        total: 1,
        records: 1,
      }) as const
    await bench.views.speed.put([speed(FIRST), speed(THIRD), speed(open)])
    const listed = await bench.cleanup(true)
    expect(listed).toMatchObject({ dryRun: true, speedHours: 2 })
    expect(await bench.views.speed.hours(key)).toEqual([FIRST, THIRD, open])
    expect(await bench.cleanup(false)).toMatchObject({ dryRun: false, speedHours: 2 })
    expect(await bench.views.speed.hours(key)).toEqual([open])
  })
})

describe('large hours', () => {
  it('fan out by partition and give the same', async () => {
    await using bench = await BatchFixture.start({ worker: true, more: { TENDANCE_BATCH_FAN_OUT_BYTES: '1' } })
    await bench.posts.append(knownPosts(FIRST, 3_000))
    const { done } = await bench.hourly()
    expect(done).toMatchObject({ hours: 1, records: 3_000 })
    await bench.expectRight(1, FIRST, 'hashtags@1')
    expect(await bench.store.list(`${bench.layout.tmpDir('posts')}/parts`)).toEqual([])
  })
})
