/** Editions as people use them, on real Temporal, HDFS and MongoDB: preview, hold, compare, cancel, keep, clean up. */
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decideEdition } from '../../cli/decide.ts'
import { resumeEdition } from '../../cli/resume.ts'
import { isAppError } from '../../model/errors.ts'
import type { Preview } from '../../model/preview.ts'
import { parseRebuild, parseRecompute } from '../../model/requests.ts'
import { compareRank } from '../../model/tally.ts'
import { type HourId, nextHour } from '../../model/time.ts'
import { cancelRun, readRun, tellRun } from '../../temporal/decide.ts'
import { startEdition, startPreview } from '../../temporal/start.ts'
import { diffEditions, type HourDiff } from '../../views/diff.ts'
import { extentsOf } from '../../views/extent.ts'
import type { EditionResult } from '../../workflows/edition.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { knownPosts, type Rule } from '../activities/lake-of-posts.ts'
import { uniqueName } from '../services.ts'

const FIRST = '2026-11-16T00' as HourId
const at = (hours: number) => nextHour(FIRST, hours)
/** Hours 0 to 7, without the fifth. */
const HOURS = [0, 1, 2, 3, 4, 6, 7].map(at)

let bench: BatchFixture
beforeAll(async () => {
  bench = await BatchFixture.start({ worker: true, more: { TENDANCE_BATCH_KEEP_EDITIONS_MS: '0' } })
  for (const [index, hour] of HOURS.entries()) await bench.posts.append(knownPosts(hour, 1_000, index * 10_000))
  await bench.hourly()
})
afterAll(() => bench?.[Symbol.asyncDispose]())

/** The true top n of the hour by that rule, as a plain count says. */
function trueTop(hour: HourId, rule: Rule, n: number): (readonly [string, number])[] {
  const terms = Object.entries(bench.posts.truth(hour, rule).counts).map(([term, count]) => ({ key: term, count }))
  return terms
    .sort(compareRank)
    .slice(0, n)
    .map(({ key: term, count }) => [term, count] as const)
}

async function preview(input: object): Promise<Preview> {
  const request = 'since' in input ? parseRecompute(input) : parseRebuild(input)
  const handle = await startPreview(bench.temporal.client, request, bench.optionsOf(uniqueName('preview')))
  return (await handle.result()) as Preview
}

/** Everything that is stored, by name: what a preview must leave as it is. */
async function stored(): Promise<readonly string[]> {
  const names: string[] = []
  const walk = async (dir: string): Promise<void> => {
    for (const { name, kind, bytes } of await bench.store.list(dir)) {
      names.push(`${dir}/${name} ${bytes}`)
      if (kind === 'directory') await walk(`${dir}/${name}`)
    }
  }
  await walk(bench.config.lake.root)
  const editions = await bench.views.editions.list('posts')
  const views = await Promise.all(editions.map(({ number }) => bench.views.batch.hours({ ...key, edition: number })))
  return [...names, JSON.stringify({ editions, views, live: await bench.views.live.read('posts') })].sort()
}

