/**
 * The ledger on the real services, over a day with late records, copies, an hour without records, a partition that falls silent,
 * and one whose archive lags: every number is held against fastavro and a script that shares no code with us.
 */
import { type Db, MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { amendLedger } from '../../activities/ledger.ts'
import { installFastavro } from '../../bench/baselines/install.ts'
import { EXIT } from '../../cli/cli.ts'
import { runHours } from '../../cli/hours.ts'
import { partitionOf } from '../../kafka/partition.ts'
import type { ArchiveStanding } from '../../model/ledger.ts'
import { LEDGER_WORDS } from '../../model/ledger-words.ts'
import { columnsOf, tallyOf } from '../../model/tally.ts'
import { HOUR_MS, type HourId, hourEnd, hourOf, nextHour, slotId, slotStartOf } from '../../model/time.ts'
import { PLAIN_WRITING, wordsFor } from '../../model/wording.ts'
import { silentReporter } from '../../stack/reporter.ts'
import { type AskHours, askHours, type HourReport } from '../../views/ask-hours.ts'
import { askProblems } from '../../views/ask-problems.ts'
import type { NewSpeedDocument } from '../../views/speed.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { type KnownPost, knownPosts } from '../activities/lake-of-posts.ts'
import { runCli } from '../cli/run-cli.ts'
import { services } from '../services.ts'
import { testSettings } from '../test-settings.ts'
import { recountLedger } from './ledger-recount.ts'

const { cacheDir, environment } = testSettings()
/** A fresh machine fetches the packages once. */
const INSTALL_MS = 300_000
const HOURS = 24
const PARTITIONS = 4
/** Hours of the day: without records; in which partition 2 has none; with late records; with speed views. */
const GAP = 11
const SILENT = [20, 21]
const LATE = 6
const LIVE = 8
const LIVE_LACKING = 9

describe('the ledger of a day', () => {
  const first = hourOf(Date.now() - (HOURS + 6) * HOUR_MS)
  const hour = (i: number) => nextHour(first, i)
  let bench: BatchFixture
  let ask: AskHours
  let python: string
  const posts: KnownPost[][] = []

  beforeAll(async () => {
    python = await installFastavro({ cacheDir, environment, reporter: silentReporter })
    bench = await BatchFixture.start({ worker: true })
    ask = { views: bench.views, clock: Date.now, graceMs: bench.config.lake.graceMs }
    for (let i = 0; i < HOURS; i++) {
      const all = i === GAP ? [] : knownPosts(hour(i), 300, 1_000 * i)
      const sent = SILENT.includes(i) ? all.filter((post) => partitionOf(Buffer.from(post.id), PARTITIONS) !== 2) : all
      posts.push(sent)
      const onTime = i === LATE ? sent.slice(0, -20) : sent
      await bench.posts.append(onTime, hourEnd(hour(i)) - 60_000)
      if (i === LATE) await bench.posts.append(sent.slice(-20), hourEnd(hour(i)) + ask.graceMs + 1)
    }
  }, INSTALL_MS)
  afterAll(() => bench?.[Symbol.asyncDispose]())

  const ledger = async () => (await askHours(ask, { stream: 'posts', from: first, to: hour(HOURS) })).hours
  const states = async () => (await ledger()).map(({ state }) => state)
  const problems = async () => (await askProblems(ask, { stream: 'posts', from: first, to: hour(HOURS) })).problems

  async function inStore(change: (db: Db) => Promise<unknown>): Promise<void> {
    const client = new MongoClient(services().mongodb)
    try {
      await change(client.db(bench.config.mongo.database))
    } finally {
      await client.close()
    }
  }

  /** Every number of every hour. */
  async function expectRight(): Promise<readonly HourReport[]> {
    const counted = await recountLedger({ store: bench.store, layout: bench.layout }, { python, graceMs: ask.graceMs })
    const reports = await ledger()
    expect(counted.size).toBe(HOURS - 1)
    for (const report of reports) {
      const truth = counted.get(report.hour)
      expect(report.archived, report.hour).toEqual(truth?.archived ?? null)
      if (!truth) continue
      expect(report.quarantined, report.hour).toEqual(truth.quarantined)
      if (report.computed) {
        expect({ counted: report.computed.records, copies: report.computed.copies }, report.hour).toEqual({
          counted: truth.counted,
          copies: truth.copies,
        })
      }
    }
    return reports
  }

  it('before anybody has looked knows nothing', async () => {
    expect(new Set(await states())).toEqual(new Set(['none']))
    expect(await problems()).toMatchObject([{ kind: 'behind', cause: 'never-looked' }])
  })

  it('while the archive of a partition lags says which hours are behind and why, with what is there already', async () => {
    bench.beyond = 3
    await bench.hourly()
    const reports = await expectRight()
    expect(new Set(reports.map(({ state }) => state))).toEqual(new Set(['behind']))
    expect(reports.every(({ sealedAt, completeness }) => sealedAt === null && completeness.archived === null)).toBe(
      true,
    )
    expect(await problems()).toMatchObject([
      { cause: 'archive-behind', lacking: [{ partition: 0, records: 3 }], from: first, to: hour(HOURS) },
    ])
    bench.beyond = 0
  })

  it('after the hourly run has every number as an independent count has it', async () => {
    await bench.views.speed.put([...speedOf(posts[LIVE]!), ...speedOf(posts[LIVE_LACKING]!.slice(60))])
    await bench.hourly()
    const reports = await expectRight()
    expect(reports.map(({ state }) => state)).toEqual(
      Array.from({ length: HOURS }, (_, i) => (i === GAP ? 'gap' : 'computed')),
    )
    for (const { completeness, computed, editions, archived } of reports.filter(({ state }) => state === 'computed')) {
      expect(completeness).toEqual({ computed: 1, archived: 1 })
      expect(computed).toMatchObject({
        current: true,
        boards: [{ board: 'hashtags', edition: 1, extractor: 'hashtags@1' }],
      })
      expect(editions).toEqual([1])
      expect(archived?.records).toBeGreaterThan(computed!.records)
    }
    expect(reports[LATE]?.archived?.late).toBe(20)
    expect(reports.filter((one) => one.archived && one.archived.late > 0)).toHaveLength(1)
  })

  it('tells how live counting agreed with batch, before its views are gone', async () => {
    expect(await bench.views.speed.hours(key)).toEqual([])
    const reports = await ledger()
    expect(reports.filter(({ agreements }) => agreements.length > 0)).toHaveLength(2)
    const { records } = bench.posts.truth(hour(LIVE), 'hashtags@1')
    expect(reports[LIVE]?.agreements).toEqual([
      {
        board: 'hashtags',
        edition: 1,
        agrees: true,
        batchRecords: records,
        speedRecords: records,
        topDiffers: 0,
        countOff: 0,
        countOffTerm: null,
        shareOff: 0,
      },
    ])
    const lacking = bench.posts.truth(hour(LIVE_LACKING), 'hashtags@1')
    const live = countOf(posts[LIVE_LACKING]!.slice(60))
    const [off] = reports[LIVE_LACKING]!.agreements
    expect(off).toMatchObject({ agrees: false, batchRecords: lacking.records, speedRecords: live.records })
    const top = Object.entries(lacking.counts)
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .slice(0, 10)
    expect(off?.countOff).toBe(Math.max(...top.map(([tag, n]) => n - (live.counts[tag] ?? 0))))
  })

  it('finds the hour without records, the silent partition and the disagreement, and nothing else', async () => {
    expect((await problems()).map(({ kind, from, to }) => ({ kind, from, to }))).toEqual([
      { kind: 'disagreement', from: hour(LIVE_LACKING), to: hour(LIVE_LACKING + 1) },
      { kind: 'gap', from: hour(GAP), to: hour(GAP + 1) },
      { kind: 'silent-partition', from: hour(SILENT[0]!), to: hour(SILENT.at(-1)! + 1) },
    ])
  })

  it('late records after sealing amend exactly their hour, and no other is computed again', async () => {
    const before = await ledger()
    const late = knownPosts(hour(5), 37, 900_000).filter(
      (post, i, all) => all.findIndex(({ id }) => id === post.id) === i,
    )
    expect(late).toHaveLength(37)
    await bench.posts.append(late)
    const sentAt = Date.now()
    const { done } = await bench.hourly()
    expect(done).toMatchObject({ hours: 1, amended: 1 })
    const after = await expectRight()
    expect(after[5]).toMatchObject({ state: 'amended', sealedAt: before[5]!.sealedAt, amendments: [{ records: 37 }] })
    expect(after[5]!.amendments[0]!.at).toBeGreaterThanOrEqual(sentAt)
    expect(after[5]!.computed!.at).toBeGreaterThan(before[5]!.computed!.at)
    expect(after.toSpliced(5, 1)).toEqual(before.toSpliced(5, 1))
  })

  it('a quarantined file is counted as set aside, and is a problem until it is restored', async () => {
    const deps = { lake: bench.lake, views: bench.views, clock: Date.now }
    const [whole] = (await ledger()).slice(3)
    const listing = await bench.lake.listHour('posts', hour(3))
    const [file] = listing.files
    const records = await bench.lake.recordsOf('posts', hour(3), file!)
    await bench.lake.quarantine('posts', hour(3), file!, { reason: 'a test', at: 1, by: 'test' })
    await amendLedger(deps, 'posts', hour(3), (await bench.lake.listHour('posts', hour(3))).digest)
    const aside = (await ledger())[3]!
    expect(aside, 'computed while the file was whole, the view has all of it').toMatchObject({
      state: 'computed',
      quarantined: { files: 1, records },
      amendments: [{ records: -records }],
      computed: whole!.computed,
      completeness: { computed: 1, archived: 1 },
    })

    await bench.posts.append(knownPosts(hour(3), 5, 990_000))
    expect((await bench.hourly()).done).toMatchObject({ hours: 1 })
    const lacking = (await expectRight())[3]!
    expect(lacking).toMatchObject({
      quarantined: { files: 1, records },
      computed: { lacking: records, current: true },
      completeness: { computed: 1, archived: 1 },
    })
    const found = { kind: 'quarantined', cause: 'files-set-aside', records, files: 1, counted: false } as const
    expect(await problems()).toContainEqual(expect.objectContaining(found))

    await bench.lake.restoreQuarantined('posts', hour(3), file!.path.split('/').at(-1)!)
    await bench.hourly()
    const restored = (await expectRight())[3]!
    expect(restored).toMatchObject({ quarantined: { files: 0, records: 0 }, computed: { lacking: 0, current: true } })
    expect(restored.archived!.records).toBe(whole!.archived!.records + 5)
    expect((await problems()).map(({ kind }) => kind)).not.toContain('quarantined')
  })

  it('dropped, is the same after the next hourly run: the lake is the truth', async () => {
    const before = await ledger()
    await inStore((db) => db.collection('hours').drop())
    expect(new Set(await states()), 'the twin: without its entries the ledger knows no hour').toEqual(new Set(['none']))
    const { done, seal } = await bench.hourly()
    expect({ computed: done.hours, sealed: seal.sealed }).toEqual({ computed: 0, sealed: 0 })
    expect(await ledger()).toEqual(before)
  })

  it('a file set aside by hand is seen by the look at everything, once a day', async () => {
    const [file] = (await bench.lake.listHour('posts', hour(14))).files
    await bench.lake.quarantine('posts', hour(14), file!, { reason: 'by hand', at: 1, by: 'test' })
    await inStore((db) => db.collection('archives').deleteMany({}))
    await bench.hourly()
    expect((await ledger())[14]).toMatchObject({ quarantined: { files: 1 }, completeness: { computed: 1 } })
    await bench.lake.restoreQuarantined('posts', hour(14), file!.path.split('/').at(-1)!)
    await bench.hourly()
    expect((await expectRight())[14]).toMatchObject({ quarantined: { files: 0 } })
  })

  it('pages give the same hours as one', async () => {
    const whole = await ledger()
    const pages: HourReport[] = []
    for (let from: HourId | null = first; from !== null; ) {
      const page = await askHours(ask, { stream: 'posts', from, to: hour(HOURS), limit: 7 })
      expect(page.hours.length).toBeLessThanOrEqual(7)
      pages.push(...page.hours)
      from = page.next
    }
    expect(pages).toEqual(whole)
    await expect(askHours(ask, { stream: 'posts', from: hour(1), to: hour(1) })).rejects.toMatchObject({
      code: 'bad-input',
    })
  })

  it('is what the command line prints, with an exit code that says whether all is well', async () => {
    const range = { stream: 'posts', since: `${first}Z`, until: `${hour(HOURS)}Z`, tz: 'UTC' } as const
    const listed = await runCli(bench.config, (cli) => runHours(cli, { ...range, json: true }))
    expect(listed.lines.map((line) => JSON.parse(line))).toEqual(await ledger())
    expect(listed.code).toBe(EXIT.done)
    const found = await runCli(bench.config, (cli) => runHours(cli, { ...range, problems: true, json: true }))
    const said = (await problems()).map((problem) => ({
      ...problem,
      ...wordsFor(LEDGER_WORDS, problem, PLAIN_WRITING),
    }))
    expect(found.lines.map((line) => JSON.parse(line))).toEqual(said)
    expect(found.code).toBe(EXIT.unwell)
    const well = { ...range, until: `${hour(3)}Z`, problems: true } as const
    expect(await runCli(bench.config, (cli) => runHours(cli, well))).toMatchObject({
      code: EXIT.done,
      lines: [expect.stringContaining('all is well with posts')],
    })
  })

  it('says how far the archive was', async () => {
    const { archive, known } = await askHours(ask, { stream: 'posts', from: first, to: hour(HOURS) })
    const marks = [...bench.posts.highWatermarks()]
    const partitions = marks.map(([partition, high]) => ({ partition, high, archived: high }))
    expect(archive satisfies ArchiveStanding | null).toEqual({ at: expect.any(Number), partitions })
    expect(known).toEqual({ first, last: hour(HOURS - 1) })
  })
})

describe('an hour with a file that no commit knows', () => {
  it('is sealed and counted without it: it is hidden, also when it comes to a sealed hour', async () => {
    await using bench = await BatchFixture.start({ worker: true })
    const ask: AskHours = { views: bench.views, clock: Date.now, graceMs: bench.config.lake.graceMs }
    const from = hourOf(Date.now() - 6 * HOUR_MS)
    for (const hour of [from, nextHour(from)]) await bench.posts.append(knownPosts(hour, 100))
    const stranger = '7-0000000000000000-0000000000000005.avro'
    await bench.store.create(`${bench.layout.hourDir('posts', from)}/${stranger}`, [Buffer.from('put here by hand')])

    const { seal, done } = await bench.hourly()
    expect(seal).toMatchObject({ sealed: 2, waiting: 0, behind: null })
    expect(done).toMatchObject({ hours: 2, failed: [] })
    const asked = { stream: 'posts', from, to: nextHour(from, 2) } as const
    for (const hour of (await askHours(ask, asked)).hours) {
      expect(hour).toMatchObject({ state: 'computed', refused: null, quarantined: { files: 0, records: 0 } })
      await bench.expectRight(1, hour.hour, 'hashtags@1')
    }
    expect((await bench.lake.listHour('posts', from)).foreign).toMatchObject([{ partition: 7 }])

    // An Avro file of the stream, moved there from another hour, where it is missing then.
    const [moved] = (await bench.lake.listHour('posts', from)).files
    const name = moved!.path.split('/').at(-1)!
    await bench.store.renameReplace(moved!.path, `${bench.layout.hourDir('posts', nextHour(from))}/9${name.slice(1)}`)
    await bench.hourly()
    const [lacking, other] = (await askHours(ask, asked)).hours
    expect(lacking, 'the twin: what is missing is not hidden with it').toMatchObject({
      state: 'computed',
      quarantined: { files: 1, vanished: { files: 1 } },
    })
    expect(other).toMatchObject({ state: 'computed', quarantined: { files: 0, records: 0 } })
    await bench.expectRight(1, other!.hour, 'hashtags@1')
  })
})

/** A plain count, copies once. */
function countOf(posts: readonly KnownPost[]): { records: number; counts: Record<string, number> } {
  const seen = new Set<string>()
  const counts: Record<string, number> = {}
  for (const { id, keys } of posts) {
    if (seen.has(id)) continue
    seen.add(id)
    for (const tag of keys['hashtags@1']) counts[tag] = (counts[tag] ?? 0) + 1
  }
  return { records: seen.size, counts }
}

/** What live counting has of the posts when it has missed none of them: a tally a slot and partition, a copy counted where it came first. */
function speedOf(posts: readonly KnownPost[]): NewSpeedDocument[] {
  const slotMs = 300_000
  const originals = posts.filter((post, i) => posts.findIndex(({ id }) => id === post.id) === i)
  const groups = Map.groupBy(
    originals,
    ({ id, at }) => `${slotStartOf(at, slotMs)} ${partitionOf(Buffer.from(id), PARTITIONS)}`,
  )
  return [...groups].map(([name, own]) => {
    const [start, partition] = name.split(' ').map(Number)
    const { records, counts } = countOf(own)
    const terms = Object.entries(counts).map(([tag, count]) => ({ key: tag, shown: tag, count }))
    return {
      ...key,
      extractor: 'hashtags@1',
      hour: hourOf(start!),
      slot: slotId(start!),
      slotMs,
      partition: partition!,
      offset: 1,
      closed: true,
      copies: 0,
      updatedAt: 1,
      ...columnsOf(tallyOf(terms, records)),
    }
  })
}
