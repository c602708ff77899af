/** `tendance recompute --resume`: what failed is computed, and nothing else. */
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cli } from '../../cli/cli.ts'
import { resumeEdition } from '../../cli/resume.ts'
import { tallyPath } from '../../lake/tallies/format.ts'
import { parseRecompute } from '../../model/requests.ts'
import { type HourId, nextHour } from '../../model/time.ts'
import type { EditionResult } from '../../workflows/edition.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { uniqueName } from '../services.ts'

const FIRST = '2026-11-16T07' as HourId
const SECOND = nextHour(FIRST)
const THIRD = nextHour(FIRST, 2)
const HOURS = [FIRST, SECOND, THIRD]

let bench: BatchFixture
beforeAll(async () => {
  bench = await BatchFixture.start({ worker: true })
  await bench.posts.append(HOURS.flatMap((hour, i) => knownPosts(hour, 300, i * 10_000)))
  await bench.hourly()
})
afterAll(() => bench?.[Symbol.asyncDispose]())

/** As a person who types it, on this test's own configuration. */
async function resume(which: string): Promise<{ result: EditionResult | null; said: string }> {
  const stdout = new PassThrough()
  const { config } = bench
  const cli: Cli = {
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough().resume(),
    clock: Date.now,
    signal: AbortSignal.timeout(60_000),
    load: () => ({ config, sources: {} }) as unknown as ReturnType<Cli['load']>,
  }
  const result = await resumeEdition(cli, which, { detach: false })
  stdout.end()
  return { result, said: await text(stdout) }
}

const computedAt = async (edition: number) =>
  new Map((await bench.views.batch.facts({ ...key, edition, hours: HOURS })).map((one) => [one.hour, one.computedAt]))

describe('a recompute of which one hour fails, though none of its files is corrupt', () => {
  const workflowId = uniqueName('recompute-resumed')
  const request = parseRecompute({ since: FIRST, extractors: 'hashtags@2', reason: 'to be resumed', by: 'vitest' })
  let inTheWay: string
  let before: ReadonlyMap<HourId, number>

  it('is held with the reason; nothing is quarantined', async () => {
    // Another tally lies where the hour's would: what one and the same digest gives must be the same.
    const { digest } = await bench.lake.listHour('posts', SECOND)
    const [other] = await bench.views.batch.facts({ ...key, edition: 1, hours: [FIRST] })
    inTheWay = tallyPath(bench.layout, { ...key, edition: 2, hour: SECOND, digest, extractor: 'hashtags@2' })
    await bench.store.create(inTheWay, [await bench.store.read(other!.tallyPath)])
    const held = await bench.edition(request, workflowId)
    expect(held).toMatchObject({ edition: 2, state: 'held', done: { hours: 2 } })
    expect(held.failed).toMatchObject([{ hour: SECOND, code: 'conflict' }])
    expect(held.failed[0]?.quarantined).toBeUndefined()
    expect(await bench.lake.listQuarantine('posts')).toEqual([])
    before = await computedAt(2)
    expect([...before.keys()].sort()).toEqual([FIRST, THIRD])
  })

  it('resumed before anything is mended fails at the same hour again', async () => {
    const { result, said } = await resume('2')
    expect(result).toMatchObject({ edition: 2, state: 'held', done: { hours: 0 }, failed: [{ hour: SECOND }] })
    expect(said).toContain("'tendance recompute --resume 2' computes only what failed")
  })

  it('resumed after mending computes that hour, leaves the others as they are, and is published', async () => {
    await bench.store.delete(inTheWay)
    const { result, said } = await resume(workflowId)
    expect(result).toMatchObject({ edition: 2, state: 'live', done: { hours: 1 }, failed: [] })
    expect(said).toContain('edition 2 is live: 1 hours')
    const after = await computedAt(2)
    expect(after.get(SECOND)).toBeGreaterThan(Math.max(...before.values()))
    for (const hour of [FIRST, THIRD]) expect(after.get(hour)).toBe(before.get(hour))
    for (const hour of HOURS) await bench.expectRight(2, hour, 'hashtags@2')
  })
})

it('refuses to resume what was no run, or nobody knows', async () => {
  await expect(resume('1')).rejects.toThrow('edition 1 was not made by a run')
  await expect(resume('recompute-of-nobody')).rejects.toMatchObject({ code: 'not-found' })
})