describe('a preview', () => {
  it('says what would be read, exactly, and really counts a sample by the new rule', async () => {
    const seen = await preview({ since: at(2), extractors: 'hashtags@2' })
    const hours = HOURS.filter((hour) => hour >= at(2))
    const truths = hours.map((hour) => bench.posts.truth(hour, 'hashtags@2'))
    expect(seen).toMatchObject({
      kind: 'recompute',
      parent: 1,
      extractors: { hashtags: 'hashtags@2' },
      hours: hours.length,
      first: at(2),
      last: at(7),
      records: truths.reduce((sum, { records, copies }) => sum + records + copies, 0),
      open: { count: 0 },
      missing: { count: 1, runs: [{ first: at(5), last: at(5) }] },
      estimate: { edition: null, measured: { hours: 3 } },
    })
    const listed = await Promise.all(hours.map((hour) => bench.lake.listHour('posts', hour)))
    expect(seen.bytes).toBe(listed.reduce((sum, { bytes }) => sum + bytes, 0))
    expect(seen.estimate!.secondsLeast).toBeGreaterThan(0)
    expect(seen.sample).toHaveLength(3)
    for (const { hour, boards } of seen.sample) {
      const { before, after, rows } = boards[0]!
      expect(before).toMatchObject({ edition: 1, extractor: 'hashtags@1' })
      expect(after.extractor).toBe('hashtags@2')
      const ranked = (side: 'before' | 'after') =>
        rows
          .filter((row) => row[side].rank !== null)
          .sort((a, b) => a[side].rank! - b[side].rank!)
          .map((row) => [row.key, row[side].lower])
      expect(ranked('before')).toEqual(trueTop(hour, 'hashtags@1', 10))
      expect(ranked('after')).toEqual(trueTop(hour, 'hashtags@2', 10))
      // The twin: the two rules do differ here.
      expect(ranked('after')).not.toEqual(ranked('before'))
    }
    expect(JSON.stringify(seen).length).toBeLessThan(100_000)
  })

  it('writes nothing: neither to the lake nor to the views', async () => {
    const before = await stored()
    await preview({ extractors: 'hashtags@2' })
    expect(await stored()).toEqual(before)
  })

  it('tells hours that are not sealed from those it would read', async () => {
    await bench.posts.append(knownPosts(at(9), 100, 500_000))
    const seen = await preview({ since: at(7), extractors: 'hashtags@2' })
    expect(seen).toMatchObject({
      hours: 1,
      open: { count: 1, runs: [{ first: at(9), last: at(9) }] },
      missing: { count: 1, runs: [{ first: at(8), last: at(8) }] },
    })
    await bench.hourly()
  })
})

describe('a held edition', () => {
  const request = parseRecompute({ since: at(3), extractors: 'hashtags@2', hold: true, reason: 'brackets', keep: '1h' })
  const workflowId = uniqueName('held')
  const state = async (number: number) => (await bench.views.editions.get('posts', number))?.state
  let running: Awaited<ReturnType<typeof startEdition>>

  it('is complete, waits, and says so', async () => {
    running = await startEdition(bench.temporal.client, request, bench.optionsOf(workflowId))
    await expect.poll(() => state(2), { timeout: 30_000 }).toBe('held')
    const edition = (await bench.views.editions.get('posts', 2))!
    expect(edition.changes.map((change) => [change.state, change.why])).toEqual([
      ['building', 'brackets'],
      ['held', 'waits for a person'],
    ])
    expect(edition).toMatchObject({ keepMs: 3_600_000, built: { hours: 5 } })
    const extent = (await extentsOf(bench.views, [edition])).get(2)
    expect(extent).toMatchObject({ hours: 5, hoursDue: 5, first: at(3), last: at(9) })
    expect(await readRun(bench.temporal.client, workflowId)).toMatchObject({
      status: 'RUNNING',
      progress: { phase: 'held', edition: 2, done: { hours: 5 } },
    })
  })

  it('differs from the live one as a plain count of both rules says, hour by hour and over all', async () => {
    const hours: HourDiff[] = []
    const question = { ...key, before: 1, after: 2, n: 10 }
    const summary = await diffEditions(bench.views, question, { take: (hour) => hours.push(hour) })
    const own = [...HOURS.filter((hour) => hour >= at(3)), at(9)]
    expect(summary).toMatchObject({ hours: 5, shared: 3, onlyBefore: [], onlyAfter: [], first: at(3), last: at(9) })
    expect(hours.map(({ hour }) => hour)).toEqual(own)
    for (const { hour, rows, settled } of hours) {
      const [was, is] = [trueTop(hour, 'hashtags@1', 10), trueTop(hour, 'hashtags@2', 10)]
      expect(settled).toBe(true)
      expect(rows.filter(({ after }) => after.rank !== null).map((row) => [row.key, row.after.lower])).toEqual(is)
      const left = was.filter(([term]) => !is.some(([other]) => other === term)).map(([term]) => term)
      expect(rows.filter(({ change }) => change === 'left').map((row) => row.key)).toEqual(left)
    }
    const sums = (rule: Rule) => {
      const sum = new Map<string, number>()
      for (const hour of own) {
        for (const [term, count] of Object.entries(bench.posts.truth(hour, rule).counts)) {
          sum.set(term, (sum.get(term) ?? 0) + count)
        }
      }
      return sum
    }
    const [was, is] = [sums('hashtags@1'), sums('hashtags@2')]
    expect(summary.greatest.length).toBeGreaterThan(5)
    for (const { key: term, lower, upper } of summary.greatest) {
      const change = (is.get(term) ?? 0) - (was.get(term) ?? 0)
      expect([lower, upper]).toEqual([change, change])
    }
    // The twin: an edition does not differ from itself.
    expect(await diffEditions(bench.views, { ...question, before: 2 })).toMatchObject({ hours: 0, shared: 8 })
  })

  it('is published when a person says so, and the one in its place is kept as long as was asked', async () => {
    await tellRun(bench.temporal.client, workflowId, 'publish', { by: 'me' })
    expect(await running.result()).toMatchObject({ edition: 2, state: 'live' })
    const [first, second] = await bench.views.editions.list('posts')
    expect(second).toMatchObject({
      state: 'live',
      changes: expect.arrayContaining([expect.objectContaining({ by: 'me' })]),
    })
    expect(first!.keepUntil).toBe(second!.publishedAt! + 3_600_000)
  })

  it('told again when its run has ended, says that none goes on', async () => {
    const error = await tellRun(bench.temporal.client, workflowId, 'publish').catch((cause: unknown) => cause)
    expect(isAppError(error, 'not-found')).toBe(true)
  })
})

