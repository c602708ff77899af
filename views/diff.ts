/**
 * Two editions compared: what readers would see if the one took the place of the other. Works for an edition that is held.
 *
 * An hour is read, on each side, from the edition that owns it there: an hour outside an edition's range from its parent. Hours
 * that both sides read from the same edition are the same by definition and are not compared.
 */
import type { BoardName } from '../model/boards.ts'
import {
  type CountChange,
  countChanges,
  type DiffChange,
  type DiffRow,
  diffTops,
  greatestChanges,
  isSettled,
  settleRows,
} from '../model/diff.ts'
import { type Edition, editionOfHour } from '../model/editions.ts'
import { isAppError } from '../model/errors.ts'
import type { FullTallies } from '../model/full-tallies.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type MergedTally, mergeTallies } from '../model/tally-merge.ts'
import type { HourId } from '../model/time.ts'
import type { HourDigest } from './batch.ts'
import type { BatchDocument } from './documents.ts'
import type { Views } from './views.ts'

export interface DiffQuestion {
  readonly stream: StreamName
  readonly board: BoardName
  /** Numbers of the editions: what is, and what would be. */
  readonly before: number
  readonly after: number
  /** Rows of each ranking that are compared. */
  readonly n: number
  /** Only the hours of [from, to). */
  readonly from?: HourId | undefined
  readonly to?: HourId | undefined
}

export interface HourDiff {
  readonly hour: HourId
  /** The editions it was read from. */
  readonly editions: { readonly before: number; readonly after: number }
  readonly extractors: { readonly before: string; readonly after: string }
  /** One has records that the other has not: late ones, computed in one only. */
  readonly otherFiles: boolean
  readonly records: { readonly before: number; readonly after: number }
  readonly distinct: { readonly before: number; readonly after: number }
  readonly rows: readonly DiffRow[]
  /** False: some count is known within bounds only, as the tallies do not hold it and the lake was not asked, or did not answer. */
  readonly settled: boolean
}

export interface DiffSummary {
  /** Hours that both have and that were compared, those without any difference in their top n included. */
  readonly hours: number
  readonly differing: number
  /** Hours that both read from one edition. */
  readonly shared: number
  /** First and last of the hours compared; null: there are none. */
  readonly first: HourId | null
  readonly last: HourId | null
  /** Hours that only one has: not computed in the other, or not yet. */
  readonly onlyBefore: readonly HourId[]
  readonly onlyAfter: readonly HourId[]
  /** Rows over all hours. */
  readonly changes: Readonly<Record<DiffChange, number>>
  /** Over all hours compared together: the terms whose counts change most. */
  readonly greatest: readonly CountChange[]
  readonly settled: boolean
}

type DiffViews = Pick<Views, 'batch' | 'editions'>

const HOURS_AT_ONCE = 120
const GREATEST_MAX = 20

/**
 * Compares hour by hour, in time order, and sums up.
 * @param take gets each hour that was compared
 * @throws AppError `not-found` (an edition), `unavailable`, `corrupt`
 */
export async function diffEditions(
  views: DiffViews,
  question: DiffQuestion,
  options: {
    readonly fullTallies?: FullTallies | undefined
    readonly take?: (hour: HourDiff) => void
    readonly greatestMax?: number
  } = {},
): Promise<DiffSummary> {
  const { fullTallies, take, greatestMax = GREATEST_MAX } = options
  const { before, after, onlyBefore, onlyAfter, shared, pairs } = await pairHours(views, question)
  const changes = { entered: 0, left: 0, up: 0, down: 0, count: 0, same: 0 }
  const sums: { before: MergedTally[]; after: MergedTally[] } = { before: [], after: [] }
  let differing = 0
  let settled = true
  for (let at = 0; at < pairs.length; at += HOURS_AT_ONCE) {
    const some = pairs.slice(at, at + HOURS_AT_ONCE)
    const [was, is] = await Promise.all([read(views, question, some, before), read(views, question, some, after)])
    for (const { hour, ...pair } of some) {
      const documents = [was.get(hour), is.get(hour)] as const
      // Cleaned up in between: it is not compared.
      if (!documents[0] || !documents[1]) continue
      const one = await diffHour(documents[0], documents[1], pair, question.n, fullTallies)
      const counted = countChanges(one.rows)
      for (const change of Object.keys(changes) as DiffChange[]) changes[change] += counted[change]
      if (counted.same < one.rows.length) differing += 1
      settled &&= one.settled
      take?.(one)
    }
    sums.before.push(mergeTallies([...was.values()].map((tally) => ({ tally }))))
    sums.after.push(mergeTallies([...is.values()].map((tally) => ({ tally }))))
  }
  return {
    hours: pairs.length,
    differing,
    shared,
    first: pairs[0]?.hour ?? null,
    last: pairs.at(-1)?.hour ?? null,
    onlyBefore,
    onlyAfter,
    changes,
    greatest: greatestChanges(mergeTallies(sums.before), mergeTallies(sums.after), greatestMax),
    settled,
  }
}

