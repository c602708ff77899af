/**
 * The ledger as it is asked for: a range of hours, a page at a time; every hour of the range with its state, what was archived,
 * what was computed of it, by which editions, and how live counting and batch agreed.
 *
 * The ledger's entries say what the lake has; what is computed is read from the batch views themselves, so the two cannot
 * contradict each other for longer than a read takes.
 */
import { type Agreement, agrees } from '../model/agreement.ts'
import { type BoardName, boardsOf } from '../model/boards.ts'
import { editionOfHour } from '../model/editions.ts'
import { AppError } from '../model/errors.ts'
import {
  type Amendment,
  type ArchiveStanding,
  type Completeness,
  completenessOf,
  type HourAccount,
  type HourEvidence,
  type HourState,
  type Quarantined,
  stateOf,
} from '../model/ledger.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type Clock, type HourId, hourOf, hoursBetween, nextHour } from '../model/time.ts'
import type { BatchFacts } from './batch.ts'
import type { AgreementDocument, FailureDocument, HourDocument } from './documents.ts'
import type { Views } from './views.ts'

export interface AskHours {
  readonly views: Pick<Views, 'hours' | 'batch' | 'editions'>
  readonly clock: Clock
  /** `lake.graceMs`: an hour can be sealed this long after its end. */
  readonly graceMs: number
}

/** Hours of [from, to), ascending. By default the 48 hours that end with the running one. */
export interface HoursQuestion {
  readonly stream: StreamName
  readonly from?: HourId | undefined
  readonly to?: HourId | undefined
  /** Hours of a page: 1 to 1,000; 1,000 unless said. Ask again with `from` = `next` for the next page. */
  readonly limit?: number | undefined
}

export interface HoursPage {
  readonly stream: StreamName
  /** What the page holds: the hours of [from, to). */
  readonly from: HourId
  readonly to: HourId
  /** The first hour of the next page; null: this is the last one. */
  readonly next: HourId | null
  /** One for each hour of the page, in time order, also for those that nothing is known of. */
  readonly hours: readonly HourReport[]
  /** The stream's first and last hour with records, whatever was asked; null: there is none. */
  readonly known: { readonly first: HourId; readonly last: HourId } | null
  /** How far the archive was when `hourly` last looked; null: it never has. */
  readonly archive: ArchiveStanding | null
}

/** Times are wall clock, milliseconds since 1970 UTC. */
export interface HourReport {
  readonly stream: StreamName
  readonly hour: HourId
  readonly state: HourState
  readonly sealedAt: number | null
  /** null: nothing was archived. */
  readonly archived: HourAccount | null
  /** Why it cannot be sealed, when that is so: a file that no commit knows. Then its records are not known. */
  readonly refused: string | null
  /** What came after it was sealed: `[{at, records: 37}]` is "amended, +37". */
  readonly amendments: readonly Amendment[]
  readonly quarantined: Quarantined
  /** By the editions of the live history that own the hour; null: not computed. */
  readonly computed: ComputedHour | null
  readonly completeness: Completeness
  /** Live counting against batch, for each board that it was measured of (when cleanup took the speed views away). */
  readonly agreements: readonly HourAgreement[]
  /** Numbers of the editions that have it, ascending; not only of the live history. */
  readonly editions: readonly number[]
  /** Why it could not be computed, when that is how it stands. */
  readonly failure: { readonly at: number; readonly code: string; readonly message: string } | null
}

export interface ComputedHour {
  /** Which edition answers for each board, and what it was counted with. */
  readonly boards: readonly { readonly board: BoardName; readonly edition: number; readonly extractor: string }[]
  /** Records counted, and copies removed. */
  readonly records: number
  readonly copies: number
  /** Terms of the boards that were left out as too long (docs/hashtags.md); absent: none. */
  readonly longTerms?: number
  readonly at: number
  /** Made from the files that the ledger's entry tells of; else it will be computed again. */
  readonly current: boolean
  /** Records that it lacks because their file was quarantined before it was computed. */
  readonly lacking: number
}

export interface HourAgreement extends Agreement {
  readonly board: BoardName
  readonly edition: number
  readonly agrees: boolean
}

export const HOURS_PAGE_MAX = 1_000
const HOURS_DEFAULT = 48

