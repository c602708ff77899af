/**
 * One term over a range of hours: its count in each, exact. Where an hour's tally does not name it, the hour's full tally in the
 * lake is asked; only what that costs is left open when the lake does not answer.
 */
import { type BoardName, boards } from '../model/boards.ts'
import { type Doubt, type Doubted, doubted } from '../model/doubt.ts'
import { AppError, isAppError } from '../model/errors.ts'
import type { FullTallies, FullTallyRef } from '../model/full-tallies.ts'
import { boundsOf, shownOf } from '../model/tally-merge.ts'
import { rankOf } from '../model/tally-top.ts'
import { extractorNamed } from '../model/terms/index.ts'
import { compareCodePoints } from '../model/terms/order.ts'
import { countHours, type HourId, hoursBetween } from '../model/time.ts'
import type { HourStanding, Provenance } from './answer.ts'
import type { Ask } from './ask.ts'
import { type HourSource, mergeSources } from './hour-source.ts'
import { FORGIVEN } from './prove.ts'
import { type HourFacts, provenanceOf } from './provenance.ts'
import { readHours } from './read-hours.ts'
import { digestOf, lineOf } from './stamp.ts'

export interface TermQuestion {
  readonly board: BoardName
  /** As people write it; a sign before it is left away. */
  readonly term: string
  /** The hours of [from, to). */
  readonly from: HourId
  readonly to: HourId
  /** Ask this edition rather than the live one. */
  readonly edition?: number
}

export interface TermHour {
  readonly hour: HourId
  /** What is certain; the true count lies in [count, countMax]. */
  readonly count: number
  readonly countMax: number
  /** null: it was not counted, or stands behind all that the hour's tally names; then its rank is `rankMin` or greater. */
  readonly rank: number | null
  readonly rankMin: number | null
  /** The most used spelling of the hour; null: the tally does not name the term. */
  readonly shown: string | null
  readonly standing: HourStanding
  readonly edition: number | null
  readonly extractor: string | null
  /** tally: the hour's view. lake: its full tally. speed: counted live. none: there is nothing of the hour. */
  readonly from: 'tally' | 'lake' | 'speed' | 'none'
}

export interface TermAnswer extends Doubted {
  readonly term: string
  readonly key: string
  readonly shown: string | null
  readonly board: BoardName
  readonly from: HourId
  readonly to: HourId
  /** Over the range. */
  readonly count: number
  readonly countMax: number
  /** Every count is certain. */
  readonly exact: boolean
  readonly firstSeen: HourId | null
  readonly lastSeen: HourId | null
  readonly peak: { readonly hour: HourId; readonly count: number } | null
  readonly best: { readonly hour: HourId; readonly rank: number } | null
  /** The most used spelling of each hour that names it: of how many hours, with the counts of those; most counted first. */
  readonly spellings: readonly { readonly shown: string; readonly hours: number; readonly count: number }[]
  /** All hours of the range, in time order. */
  readonly hours: readonly TermHour[]
  /** Of all that it was made from (views/stamp.ts), when every hour is in batch; null: it can change by itself. */
  readonly digest: string | null
  readonly provenance: Provenance
}

/** A year: each hour may cost a look into the lake. */
export const TERM_HOURS_MAX = 8_784

/** @throws AppError `bad-input`, `unavailable` (MongoDB), `not-found` (the edition), `corrupt` */
export async function answerTerm(ask: Ask, question: TermQuestion): Promise<TermAnswer> {
  const first = await readTerm(ask, question)
  return first.vanished ? (await readTerm(ask, question)).answer : first.answer
}

/** An hour as the views tell it, and the full tally that knows more. */
interface Found extends TermHour {
  readonly key: string
  readonly look: FullTallyRef | null
}

async function readTerm(
  ask: Ask,
  question: TermQuestion,
): Promise<{ readonly answer: TermAnswer; readonly vanished: boolean }> {
  const { board, from, to, edition } = question
  const { stream, defaultExtractor } = boards[board]
  const hours = hoursOf(question)
  const key = keyOfTerm(question.term, ask.extractorBefore ?? defaultExtractor)
  const facts: HourFacts[] = []
  const found: Found[] = []
  const now = ask.clock()
  const extractorBefore = ask.extractorBefore ?? defaultExtractor
  const read = await readHours(
    ask.views,
    { stream, board, hours, edition, extractorBefore, now },
    (sources) => {
      for (const source of sources) {
        found.push(foundIn(source, question.term, key))
        const { parts: _, ...rest } = source
        facts.push(rest)
      }
    },
    () => {
      facts.splice(0)
      found.splice(0)
    },
  )
  const { looked, trouble, vanished } = await lookUp(found, ask.fullTallies)
  const answer: TermAnswer = {
    term: question.term,
    key: found[0]?.key ?? key,
    board,
    from,
    to,
    ...summaryOf(looked),
    digest: looked.every(isExact) ? digestOf(facts.map(lineOf)) : null,
    ...doubted(looked.every(isExact) ? null : (trouble ?? { cause: 'live-counts-cut' })),
    hours: looked,
    provenance: provenanceOf(facts, read.under, read.states, now),
  }
  return { answer, vanished }
}

