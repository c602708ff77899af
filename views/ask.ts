/** Answers: the top n of an hour, of a range of hours, of each hour of a range, with proof and provenance. */
import { type BoardName, boards } from '../model/boards.ts'
import { AppError } from '../model/errors.ts'
import type { FullTallies } from '../model/full-tallies.ts'
import { TALLY_TERMS_MAX } from '../model/tally.ts'
import { type MergedTally, mergeTallies } from '../model/tally-merge.ts'
import { type Clock, countHours, type HourId, hourOf, hoursBetween, nextHour } from '../model/time.ts'
import type { Answer } from './answer.ts'
import { type HourSource, mergeSources } from './hour-source.ts'
import { movementOf } from './movement.ts'
import { proveTop } from './prove.ts'
import { type HourFacts, provenanceOf } from './provenance.ts'
import { type HoursRead, type ReadableViews, readHours } from './read-hours.ts'
import { digestOf, lineOf } from './stamp.ts'

export interface Ask {
  readonly views: ReadableViews
  /** Where a range is proven; without it an answer that needs it says its bound. */
  readonly fullTallies?: FullTallies
  readonly clock: Clock
  /** What counts live before the first edition is published; by default the board's own. */
  readonly extractorBefore?: string
}

export interface Question {
  readonly board: BoardName
  /** Rows wanted: 1 to 1,000. */
  readonly n: number
  /** Ask this edition rather than the live one. */
  readonly edition?: number
}

export interface RangeQuestion extends Question {
  /** The hours of [from, to). */
  readonly from: HourId
  readonly to: HourId
}

/** Three years: what a range may hold. */
export const RANGE_HOURS_MAX = 26_304

/** The last hour that is over. */
export function lastHour(clock: Clock): HourId {
  return nextHour(hourOf(clock()), -1)
}

/** One hour, with each row's movement against the hour before. */
export async function answerHour(ask: Ask, question: Question & { readonly hour: HourId }): Promise<Answer> {
  const { hour } = question
  const [answer] = await answerByHour(ask, { ...question, from: hour, to: nextHour(hour) })
  return answer!
}

/**
 * Each hour of a range by itself, with movements.
 * @throws AppError `bad-input`, `unavailable`, `not-found` (the edition), `corrupt`
 */
export async function answerByHour(ask: Ask, question: RangeQuestion): Promise<Answer[]> {
  check(question)
  const hours = hoursBetween(nextHour(question.from, -1), question.to)
  const windows: { facts: HourFacts; merged: MergedTally }[] = []
  const now = ask.clock()
  const read = await readAll(ask, question, hours, now, {
    take: (sources) => {
      for (const source of sources) windows.push({ facts: factsOf(source), merged: mergeSources([source]) })
    },
    restart: () => windows.splice(0),
  })
  return Promise.all(
    windows.slice(1).map(async ({ facts, merged }, at) => {
      const before = windows[at]!
      const range = { from: facts.hour, to: nextHour(facts.hour) }
      const madeOf = [before.facts, facts]
      const { answer } = await answerOf(ask, question, { ...range, hours: [facts], madeOf, merged, read, now })
      const tallyBefore = isComparable(before.facts, facts) ? before.merged : undefined
      const rows = answer.rows.map((row) => ({ ...row, movement: movementOf(tallyBefore, row.key, row.rank) }))
      return { ...answer, rows }
    }),
  )
}

/**
 * A range of hours as one window, proven exact from the full tallies when need be.
 * @throws AppError `bad-input`, `unavailable`, `not-found` (the edition), `corrupt`
 */
export async function answerRange(ask: Ask, question: RangeQuestion): Promise<Answer> {
  check(question)
  const first = await readRange(ask, question)
  return first.vanished ? (await readRange(ask, question)).answer : first.answer
}

async function readRange(ask: Ask, question: RangeQuestion): Promise<Answered> {
  const { from, to } = question
  const hours: HourFacts[] = []
  const pieces: MergedTally[] = []
  const now = ask.clock()
  const read = await readAll(ask, question, hoursBetween(from, to), now, {
    take: (sources) => {
      hours.push(...sources.map(factsOf))
      pieces.push(mergeSources(sources))
    },
    restart: () => {
      hours.splice(0)
      pieces.splice(0)
    },
  })
  const merged = pieces.length === 1 ? pieces[0]! : mergeTallies(pieces)
  return answerOf(ask, question, { from, to, hours, madeOf: hours, merged, read, now })
}

interface Answered {
  readonly answer: Answer
  /** A full tally was gone: see Proof. */
  readonly vanished: boolean
}

interface Window {
  readonly from: HourId
  readonly to: HourId
  readonly hours: readonly HourFacts[]
  /** Also the hour that movements compare with. */
  readonly madeOf: readonly HourFacts[]
  readonly merged: MergedTally
  readonly read: HoursRead
  readonly now: number
}

async function answerOf({ fullTallies }: Ask, { board, n }: Question, window: Window): Promise<Answered> {
  const { from, to, hours, madeOf, merged, read, now } = window
  const { top, unproven, doubt, vanished } = await proveTop(merged, n, fullTallies)
  const answer: Answer = {
    ...top,
    stream: boards[board].stream,
    board,
    from,
    to,
    total: merged.total,
    records: merged.records,
    copies: hours.reduce((sum, hour) => sum + hour.copies, 0),
    digest: top.exact ? digestOf(madeOf.map(lineOf)) : null,
    unproven,
    doubt,
    provenance: provenanceOf(hours, read.under, read.states, now),
  }
  return { answer, vanished }
}

function readAll(
  ask: Ask,
  { board, edition }: Question,
  hours: readonly HourId[],
  now: number,
  into: { readonly take: (sources: readonly HourSource[]) => void; readonly restart: () => void },
): Promise<HoursRead> {
  const { stream, defaultExtractor } = boards[board]
  const extractorBefore = ask.extractorBefore ?? defaultExtractor
  return readHours(ask.views, { stream, board, hours, edition, extractorBefore, now }, into.take, into.restart)
}

/** Counted by the same rule: else a term would have moved because of the rule, not because of the people. */
function isComparable(before: HourFacts, hour: HourFacts): boolean {
  return before.standing !== 'missing' && before.owner?.extractor === hour.owner?.extractor
}

function factsOf({ parts: _, ...facts }: HourSource): HourFacts {
  return facts
}

function check({ n, from, to }: RangeQuestion): void {
  if (!Number.isInteger(n) || n < 1 || n > TALLY_TERMS_MAX) {
    throw new AppError('bad-input', `n is ${n}: it is a whole number from 1 to ${TALLY_TERMS_MAX}`, { facts: { n } })
  }
  const hours = countHours(from, to)
  if (hours < 1 || hours > RANGE_HOURS_MAX) {
    throw new AppError(
      'bad-input',
      `from ${from} to ${to} are ${hours} hours: 'from' must be before 'to', and at most ${RANGE_HOURS_MAX} hours`,
      { facts: { from, to, hours } },
    )
  }
}
