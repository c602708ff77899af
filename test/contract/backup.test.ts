/** MongoDB wiped, on the real services: with the exported editions, the same answers come back with the same editions. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exportEditions, importEditions } from '../../cli/backup.ts'
import type { Cli } from '../../cli/cli.ts'
import { parseRecompute } from '../../model/requests.ts'
import { type HourId, nextHour } from '../../model/time.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'

const FIRST = '2026-11-16T07' as HourId
const SECOND = nextHour(FIRST)
const folder = mkdtempSync(join(tmpdir(), 'backup-'))
const file = join(folder, 'editions.jsonl')

let bench: BatchFixture
beforeAll(async () => {
  bench = await BatchFixture.start({ worker: true })
  await bench.posts.append([FIRST, SECOND].flatMap((hour, i) => knownPosts(hour, 300, i * 10_000)))
  await bench.hourly()
  await bench.edition(parseRecompute({ since: SECOND, extractors: 'hashtags@2', reason: 'brackets', by: 'anna' }))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await bench?.[Symbol.asyncDispose]()
})

const said: string[] = []
const cli = (): Cli => ({
  stdin: new PassThrough(),
  stdout: new PassThrough().on('data', (text: Buffer) => said.push(String(text).trim())),
  stderr: new PassThrough().resume(),
  clock: Date.now,
  signal: AbortSignal.timeout(60_000),
  load: () => ({ config: bench.config, shown: [], warnings: [] }),
})

async function answers() {
  const of = async (edition: number, hour: HourId) => {
    const [view] = await bench.views.batch.get({ ...key, edition, hours: [hour] })
    const { keys, counts, records, copies, extractor, digest } = view!
    return { edition, hour, keys, counts, records, copies, extractor, digest }
  }
  const { by, edition, previous, trail } = (await bench.views.live.read('posts'))!
  return { live: { by, edition, previous, trail }, first: await of(1, FIRST), second: await of(2, SECOND) }
}

it('MongoDB is wiped; after the import and one hourly run every answer is as it was', async () => {
  const before = await answers()
  const editions = await bench.views.editions.list('posts')
  await exportEditions(cli(), file)
  expect(said.at(-1)).toBe(`2 editions and 1 live pointers are in ${file}`)
  await bench.views.drop()
  // The twin: without the import, a new database knows one edition, and counts by the first rule.
  await bench.hourly()
  expect((await bench.views.live.read('posts'))!.edition).toBe(1)
  expect(await bench.views.editions.list('posts')).toHaveLength(1)
  await expect(importEditions(cli(), file, { replace: false })).rejects.toThrow(
    'editions posts/1 is there already and says something else: nothing was imported. --replace writes over it',
  )
  await importEditions(cli(), file, { replace: true })
  expect(said.slice(-2)[0]).toContain('3 documents imported, 0 were there already')
  await bench.hourly()
  expect(await answers()).toEqual(before)
  expect(await bench.views.editions.list('posts')).toEqual(editions)
  await bench.expectRight(1, FIRST, 'hashtags@1')
  await bench.expectRight(2, SECOND, 'hashtags@2')
  await importEditions(cli(), file, { replace: true })
})

it('a file that is cut off, or none of ours, changes nothing', async () => {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const cut = join(folder, 'cut.jsonl')
  writeFileSync(cut, lines.slice(0, -1).join('\n'))
  await expect(importEditions(cli(), cut, { replace: true })).rejects.toThrow('is cut off: it has 2 of 3 documents')
  writeFileSync(cut, '{"hello": 1}\n')
  await expect(importEditions(cli(), cut, { replace: true })).rejects.toThrow('line 1 cannot be understood')
  await expect(importEditions(cli(), join(folder, 'none'), { replace: true })).rejects.toThrow('cannot be read')
})
