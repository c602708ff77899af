import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { installFastavro } from '../../bench/baselines/install.ts'
import { requestsOf, topLines } from '../../bench/contenders/lake-requests.ts'
import { fillLake } from '../../bench/data/fill-lake.ts'
import { createCounters } from '../../lake/scan/counters.ts'
import { runCommand } from '../../stack/install/command.ts'
import { silentReporter } from '../../stack/reporter.ts'
import { layout, localLake } from '../lake/scan/lake-files.ts'
import { testSettings } from '../test-settings.ts'

const ROOT = join(import.meta.dirname, '..', '..')

const { cacheDir, environment } = testSettings()
/** A fresh machine fetches the packages once. */
const INSTALL_MS = 300_000
let python: string
beforeAll(async () => {
  python = await installFastavro({ cacheDir, environment, reporter: silentReporter })
}, INSTALL_MS)

describe('a recount of the lake by another program', () => {
  it('gives the same top 10 of every hour: fastavro and a rule of its own, our count, and the truth of the data', async () => {
    await using lake = await localLake()
    const place = { store: lake.store, layout }
    const truth = await fillLake(place, { posts: 24_000, hours: 3, partitions: 2, seed: 5 })

    await using counters = createCounters({ lake: lake.address, threads: 2 })
    const lines: string[] = []
    let records = 0
    for await (const outcome of counters.countHours(await requestsOf(place, 1))) {
      if ('error' in outcome) throw outcome.error
      lines.push(...topLines(outcome.counted.name.hour, outcome.counted.columns))
      records += outcome.counted.facts.records
    }
    const byHour = lines.toSorted((a, b) => a.slice(0, 13).localeCompare(b.slice(0, 13)))
    expect(`${byHour.join('\n')}\n`).toBe(truth)

    const folder = fileURLToPath(lake.address.url)
    const out = join(folder, 'recount.tsv')
    const script = join(ROOT, 'bench', 'fastavro_recount.py')
    const { output } = await runCommand(python, [script, join(folder, layout.recordsDir('posts')), out], {
      environment,
    })
    expect(await readFile(out, 'utf8')).toBe(truth)
    const said = JSON.parse(output.trim().split('\n').at(-1)!) as { records: number; copies: number }
    expect(said.records).toBe(records)
    expect(said.copies).toBeGreaterThan(0)
    expect(said.records + said.copies).toBe(24_000)
  })
})
