/**
 * `top.ts WHAT HOURS TERMS TIMES`: answers questions from the views that `fillViews` filled, one after another at random, in one
 * process that is warm. WHAT is
 *
 *   hour       the top 10 of an hour, with movements
 *   document   the limit of `hour`: its two documents read by number, nothing else
 *   range      the top 10 of 168 hours, proven
 *   plain      what people write first for `range`: documents of arrays, fetched and added up in a Map; it proves nothing
 *
 * Prints JSON: milliseconds (median, 99th percentile), how many were exact, and how many full tallies were asked.
 */
import { MongoClient } from 'mongodb'
import { loadConfig } from '../../app/config.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { createTallies } from '../../lake/tallies.ts'
import { AppError } from '../../model/errors.ts'
import type { FullTallies } from '../../model/full-tallies.ts'
import { hourEnd, nextHour } from '../../model/time.ts'
import { type Ask, answerHour, answerRange } from '../../views/ask.ts'
import { openViews } from '../../views/views.ts'
import { hoursOf, KEY, WEEK_HOURS } from '../data/fill-views.ts'
import { randomOf } from '../data/random.ts'

const [what = 'hour', hoursText, termsText, timesText] = process.argv.slice(2)
const hours = hoursOf({ hours: Number(hoursText), terms: Number(termsText) })
const times = Number(timesText)
const WARM_UP = 5
const QUESTION = { board: 'hashtags', n: 10 } as const

const { config } = loadConfig()
await using store = openStore(config.lake)
await using views = await openViews({ ...config.mongo, appName: 'tendance bench' })
const full = createTallies({ store, layout: layoutAt(config.lake.root), writer: 'bench' })
let asked = 0
const fullTallies: FullTallies = {
  lookup(ref, keys) {
    asked++
    return full.lookup(ref, keys)
  },
  above(ref, minCount) {
    asked++
    return full.above(ref, minCount)
  },
}
const ask: Ask = { views, fullTallies, clock: () => hourEnd(hours.at(-1)!) }
const random = randomOf(7)
/** Some hour with one before it. */
const someHour = () => hours[1 + random.below(hours.length - 1)]!

async function answerOnce(): Promise<boolean> {
  switch (what) {
    case 'hour':
      return (await answerHour(ask, { ...QUESTION, hour: someHour() })).exact
    case 'document': {
      const hour = someHour()
      return (await views.batch.get({ ...KEY, hours: [nextHour(hour, -1), hour] })).length === 2
    }
    case 'range': {
      const range = { from: hours.at(-WEEK_HOURS)!, to: nextHour(hours.at(-1)!) }
      return (await answerRange(ask, { ...QUESTION, ...range })).exact
    }
    case 'plain':
      await addUp()
      return false
    default:
      throw new AppError('bad-input', `there is no '${what}'; there are hour, document, range, plain`)
  }
}

const client = new MongoClient(config.mongo.uri)
const arrays = client
  .db(config.mongo.database)
  .collection<{ hour: string; top: { key: string; count: number }[] }>('arrays')

async function fillArrays(): Promise<void> {
  if ((await arrays.estimatedDocumentCount()) === WEEK_HOURS) return
  await arrays.deleteMany({})
  const documents = await views.batch.get({ ...KEY, hours: hours.slice(-WEEK_HOURS) })
  await arrays.insertMany(
    documents.map(({ hour, keys, counts }) => ({ hour, top: keys.map((key, i) => ({ key, count: counts[i]! })) })),
  )
}

async function addUp(): Promise<readonly [string, number][]> {
  const counts = new Map<string, number>()
  for (const { top } of await arrays.find({}, { batchSize: WEEK_HOURS }).toArray()) {
    for (const { key, count } of top) counts.set(key, (counts.get(key) ?? 0) + count)
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, QUESTION.n)
}

if (what === 'plain') await fillArrays()
for (let i = 0; i < WARM_UP; i++) await answerOnce()
asked = 0
const took: number[] = []
let exact = 0
for (let i = 0; i < times; i++) {
  const from = performance.now()
  if (await answerOnce()) exact++
  took.push(performance.now() - from)
}
await client.close()
took.sort((a, b) => a - b)
const at = (share: number) => Math.round(took[Math.min(took.length - 1, Math.floor(share * took.length))]! * 100) / 100
console.log(
  JSON.stringify({ seconds: at(0.99) / 1_000, p50Ms: at(0.5), p99Ms: at(0.99), times, exact, fullTalliesAsked: asked }),
)