interface Pair {
  readonly hour: HourId
  readonly editions: HourDiff['editions']
  readonly otherFiles: boolean
}

/** What one edition's chain has of an hour. */
type Side = ReadonlyMap<HourId, HourDigest & { readonly edition: number }>

async function pairHours(views: DiffViews, question: DiffQuestion) {
  const [before, after] = await Promise.all([
    sideOf(views, question, question.before),
    sideOf(views, question, question.after),
  ])
  const onlyBefore: HourId[] = []
  const onlyAfter: HourId[] = []
  const pairs: Pair[] = []
  let shared = 0
  for (const hour of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const was = before.get(hour)
    const is = after.get(hour)
    if (!was) onlyAfter.push(hour)
    else if (!is) onlyBefore.push(hour)
    else if (was.edition === is.edition) shared += 1
    else
      pairs.push({ hour, editions: { before: was.edition, after: is.edition }, otherFiles: was.digest !== is.digest })
  }
  return { before, after, onlyBefore, onlyAfter, shared, pairs }
}

async function sideOf(views: DiffViews, { stream, board, from, to }: DiffQuestion, number: number): Promise<Side> {
  const chain = await views.editions.chainOf(stream, number)
  const digests = new Map(
    await Promise.all(
      chain.map(async ({ number: edition }) => {
        const range = { ...(from ? { from } : {}), ...(to ? { to } : {}) }
        return [edition, await views.batch.digests({ stream, board, edition, ...range })] as const
      }),
    ),
  )
  const side = new Map<HourId, HourDigest & { edition: number }>()
  for (const edition of chain) {
    for (const [hour, digest] of digests.get(edition.number)!) {
      if (ownerOf(chain, hour, board) === edition.number) side.set(hour, { ...digest, edition: edition.number })
    }
  }
  return side
}

function ownerOf(chain: readonly Edition[], hour: HourId, board: BoardName): number | undefined {
  return editionOfHour(chain, hour, board)?.number
}

async function read(
  views: DiffViews,
  { stream, board }: DiffQuestion,
  pairs: readonly Pair[],
  side: Side,
): Promise<ReadonlyMap<HourId, BatchDocument>> {
  const byEdition = Map.groupBy(pairs, ({ hour }) => side.get(hour)!.edition)
  const found = await Promise.all(
    [...byEdition].map(([edition, some]) =>
      views.batch.get({ stream, board, edition, hours: some.map(({ hour }) => hour) }),
    ),
  )
  return new Map(found.flat().map((document) => [document.hour, document]))
}

async function diffHour(
  before: BatchDocument,
  after: BatchDocument,
  pair: Omit<Pair, 'hour'>,
  n: number,
  fullTallies: FullTallies | undefined,
): Promise<HourDiff> {
  const found = diffTops(mergeTallies([{ tally: before }]), mergeTallies([{ tally: after }]), n)
  const open = (side: 'before' | 'after') => found.filter((row) => !isSettled(row[side])).map(({ key }) => key)
  const rows = settleRows(found, {
    before: await lookUp(fullTallies, before.tallyPath, open('before')),
    after: await lookUp(fullTallies, after.tallyPath, open('after')),
  })
  return {
    hour: after.hour,
    ...pair,
    extractors: { before: before.extractor, after: after.extractor },
    records: { before: before.records, after: after.records },
    distinct: { before: before.distinct, after: after.distinct },
    rows,
    settled: rows.every((row) => isSettled(row.before) && isSettled(row.after)),
  }
}

/** The lake being away costs the certainty, not the answer. */
async function lookUp(
  fullTallies: FullTallies | undefined,
  path: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (!fullTallies || keys.length === 0) return new Map()
  try {
    const counts = await fullTallies.lookup({ path }, keys)
    return new Map(keys.map((key, i) => [key, counts[i]!]))
  } catch (error) {
    if (!isAppError(error)) throw error
    return new Map()
  }
}
