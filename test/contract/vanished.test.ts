/** A record file that vanishes from HDFS: its hour says what it lacks, in batch, in answers, in the ledger; and heals when it is back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RecordFile } from '../../lake/listing.ts'
import { parseRebuild } from '../../model/requests.ts'
import { HOUR_MS, type HourId, hourOf, nextHour } from '../../model/time.ts'
import { answerRange } from '../../views/ask.ts'
import { type AskHours, askHours } from '../../views/ask-hours.ts'
import { askProblems } from '../../views/ask-problems.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { uniqueName } from '../services.ts'

let bench: BatchFixture
let ask: AskHours
const first = hourOf(Date.now() - 8 * HOUR_MS)
const hours = [0, 1, 2].map((i) => nextHour(first, i))

beforeAll(async () => {
  bench = await BatchFixture.start({ worker: true })
  ask = { views: bench.views, clock: Date.now, graceMs: bench.config.lake.graceMs }
  for (const hour of hours) {
    await bench.posts.append(knownPosts(hour, 200))
    await bench.posts.append(knownPosts(hour, 100, 1_000))
  }
  await bench.hourly()
}, 120_000)
afterAll(() => bench?.[Symbol.asyncDispose]())

const ledger = async () => (await askHours(ask, { stream: 'posts', from: first, to: nextHour(first, 3) })).hours
const problems = async () => (await askProblems(ask, { stream: 'posts', from: first, to: nextHour(first, 3) })).problems
const answer = (hour: HourId) =>
  answerRange({ views: bench.views, clock: Date.now }, { board: key.board, from: hour, to: nextHour(hour), n: 10 })

/** Takes a file of the hour away, as an operator or a disk would. */
async function lose(hour: HourId): Promise<{ file: RecordFile; bytes: Buffer; records: number }> {
  const [file] = (await bench.lake.listHour('posts', hour)).files
  const bytes = await bench.store.read(file!.path)
  const records = await bench.lake.recordsOf('posts', hour, file!)
  await bench.store.delete(file!.path)
  return { file: file!, bytes, records }
}

describe('a file that vanishes from a sealed and computed hour', () => {
  it('is told by the next hourly run; the view that has its records stays, and is not made anew with fewer', async () => {
    const [before] = await ledger()
    const { file, bytes, records } = await lose(hours[0]!)
    const { done } = await bench.hourly()
    expect(done).toMatchObject({ hours: 0, failed: [] })
    const [lacking] = await ledger()
    const gone = { files: 1, records }
    expect(lacking).toMatchObject({
      state: 'computed',
      quarantined: { ...gone, vanished: gone },
      computed: before!.computed,
    })
    expect(lacking!.completeness.archived).toBeCloseTo(1 - records / before!.archived!.records, 10)
    expect(lacking!.archived!.records).toBe(before!.archived!.records - records)
    expect(await problems()).toContainEqual(
      expect.objectContaining({ kind: 'vanished', cause: 'files-vanished', ...gone, counted: true, from: hours[0] }),
    )
    expect(
      (await ledger()).slice(1).map(({ quarantined }) => quarantined.files),
      'the twin',
    ).toEqual([0, 0])

    await bench.store.create(file.path, [bytes])
    await bench.hourly()
    const [healed] = await ledger()
    expect(healed).toMatchObject({
      quarantined: { files: 0, records: 0 },
      archived: { records: before!.archived!.records },
      completeness: { computed: 1, archived: 1 },
    })
    expect(await problems()).toEqual([])
    await bench.expectRight(1, hours[0]!, 'hashtags@1')
  })

  it('and whose hour is counted anew, is missing from the answer, which says so; restored, it is counted again', async () => {
    const { file, bytes, records } = await lose(hours[1]!)
    const request = parseRebuild({ extractors: 'hashtags@1', reason: 'a test' })
    const run = uniqueName('rebuild')
    const held = await bench.edition(request, run)
    expect(held, 'the run that finds it does not publish').toMatchObject({
      state: 'held',
      failed: [{ hour: hours[1] }],
    })
    expect(held.failed[0]!.quarantined).toEqual([expect.stringContaining('.missing.')])
    const rebuilt = await bench.edition(request, run)
    expect(rebuilt).toMatchObject({ state: 'live' })
    const asked = await answer(hours[1]!)
    expect(asked.provenance.quarantined).toMatchObject([{ hour: hours[1], files: 1, records }])
    expect((await ledger())[1]).toMatchObject({
      computed: { lacking: records },
      quarantined: { vanished: { records } },
    })
    expect((await answer(hours[2]!)).provenance.quarantined, 'the twin').toEqual([])

    await bench.store.create(file.path, [bytes])
    expect((await bench.hourly()).done).toMatchObject({ hours: 1 })
    await bench.expectRight(rebuilt.edition, hours[1]!, 'hashtags@1')
    expect((await answer(hours[1]!)).provenance.quarantined).toEqual([])
  })

  it('with its whole hour and the seal is told by the look at everything', async () => {
    const before = (await ledger())[2]!
    const dir = bench.layout.hourDir('posts', hours[2]!)
    const kept = await Promise.all(
      (await bench.store.list(dir)).map(async ({ name }) => [name, await bench.store.read(`${dir}/${name}`)] as const),
    )
    await bench.store.delete(dir, { recursive: true })
    const archive = await bench.views.hours.archive('posts')
    const { _id: _, ...standing } = archive as typeof archive & { _id?: unknown }
    await bench.views.hours.putArchive({ ...standing!, seenTo: null, at: Date.now() - 24 * HOUR_MS })
    await bench.hourly()
    const { records } = before.archived!
    expect((await ledger())[2]).toMatchObject({ state: 'computed', quarantined: { vanished: { records } } })

    for (const [name, bytes] of kept) {
      await bench.store.delete(`${dir}/${name}`)
      await bench.store.create(`${dir}/${name}`, [bytes])
    }
    await bench.hourly()
    expect((await ledger())[2]).toMatchObject({ quarantined: { files: 0 }, archived: { records } })
    expect(await problems()).toEqual([])
  })
})