/** @throws AppError `bad-input`, `unavailable` */
export async function askHours(ask: AskHours, question: HoursQuestion): Promise<HoursPage> {
  const now = ask.clock()
  const { from, to, next } = pageOf(question, now)
  const { stream } = question
  const hours = hoursBetween(from, to)
  const { views } = ask
  const [entries, known, archive, failures, computed] = await Promise.all([
    views.hours.list(stream, { from, to }),
    views.hours.bounds(stream),
    views.hours.archive(stream),
    views.hours.failures({ stream, hours }),
    readComputed(ask, stream, hours),
  ])
  const agreements = await Promise.all(computed.boards.map((board) => views.hours.agreements({ stream, board, hours })))
  const entryOf = new Map(entries.map((entry) => [entry.hour, entry]))
  const failuresOf = Map.groupBy(failures, ({ hour }) => hour)
  const agreementsOf = Map.groupBy(agreements.flat(), ({ hour }) => hour)
  const standing = archive && bareStanding(archive)
  const around = { now, graceMs: ask.graceMs, first: known?.first ?? null, archive: standing }
  const reports = hours.map((hour) => {
    const owners = computed.ownersOf(hour)
    return reportOf(around, {
      stream,
      hour,
      entry: entryOf.get(hour),
      facts: computed.factsOf(hour),
      editions: computed.editionsOf(hour),
      // One of an edition that does not answer for the hour says nothing of it.
      failure: failuresOf.get(hour)?.find(({ edition }) => owners.includes(edition)),
      agreements: agreementsOf.get(hour) ?? [],
    })
  })
  return { stream, from, to, next, known, archive: standing, hours: reports }
}

/** What is known of an hour, from wherever. */
interface Known {
  readonly stream: StreamName
  readonly hour: HourId
  readonly entry: HourDocument | undefined
  readonly facts: readonly (BatchFacts | undefined)[]
  readonly editions: readonly number[]
  readonly failure: FailureDocument | undefined
  readonly agreements: readonly AgreementDocument[]
}

const NOTHING_ASIDE: Quarantined = { files: 0, records: 0 }

function reportOf(
  around: Pick<HourEvidence, 'now' | 'graceMs' | 'first' | 'archive'>,
  { stream, hour, entry, facts, editions, failure, agreements }: Known,
): HourReport {
  const view = computedHour(facts, entry)
  const computed = view?.computed ?? null
  const quarantined = entry?.quarantined ?? NOTHING_ASIDE
  const sealedAt = entry?.sealedAt ?? null
  const state = stateOf({
    ...around,
    hour,
    entry,
    quarantined: quarantined.records,
    computed: view && { complete: view.complete, amended: view.amended, at: view.computed.at },
    failedAt: failure?.at ?? null,
  })
  const hasFailed = state === 'failed' && failure !== undefined
  return {
    stream,
    hour,
    state,
    sealedAt,
    archived: entry && entry.files > 0 ? accountOf(entry) : null,
    refused: entry?.refused ?? null,
    amendments: entry?.amendments ?? [],
    quarantined,
    computed,
    completeness: completenessOf({
      sealedAt,
      records: entry?.records ?? 0,
      lost: entry?.lost ?? 0,
      quarantined,
      computed,
    }),
    agreements: agreements.map(agreementReport),
    editions,
    failure: hasFailed ? { at: failure.at, code: failure.code, message: failure.message } : null,
  }
}

function pageOf({ from, to, limit = HOURS_PAGE_MAX }: HoursQuestion, now: number) {
  if (!Number.isInteger(limit) || limit < 1 || limit > HOURS_PAGE_MAX) {
    throw new AppError('bad-input', `limit is ${limit}: it is a whole number from 1 to ${HOURS_PAGE_MAX}`, {
      facts: { limit },
    })
  }
  const end = to ?? nextHour(hourOf(now))
  const start = from ?? nextHour(end, -HOURS_DEFAULT)
  if (start >= end) {
    throw new AppError('bad-input', `from ${start} to ${end} is no hour: 'from' must be before 'to'`, {
      facts: { from: start, to: end },
    })
  }
  const pageEnd = nextHour(start, limit)
  return pageEnd < end ? { from: start, to: pageEnd, next: pageEnd } : { from: start, to: end, next: null }
}