describe('cancelling', () => {
  it('deletes what was computed, and readers never notice', async () => {
    const request = parseRebuild({ extractors: 'hashtags@2', hold: true, reason: 'by mistake' })
    const workflowId = uniqueName('cancelled')
    const running = await startEdition(bench.temporal.client, request, bench.optionsOf(workflowId))
    await expect.poll(async () => (await bench.views.editions.get('posts', 3))?.state, { timeout: 30_000 }).toBe('held')
    // The twin: there is something to delete.
    expect(await bench.views.batch.hours({ ...key, edition: 3 })).toHaveLength(8)
    expect(await bench.store.stat(bench.layout.talliesDir('posts', 3))).toBeDefined()

    await cancelRun(bench.temporal.client, workflowId, { by: 'me', reason: 'a mistake' })
    expect((await running.result()) as EditionResult).toMatchObject({ state: 'cancelled', edition: 3 })
    expect(await bench.views.batch.hours({ ...key, edition: 3 })).toEqual([])
    expect(await bench.store.stat(bench.layout.talliesDir('posts', 3))).toBeUndefined()
    expect(await bench.views.editions.get('posts', 3)).toMatchObject({
      state: 'cancelled',
      clearedAt: expect.any(Number),
    })
    expect(await bench.views.live.read('posts')).toMatchObject({ edition: 2 })
    const again = await bench.edition(parseRebuild({ extractors: 'hashtags@2' }), workflowId)
    expect(again).toMatchObject({ edition: 4, parent: null, state: 'live', done: { hours: 8 } })
  })
})

