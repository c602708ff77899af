/**
 * A year of hours in the views, as batch would have left them, and the full tallies of its last week in the lake: Zipf counts
 * that differ from hour to hour, with bursts, so that terms enter and leave the 1,000 that an hour keeps. In some hours an event
 * makes a rare term the first by far, also of its week: its count in the other hours stands only in the full tallies.
 *
 * Invariant: the same shape gives the same documents. What was filled whole is not filled again.
 */

import { encodeTally, tallyFacts } from '../../lake/tallies/encode.ts'
import type { LakeTallies } from '../../lake/tallies.ts'
import { PartialBuilder } from '../../model/count/partial-tally.ts'
import { sortedTermsOf } from '../../model/count/sorted-terms.ts'
import { columnsOfCounts } from '../../model/tally.ts'
import { type HourId, hoursBetween, nextHour, parseHour } from '../../model/time.ts'
import type { Views } from '../../views/views.ts'
import { type Random, randomOf } from './random.ts'
import { tagKey, tagSpellings } from './vocabulary.ts'

export interface AnswersShape {
  readonly hours: number
  readonly terms: number
}

/** The hour behind the last one. */
export const END = parseHour('2026-11-16T00')
export const WEEK_HOURS = 168
export const KEY = { stream: 'posts', board: 'hashtags', edition: 1 } as const
const EXTRACTOR = 'hashtags@2'
const GREATEST = 30_000
const EXPONENT = 0.9
const BURSTS = 8
const BURST_TIMES = 30
/** One hour of these has an event. */
const EVENT_HOURS = 40
const PUTS_AT_ONCE = 8

export function hoursOf({ hours }: AnswersShape): readonly HourId[] {
  return hoursBetween(nextHour(END, -hours), END)
}

export async function fillViews(
  views: Views,
  tallies: LakeTallies,
  shape: AnswersShape,
  onHour: (done: number) => void = () => {},
): Promise<void> {
  if ((await views.live.read('posts')) !== null) return
  await views.drop()
  await views.ensureIndexes()
  const vocabulary = vocabularyOf(shape.terms)
  const hours = hoursOf(shape)
  for (let from = 0; from < hours.length; from += PUTS_AT_ONCE) {
    const some = hours.slice(from, from + PUTS_AT_ONCE)
    await Promise.all(some.map((hour, i) => putHour(views, tallies, vocabulary, hour, from + i, hours.length)))
    onHour(from + some.length)
  }
  // Last, since it says that all is there.
  await views.editions.create({
    stream: 'posts',
    parent: null,
    since: null,
    until: null,
    extractors: { hashtags: EXTRACTOR },
    state: 'building',
    reason: 'bench',
    by: 'bench',
    createdAt: 0,
    workflowId: null,
  })
  await views.live.publish({ stream: 'posts', edition: 1, expectedVersion: 0, by: 'bench', at: 0 })
}

interface Vocabulary {
  /** In the keys' UTF-8 order: rank, key, spelling. */
  readonly terms: readonly { readonly rank: number; readonly key: Buffer; readonly shown: Buffer }[]
}

function vocabularyOf(terms: number): Vocabulary {
  const all = Array.from({ length: terms }, (_, rank) => ({
    rank,
    key: Buffer.from(tagKey(rank)),
    shown: Buffer.from(tagSpellings(rank)[rank % 2]!),
  }))
  return { terms: all.sort((a, b) => Buffer.compare(a.key, b.key)) }
}

async function putHour(
  views: Views,
  tallies: LakeTallies,
  { terms }: Vocabulary,
  hour: HourId,
  number: number,
  hours: number,
): Promise<void> {
  const counts = countsOf(terms, randomOf(number + 1))
  const columns = columnsOfCounts({
    counts,
    records: GREATEST,
    key: (i) => terms[i]!.key.toString(),
    shown: (i) => terms[i]!.shown.toString(),
    order: 'sorted',
  })
  const name = { ...KEY, hour, digest: `bench-${number}`, extractor: EXTRACTOR }
  if (number >= hours - WEEK_HOURS) await writeTally(tallies, name, terms, counts)
  await views.batch.put({
    ...KEY,
    ...columns,
    hour,
    extractor: EXTRACTOR,
    copies: 0,
    digest: name.digest,
    files: 4,
    bytes: 0,
    tallyPath: tallies.pathOf(name),
    computedAt: 0,
    by: 'bench',
    amendments: [],
  })
}

function countsOf(terms: Vocabulary['terms'], random: Random): Uint32Array {
  const bursting = new Set(Array.from({ length: BURSTS }, () => random.below(terms.length)))
  const event = random.below(EVENT_HOURS) === 0 ? random.below(terms.length) : undefined
  const eventCount = GREATEST * (20 + random.below(30))
  return Uint32Array.from(terms, ({ rank }) => {
    if (rank === event) return eventCount
    const usual = (GREATEST / (rank + 1) ** EXPONENT) * (0.5 + random.below(1_000) / 1_000)
    return Math.floor(bursting.has(rank) ? usual * BURST_TIMES : usual)
  })
}

async function writeTally(
  tallies: LakeTallies,
  name: Parameters<typeof tallyFacts>[0],
  terms: Vocabulary['terms'],
  counts: Uint32Array,
): Promise<void> {
  const builder = new PartialBuilder()
  terms.forEach(({ key, shown }, i) => {
    if (counts[i] === 0) return
    builder.addKey(key, 0, key.length, counts[i]!)
    builder.addSpelling(shown, 0, shown.length, counts[i]!)
  })
  const partial = builder.finish(GREATEST, 0)
  await tallies.write(tallyFacts(name, partial), encodeTally(name, sortedTermsOf(partial)))
}