function hoursOf({ from, to }: TermQuestion): readonly HourId[] {
  const hours = countHours(from, to)
  if (hours >= 1 && hours <= TERM_HOURS_MAX) return hoursBetween(from, to)
  throw new AppError(
    'bad-input',
    `from ${from} to ${to} are ${hours} hours: 'from' must be before 'to', and at most ${TERM_HOURS_MAX} hours`,
    { facts: { from, to } },
  )
}

/** @throws AppError `bad-input` when nothing is left of it */
function keyOfTerm(term: string, extractor: string): string {
  const bare = term.trim().replace(/^[#＃]/u, '')
  const key = extractorNamed(extractor).key(bare)
  if (key !== '' && !/[\n\r]/.test(key)) return key
  throw new AppError('bad-input', `'${term}' is no term: write it as in a post, with or without #`, { facts: { term } })
}

function foundIn(source: HourSource, term: string, keyBefore: string): Found {
  const { hour, origin, standing, owner } = source
  const key = owner ? keyOfTerm(term, owner.extractor) : keyBefore
  const base = { hour, standing, edition: owner?.edition ?? null, extractor: owner?.extractor ?? null, key }
  if (origin === 'none') return { ...base, ...NOTHING, from: 'none', look: null }
  if (origin === 'speed') return { ...base, ...foundLive(source, key), from: 'speed', look: null }
  const { tally, full } = source.parts[0]!
  const at = tally.keys.indexOf(key)
  if (at >= 0) {
    const count = tally.counts[at]!
    const rank = at + 1
    return { ...base, count, countMax: count, rank, rankMin: null, shown: tally.shown[at]!, from: 'tally', look: null }
  }
  const behind = { ...NOTHING, countMax: tally.floor, rankMin: tally.keys.length + 1 }
  return { ...base, ...behind, from: 'tally', look: tally.floor > 0 ? (full ?? null) : null }
}

const NOTHING = { count: 0, countMax: 0, rank: null, rankMin: null, shown: null } as const

function foundLive(source: HourSource, key: string): Pick<Found, keyof typeof NOTHING> {
  const merged = mergeSources([source])
  const { lower, upper } = boundsOf(merged, key)
  const id = merged.ids.get(key)
  if (id === undefined || lower === 0) return { ...NOTHING, countMax: upper, rankMin: upper > 0 ? 1 : null }
  return { count: lower, countMax: upper, rank: rankOf(merged, key), rankMin: null, shown: shownOf(merged, id) }
}

const LOOKUPS_AT_ONCE = 8

interface Looked {
  readonly looked: readonly TermHour[]
  readonly trouble: Doubt | null
  /** A full tally is gone: its hour was computed again since the view was read, so reading again helps. */
  readonly vanished: boolean
}

async function lookUp(found: readonly Found[], full: FullTallies | undefined): Promise<Looked> {
  let trouble: Doubt | null = null
  let vanished = false
  const looked = new Array<TermHour>(found.length)
  let next = 0
  const worker = async () => {
    while (next < found.length) {
      const at = next++
      const { key, look, ...hour } = found[at]!
      looked[at] = settled(hour)
      if (look === null || trouble !== null) continue
      if (!full) {
        trouble = { cause: 'lake-not-asked' }
        continue
      }
      try {
        const [count = 0] = await full.lookup(look, [key])
        looked[at] = settled({ ...hour, count, countMax: count, from: 'lake' })
      } catch (error) {
        if (!isAppError(error) || !FORGIVEN.includes(error.code)) throw error
        trouble ??= { cause: 'full-tallies-unread', why: error.message }
        vanished ||= error.code === 'not-found'
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(LOOKUPS_AT_ONCE, found.length) }, worker))
  return { looked, trouble, vanished }
}

/** What cannot have been counted has no rank at all. */
function settled(hour: TermHour): TermHour {
  return hour.countMax === 0 ? { ...hour, rankMin: null } : hour
}

function isExact({ count, countMax }: TermHour): boolean {
  return count === countMax
}

function summaryOf(hours: readonly TermHour[]) {
  const counted = hours.filter(({ count }) => count > 0)
  const ranked = counted.filter((hour) => hour.rank !== null)
  const peak = counted.reduce<TermHour | undefined>((a, b) => (a && a.count >= b.count ? a : b), undefined)
  const best = ranked.reduce<TermHour | undefined>((a, b) => (a && a.rank! <= b.rank! ? a : b), undefined)
  const spellings = spellingsOf(counted)
  return {
    shown: spellings[0]?.shown ?? null,
    count: sum(hours, ({ count }) => count),
    countMax: sum(hours, ({ countMax }) => countMax),
    exact: hours.every(isExact),
    firstSeen: counted[0]?.hour ?? null,
    lastSeen: counted.at(-1)?.hour ?? null,
    peak: peak ? { hour: peak.hour, count: peak.count } : null,
    best: best ? { hour: best.hour, rank: best.rank! } : null,
    spellings,
  }
}

function spellingsOf(counted: readonly TermHour[]): TermAnswer['spellings'] {
  const named = Map.groupBy(
    counted.filter(({ shown }) => shown !== null),
    ({ shown }) => shown!,
  )
  return [...named]
    .map(([shown, own]) => ({ shown, hours: own.length, count: sum(own, ({ count }) => count) }))
    .sort((a, b) => b.count - a.count || compareCodePoints(a.shown, b.shown))
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0)
}
