/** `tendance verify` on HDFS and MongoDB: a clean lake has no finding, and each of ten planted damages is found, named with a way out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../cli/cli.ts'
import type { Report } from '../../cli/verify/show.ts'
import { runVerify, type VerifyOptions } from '../../cli/verify/verify.ts'
import type { RecordFile } from '../../lake/listing.ts'
import { parseVerify } from '../../model/requests.ts'
import { HOUR_MS, type HourId, hourOf, nextHour } from '../../model/time.ts'
import type { DamageKind } from '../../model/verify.ts'
import { startVerify } from '../../temporal/start.ts'
import { askProblems } from '../../views/ask-problems.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { runCli } from '../cli/run-cli.ts'
import { uniqueName } from '../services.ts'

let bench: BatchFixture
const first = hourOf(Date.now() - 9 * HOUR_MS)
const hours = Array.from({ length: 5 }, (_, i) => nextHour(first, i))
const COMPACTED = hours[4]!

beforeAll(async () => {
  bench = await BatchFixture.start({ worker: true })
  for (const hour of hours) {
    await bench.posts.append(knownPosts(hour, 200))
    await bench.posts.append(knownPosts(hour, 100, 1_000))
  }
  await bench.hourly()
  await bench.lake.compactor.compactHour('posts', COMPACTED)
}, 120_000)
afterAll(() => bench?.[Symbol.asyncDispose]())

const filesOf = async (hour: HourId) => (await bench.lake.listHour('posts', hour)).files
const fileOf = async (hour: HourId, at = 0): Promise<RecordFile> => (await filesOf(hour))[at]!

async function verify(options: Partial<VerifyOptions> = {}): Promise<Report & { readonly code: number }> {
  const asked = { stream: 'posts', deep: false, lakeOnly: false, json: true, ...options } as const
  const { code, lines } = await runCli(bench.config, (cli) => runVerify(cli, asked))
  return { ...(JSON.parse(lines[0]!) as Report), code }
}

const problems = async () => {
  const ask = { views: bench.views, clock: Date.now, graceMs: bench.config.lake.graceMs }
  return (await askProblems(ask, { stream: 'posts', from: first, to: nextHour(first, hours.length) })).problems
}

/** Takes a file away; resolves to what puts it back. */
async function take(path: string): Promise<() => Promise<void>> {
  const bytes = await bench.store.read(path)
  await bench.store.delete(path)
  return async () => {
    await bench.store.delete(path)
    await bench.store.create(path, [bytes])
  }
}

/** Puts other bytes there; resolves to what puts the first ones back. */
async function replace(path: string, of: (bytes: Buffer) => Uint8Array): Promise<() => Promise<void>> {
  const bytes = await bench.store.read(path)
  const back = await take(path)
  await bench.store.create(path, [of(bytes)])
  return back
}

/** Each plants its damage, and resolves to the path that must be named and to what mends it. */
const damages: readonly {
  readonly name: string
  readonly kind: DamageKind
  readonly deep?: true
  readonly also?: readonly DamageKind[]
  readonly plant: () => Promise<{ readonly path: string; readonly mend: () => Promise<unknown> }>
}[] = [
  {
    name: 'a record file deleted',
    kind: 'missing',
    plant: async () => {
      const { path } = await fileOf(hours[0]!)
      return { path, mend: await take(path) }
    },
  },
  {
    name: 'a compacted file deleted',
    kind: 'missing',
    plant: async () => {
      const { path } = await fileOf(COMPACTED)
      return { path: path.slice(0, path.lastIndexOf('/')), mend: await take(path) }
    },
  },
  {
    name: 'a record file emptied',
    kind: 'length',
    plant: async () => {
      const { path } = await fileOf(hours[1]!)
      return { path, mend: await replace(path, () => Buffer.alloc(0)) }
    },
  },
  {
    name: 'a record file moved to another hour',
    kind: 'foreign',
    also: ['missing'],
    plant: async () => {
      const { path } = await fileOf(hours[2]!)
      const target = `${bench.layout.hourDir('posts', nextHour(first, 7))}/${path.split('/').at(-1)}`
      await bench.store.makeDirs(bench.layout.hourDir('posts', nextHour(first, 7)))
      await bench.store.renameReplace(path, target)
      const mend = async () => {
        await bench.store.renameReplace(target, path)
        await bench.store.delete(bench.layout.hourDir('posts', nextHour(first, 7)), { recursive: true })
      }
      return { path: target, mend }
    },
  },
  {
    name: 'a byte flipped in a block',
    kind: 'unreadable',
    deep: true,
    plant: async () => {
      const { path } = await fileOf(hours[3]!)
      const flip = (bytes: Buffer) => {
        const copy = Buffer.from(bytes)
        copy[copy.length - 40]! ^= 0xff
        return copy
      }
      return { path, mend: await replace(path, flip) }
    },
  },
  {
    name: 'a commit entry deleted from the middle',
    kind: 'log-hole',
    plant: async () => {
      const { partition, from } = await fileOf(hours[1]!)
      const path = bench.layout.commitFile('posts', partition, from)
      return { path, mend: await take(path) }
    },
  },
  {
    name: 'a commit entry that is no JSON',
    kind: 'entry-unreadable',
    plant: async () => {
      const { partition, from } = await fileOf(hours[2]!, 1)
      const path = bench.layout.commitFile('posts', partition, from)
      return { path, mend: await replace(path, (bytes) => bytes.subarray(0, 20)) }
    },
  },
  {
    name: 'a seal deleted',
    kind: 'seal-lost',
    plant: async () => {
      const path = bench.layout.sealFile('posts', hours[0]!)
      return { path, mend: await take(path) }
    },
  },
  {
    name: 'a full tally deleted',
    kind: 'tally-lost',
    plant: async () => {
      const [view] = await bench.views.batch.get({ ...key, edition: 1, hours: [hours[3]!] })
      return { path: view!.tallyPath, mend: await take(view!.tallyPath) }
    },
  },
  {
    name: 'a directory that no calendar has',
    kind: 'stray',
    plant: async () => {
      const path = `${bench.layout.recordsDir('posts')}/2026/11/31`
      await bench.store.makeDirs(`${path}/05`)
      return { path, mend: () => bench.store.delete(path, { recursive: true }) }
    },
  },
  {
    name: 'a stranger’s file in an hour',
    kind: 'stray',
    plant: async () => {
      const path = `${bench.layout.hourDir('posts', hours[0]!)}/_SUCCESS`
      await bench.store.create(path, [Buffer.from('')])
      return { path, mend: () => bench.store.delete(path) }
    },
  },
  {
    name: 'the log of an hour’s compaction deleted',
    kind: 'compaction-lost',
    plant: async () => {
      const { path } = await fileOf(COMPACTED)
      const log = `${bench.layout.compactionsDir('posts', COMPACTED)}/000001.json`
      return { path, mend: await take(log) }
    },
  },
]

