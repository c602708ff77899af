/**
 * `scan.ts OUT.tsv EDITION`: counts the whole lake that the configuration names and writes every full tally to it: the
 * batch hot path without Temporal and MongoDB. Prints JSON: records, copies, seconds by part.
 */
import { writeFileSync } from 'node:fs'
import { loadConfig } from '../../app/config.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { createCounters } from '../../lake/scan/counters.ts'
import { createTallies } from '../../lake/tallies.ts'
import { requestsOf, topLines } from './lake-requests.ts'

const [out = 'scan.tsv', edition = '1'] = process.argv.slice(2)
const { config } = loadConfig()
const place = { store: openStore(config.lake), layout: layoutAt(config.lake.root) }
await using counters = createCounters({ lake: config.lake, threads: config.batch.threads })
const tallies = createTallies({ ...place, writer: `bench-${process.pid}` })

const startedAt = performance.now()
const requests = await requestsOf(place, Number(edition))
const listedAt = performance.now()
const sums = { records: 0, copies: 0, terms: 0, bytes: 0, tallyBytes: 0 }
const lines = new Map<string, readonly string[]>()
const writing: Promise<unknown>[] = []
for await (const outcome of counters.countHours(requests)) {
  if ('error' in outcome) throw outcome.error
  const { facts, columns, file, bytes } = outcome.counted
  lines.set(facts.hour, topLines(facts.hour, columns))
  sums.records += facts.records
  sums.copies += facts.copies
  sums.terms += facts.distinct
  sums.bytes += bytes
  sums.tallyBytes += file.length
  writing.push(tallies.write(facts, file))
}
const countedAt = performance.now()
await Promise.all(writing)
const seconds = (from: number, to: number) => Math.round(to - from) / 1_000
writeFileSync(
  out,
  `${[...lines.keys()]
    .sort()
    .flatMap((hour) => lines.get(hour)!)
    .join('\n')}\n`,
)
console.log(
  JSON.stringify({
    ...sums,
    listSeconds: seconds(startedAt, listedAt),
    countSeconds: seconds(listedAt, countedAt),
    seconds: seconds(startedAt, performance.now()),
  }),
)
await place.store[Symbol.asyncDispose]()
