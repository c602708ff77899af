/** Dead ends on HDFS, and the commands that lead out of them: what people decide is written in the lake, and its hour shows it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cli, EXIT, reportError } from '../../cli/cli.ts'
import { acceptLoss, discard, showQuarantine } from '../../cli/quarantine.ts'
import { readEntry } from '../../lake/archive/commit-log.ts'
import { createLake } from '../../lake/lake.ts'
import { HOUR_MS, type HourId, hourOf, nextHour } from '../../model/time.ts'
import { type AskHours, askHours } from '../../views/ask-hours.ts'
import { askProblems } from '../../views/ask-problems.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { runCli } from '../cli/run-cli.ts'

let bench: BatchFixture
let ask: AskHours
const first = hourOf(Date.now() - 8 * HOUR_MS)
const hours = [0, 1, 2].map((i) => nextHour(first, i))

beforeAll(async () => {
  bench = await BatchFixture.start({ worker: true })
  ask = { views: bench.views, clock: Date.now, graceMs: bench.config.lake.graceMs }
  for (const hour of hours) await bench.posts.append(knownPosts(hour, 200))
  await bench.hourly()
}, 120_000)
afterAll(() => bench?.[Symbol.asyncDispose]())

const range = { stream: 'posts', from: first, to: nextHour(first, 4) } as const
const ledger = async (hour: HourId) => (await askHours(ask, range)).hours.find((one) => one.hour === hour)!
const command = (run: (cli: Cli) => Promise<void>) =>
  runCli(bench.config, async (cli) => {
    try {
      await run(cli)
      return EXIT.done
    } catch (error) {
      return reportError(cli, error)
    }
  })

describe('the file of the last commit lost', () => {
  it('stops the archive until its loss is accepted; then it goes on, and the hour shows who accepted what', async () => {
    const hour = hours[2]!
    const [file] = (await bench.lake.listHour('posts', hour)).files
    const records = await bench.lake.recordsOf('posts', hour, file!)
    await bench.store.delete(file!.path)
    await expect(bench.posts.append(knownPosts(nextHour(first, 3), 40, 5_000))).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(`tendance accept-loss ${file!.path} --reason`),
    })
    expect(await command((cli) => acceptLoss(cli, file!.path, '')), 'a reason is asked for').toMatchObject({
      code: EXIT.usage,
    })
    expect(await command((cli) => acceptLoss(cli, file!.path, 'no snapshot has it'))).toMatchObject({
      code: EXIT.done,
      lines: [expect.stringContaining(`hour ${hour} lacks ${records} records for ever`)],
    })
    await bench.posts.append(knownPosts(hours[0]!, 40, 7_000))
    await bench.hourly()
    const gone = { files: 1, records }
    const shown = await ledger(hour)
    expect(shown.quarantined).toEqual({ ...gone, vanished: gone, accepted: gone })
    expect(shown.completeness.archived).toBeLessThan(1)
    expect(
      (await askProblems(ask, range)).problems.map(({ kind }) => kind),
      'decided',
    ).not.toContain('vanished')
    const listed = await runCli(bench.config, (cli) => showQuarantine(cli, { json: false }))
    expect(listed.lines.join('\n')).toMatch(/lost for ever.*\n.*\n.*\n.*accepted by .*: no snapshot has it/)
    expect(listed.code).toBe(EXIT.done)
    await bench.lake.compactor.compactHour('posts', hour)
    expect((await bench.lake.stock('posts', hour)).quarantined).toMatchObject({ accepted: gone })
    expect(await command((cli) => acceptLoss(cli, file!.path.replace('/0-', '/9-'), 'x'))).toMatchObject({
      code: EXIT.failed,
    })
  })
})

describe('a commit entry that cannot be read', () => {
  it('is made anew by accept-loss from the files that are there', async () => {
    const hour = hours[1]!
    const [file] = (await bench.lake.listHour('posts', hour)).files
    const path = bench.layout.commitFile('posts', file!.partition, file!.from)
    const before = await readEntry({ ...bench, stream: 'posts' }, file!.partition, file!.from)
    await bench.store.delete(path)
    await bench.store.create(path, [Buffer.from('{"version":1,')])
    const fresh = createLake(bench, 'fresh')
    await expect(fresh.stock('posts', hour)).rejects.toMatchObject({
      message: expect.stringContaining(`tendance accept-loss ${path} --reason`),
    })
    expect(await command((cli) => acceptLoss(cli, path, 'a disk'))).toMatchObject({ code: EXIT.done })
    const { files, ...entry } = await readEntry({ ...bench, stream: 'posts' }, file!.partition, file!.from)
    expect(entry).toMatchObject({ to: before.to, records: before.records, topic: before.topic })
    expect(files).toHaveLength(before.files.length)
    expect(await fresh.stock('posts', hour)).toMatchObject({ quarantined: { files: 0 } })
  })
})

describe('what is in the way', () => {
  it('neither stops hourly work nor a count, and discard takes it away', async () => {
    const odd = `${bench.layout.recordsDir('posts')}/2026/11/31`
    await bench.store.makeDirs(`${odd}/05`)
    await bench.store.makeDirs(`${bench.layout.recordsDir('posts')}/abc`)
    const unreadable = `${bench.layout.hourDir('posts', hours[1]!)}/3-0000000000900000-0000000000900005.avro`
    await bench.store.create(unreadable, [Buffer.from('no Avro at all')])
    const { done, seal } = await bench.hourly()
    expect({ failed: done.failed, behind: seal.behind }).toEqual({ failed: [], behind: null })
    await bench.hourly()
    expect(await ledger(hours[1]!)).toMatchObject({ state: 'computed', quarantined: { files: 0, records: 0 } })
    const hidden = unreadable.replace(/([^/]+)$/, '_$1.foreign')
    expect(await bench.store.stat(hidden)).toBeDefined()
    for (const path of [odd, hidden]) {
      expect(await command((cli) => discard(cli, path, 'a mistake'))).toMatchObject({ code: EXIT.done })
      expect(await bench.store.stat(path)).toBeUndefined()
    }
    const own = (await bench.lake.listHour('posts', hours[1]!)).files[0]!.path
    for (const path of [own, bench.layout.hourDir('posts', hours[1]!), bench.layout.sealFile('posts', hours[1]!)]) {
      expect((await command((cli) => discard(cli, path, 'x'))).code, path).not.toBe(EXIT.done)
      expect(await bench.store.stat(path)).toBeDefined()
    }
  })
})