describe('keeping', () => {
  it('keeps what is read, what a rollback goes to, and what was asked to be kept; clears the rest', async () => {
    // Live is 4, a full history; before it 2, on top of 1, which is kept for an hour.
    const held = await bench.cleanup(false)
    expect(held.editions).toEqual([])
    // Edition 5 takes the place of 4: a rollback goes to 4 now, so that 2 and 1 are only held by their own times.
    await bench.edition(parseRebuild({ extractors: 'hashtags@1', reason: 'once more' }))
    const cleaned = await bench.cleanup(false)
    expect(cleaned.editions).toEqual([2])
    const kept = await Promise.all([1, 2, 4, 5].map((edition) => bench.views.batch.hours({ ...key, edition })))
    expect(kept.map((hours) => hours.length > 0)).toEqual([true, false, true, true])
  })

  it('going back to what was cleared is refused, with what to do', async () => {
    const act = { stream: 'posts', by: 'me', at: Date.now() } as const
    expect(await bench.views.live.rollback(act)).toMatchObject({ edition: 4, previous: 2 })
    await expect(bench.views.live.rollback(act)).rejects.toThrow(
      /edition 2 of posts: its views were deleted on .*recompute it/,
    )
    expect(await bench.views.live.read('posts')).toMatchObject({ edition: 4 })
  })

  it('a fence stops who looked before it, and nobody who looks behind it', async () => {
    const seen = (await bench.views.live.read('posts'))!
    await bench.views.live.fence('posts', seen)
    const act = { stream: 'posts', by: 'me', at: Date.now(), edition: 5 } as const
    await expect(bench.views.live.publish({ ...act, expectedVersion: seen.version })).rejects.toThrow(
      /was not published/,
    )
    expect(await bench.views.live.publish({ ...act, expectedVersion: seen.version + 1 })).toMatchObject({ edition: 5 })
  })
})

describe('deciding on an edition whose run has ended, or is unknown to Temporal', () => {
  const said: string[] = []
  const cli = () => ({
    stdin: process.stdin,
    stdout: new PassThrough().on('data', (text: Buffer) => said.push(String(text).trim())),
    stderr: new PassThrough(),
    clock: Date.now,
    signal: new AbortController().signal,
    load: () => ({ config: bench.config, shown: [], warnings: [] }),
  })
  const decide = (number: number, publish: boolean) => decideEdition(cli(), 'posts', number, { publish })

  it('says why it is held and which command goes on with it; rejecting needs no run', async () => {
    const { number } = await bench.views.editions.create({
      ...{ stream: 'posts', parent: 5, since: at(3), until: null, extractors: { hashtags: 'hashtags@2' } },
      ...{ state: 'building', reason: 'a test', by: 'me', createdAt: Date.now(), workflowId: 'recompute-long-gone' },
    })
    await expect(decide(number, true)).rejects.toThrow(
      /its run recompute-long-gone is gone, so that nobody brings it up to date/,
    )
    const why = '1 of its hours failed: 2026-11-16T04 (block 3 is broken)'
    const change = { to: 'held', at: Date.now(), by: 'tendance', why } as const
    await bench.views.editions.setState('posts', number, change)
    const error = await decide(number, true).catch((cause: unknown) => cause)
    expect(isAppError(error, 'conflict') && error.message).toContain(
      `its run recompute-long-gone is gone, so that nobody brings it up to date. It is held because ${why}. 'tendance recompute --resume ${number}'`,
    )
    await decide(number, false)
    expect(said.at(-1)).toBe(`edition ${number}: rejected (its run is gone)`)
    expect(await bench.views.editions.get('posts', number)).toMatchObject({ state: 'rejected' })
    await expect(decide(number, true)).rejects.toThrow(/it is rejected already: recompute again/)
    await expect(decide(2, true)).rejects.toThrow(/its views have been deleted: recompute again/)
    await expect(decide(5, false)).rejects.toThrow(/readers see it: 'tendance rollback'/)
    await expect(decide(99, true)).rejects.toThrow(/there is no edition 99/)
  })

  it('goes on with an edition whose run Temporal does not know, from what the edition says of itself', async () => {
    const workflowId = uniqueName('recompute-forgotten')
    const { number } = await bench.views.editions.create({
      ...{ stream: 'posts', parent: 5, since: at(7), until: null, extractors: { hashtags: 'hashtags@2' } },
      ...{ state: 'building', reason: 'a test', by: 'me', createdAt: Date.now(), workflowId },
    })
    await resumeEdition(cli(), String(number), { detach: false })
    expect(await bench.views.editions.get('posts', number)).toMatchObject({ state: 'held' })
    await bench.expectRight(number, at(7), 'hashtags@2')
    await decide(number, true)
    await expect.poll(() => bench.views.live.read('posts'), { timeout: 20_000 }).toMatchObject({ edition: number })
  })
})