describe('verify', () => {
  it('finds nothing in a whole lake, reading names or every block, and counts what is there', async () => {
    const inHour = hours.map((hour) => {
      const { records, copies } = bench.posts.truth(hour, 'hashtags@1')
      return records + copies
    })
    const expected = inHour.reduce((sum, records) => sum + records, 0)
    for (const deep of [false, true]) {
      const report = await verify({ deep })
      expect(report.damages).toEqual([])
      expect(report).toMatchObject({ code: EXIT.done, counts: { hours: hours.length, records: expected } })
    }
    expect(await verify({ since: `${hours[1]}Z`, until: `${hours[3]}Z` })).toMatchObject({
      code: EXIT.done,
      counts: { hours: 2, records: inHour[1]! + inHour[2]! },
    })
  })

  describe('finds', () => {
    it.each(damages)('$name', async ({ kind, deep, also = [], plant }) => {
      const { path, mend } = await plant()
      try {
        if (deep) expect((await verify()).damages, 'the twin: names and lengths do not tell').toEqual([])
        const report = await verify({ deep: deep ?? false })
        expect(report.code).toBe(EXIT.unwell)
        const found = report.damages.filter((one) => one.kind === kind)
        expect(
          found.map((one) => one.path).some((one) => one.startsWith(path)),
          JSON.stringify(report.damages),
        ).toBe(true)
        expect(new Set(report.damages.map((one) => one.kind))).toEqual(new Set([kind, ...also]))
        for (const one of report.damages) expect(one.todo).not.toBe('')
      } finally {
        await mend()
      }
      expect((await verify()).damages, 'mended, nothing is left').toEqual([])
    })
  })

  it('says what Kafka has and the lake has not, and the other way round', async () => {
    const marks = bench.posts.highWatermarks()
    const ask = async (low: number, high: number) => {
      const kafka = new Map([[0, { low, high }]])
      const { log } = await bench.lake.verifier.verify('posts', { deep: false, kafka })
      return log.damages.map(({ kind, records }) => [kind, records])
    }
    const end = marks.get(0)!
    expect(await ask(0, end + 7), 'the twin: more in Kafka is on its way').toEqual([])
    expect(await ask(0, end - 5)).toEqual([['beyond-kafka', 5]])
    expect(await ask(end + 3, end + 9)).toEqual([['kafka-deleted', 3]])
  })

  it('runs as a workflow: hours note what they lack, the ledger has what else was found, and a look at all that finds nothing ends it', async () => {
    const run = () =>
      startVerify(bench.temporal.client, parseVerify({}), bench.optionsOf(uniqueName('verify'))).then((one) =>
        one.result(),
      )
    expect(await run()).toMatchObject({ found: 0, damages: [], counts: { hours: hours.length } })
    expect(await problems()).toEqual([])
    const hour = hours[1]!
    const { path } = await fileOf(hour)
    const seal = bench.layout.sealFile('posts', hours[0]!)
    const back = [await take(path), await take(seal)]
    expect(await run()).toMatchObject({ found: 2 })
    const [entry] = await bench.views.hours.get('posts', [hour])
    expect(entry!.quarantined).toMatchObject({ files: 1, vanished: { files: 1 } })
    expect(await problems()).toMatchObject([
      { kind: 'damaged', cause: 'lake-damaged', damage: 'seal-lost', path: seal, from: hours[0] },
      { kind: 'vanished', cause: 'files-vanished', files: 1, from: hour },
    ])
    for (const mend of back) await mend()
    await bench.hourly()
    expect(await verify({ onWorkers: true })).toMatchObject({ damages: [], code: EXIT.done })
    expect(await problems()).toEqual([])
  })

  it('tells of a loss until it is accepted', async () => {
    const { path } = await fileOf(hours[3]!)
    const back = await take(path)
    expect((await verify()).damages).toMatchObject([{ kind: 'missing', path }])
    const name = path.split('/').at(-1)!
    const decider = { reason: 'a test', by: uniqueName('somebody'), at: 1 }
    await bench.lake.decisions.acceptFileLoss('posts', hours[3]!, name, decider)
    expect(await verify()).toMatchObject({ damages: [], code: EXIT.done })
    await back()
    expect((await verify()).damages).toEqual([])
  })
})