/** What the batch views say of the hours. */
interface Computed {
  readonly boards: readonly BoardName[]
  /** Numbers of the editions that own a board of the hour. */
  ownersOf(hour: HourId): readonly number[]
  /** Of each board, by its owner; undefined: the owner has it not. */
  factsOf(hour: HourId): readonly (BatchFacts | undefined)[]
  editionsOf(hour: HourId): readonly number[]
}

async function readComputed({ views }: AskHours, stream: StreamName, hours: readonly HourId[]): Promise<Computed> {
  const boardsOfStream = boardsOf(stream)
  const [seen, editions] = await Promise.all([views.editions.chain(stream), views.editions.list(stream)])
  const chain = seen?.chain ?? []
  const ownerOf = (hour: HourId, board: BoardName) => editionOfHour(chain, hour, board)?.number
  const facts = new Map<string, BatchFacts>()
  const having = new Map<HourId, Set<number>>()
  const range = { from: hours[0]!, to: nextHour(hours.at(-1)!) }
  await Promise.all([
    ...boardsOfStream.flatMap((board) =>
      [...Map.groupBy(hours, (hour) => ownerOf(hour, board))].map(async ([edition, own]) => {
        if (edition === undefined) return
        for (const one of await views.batch.facts({ stream, board, edition, hours: own })) {
          facts.set(`${board} ${one.hour}`, one)
        }
      }),
    ),
    ...boardsOfStream.flatMap((board) =>
      editions.map(async ({ number: edition }) => {
        for (const hour of (await views.batch.digests({ stream, board, edition, ...range })).keys()) {
          having.set(hour, (having.get(hour) ?? new Set()).add(edition))
        }
      }),
    ),
  ])
  return {
    boards: boardsOfStream,
    ownersOf: (hour) => boardsOfStream.flatMap((board) => ownerOf(hour, board) ?? []),
    factsOf: (hour) => boardsOfStream.map((board) => facts.get(`${board} ${hour}`)),
    editionsOf: (hour) => [...(having.get(hour) ?? [])].sort((a, b) => a - b),
  }
}

function computedHour(
  facts: readonly (BatchFacts | undefined)[],
  entry: HourDocument | undefined,
): { readonly computed: ComputedHour; readonly complete: boolean; readonly amended: boolean } | null {
  const there = facts.filter((one) => one !== undefined)
  // Boards of one stream count the same records; while one of them is behind, the least is what is complete.
  const least = there.toSorted((a, b) => a.records - b.records)[0]
  if (!least) return null
  return {
    computed: {
      boards: there.map(({ board, edition, extractor }) => ({ board, edition, extractor })),
      records: least.records,
      copies: least.copies,
      ...longTermsOf(there),
      at: Math.min(...there.map(({ computedAt }) => computedAt)),
      // Made before a file was quarantined it has more than the files that are left, and stays (model/plan.ts).
      current:
        entry === undefined || there.every(({ digest }) => digest === entry.digest || digest === entry.wholeDigest),
      lacking: Math.max(...there.map(({ quarantined }) => quarantined?.records ?? 0)),
    },
    complete: there.length === facts.length,
    amended: (entry?.amendments ?? []).some(({ records }) => records > 0) || there.some(isAmended),
  }
}

function isAmended({ amendments }: BatchFacts): boolean {
  return amendments.length > 0
}

function longTermsOf(facts: readonly BatchFacts[]): Pick<ComputedHour, 'longTerms'> {
  const longTerms = facts.reduce((sum, one) => sum + (one.longTerms ?? 0), 0)
  return longTerms > 0 ? { longTerms } : {}
}

function bareStanding({ at, partitions, clocks }: ArchiveStanding): ArchiveStanding {
  return { at, partitions, ...(clocks ? { clocks } : {}) }
}

function accountOf(entry: HourDocument): HourAccount {
  const { records, bytes, files, partitions, firstArrivedAt, lastArrivedAt, late, lost } = entry
  return { records, bytes, files, partitions, firstArrivedAt, lastArrivedAt, late, lost }
}

function agreementReport(document: Agreement & { readonly board: BoardName; readonly edition: number }): HourAgreement {
  const { board, edition, batchRecords, speedRecords, topDiffers, countOff, countOffTerm, shareOff } = document
  const agreement = { batchRecords, speedRecords, topDiffers, countOff, countOffTerm, shareOff }
  return { board, edition, ...agreement, agrees: agrees(agreement) }
}
