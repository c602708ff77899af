/**
 * One hour up to date: what is stale in it, and how what was counted is stored. The full tally goes to the lake first, then
 * the view document that names it, so that a reader never sees a view without its tally; the digest of the listing stands in
 * both. Absolute and idempotent: done twice, the same.
 */
import { lackingOf } from '../lake/account.ts'
import { type HourListing, isEmpty } from '../lake/listing.ts'
import type { CountedHour, CountRequest } from '../lake/scan/counters.ts'
import { type BoardName, boardsOf } from '../model/boards.ts'
import type { Edition } from '../model/editions.ts'
import { AppError } from '../model/errors.ts'
import { straddledChange } from '../model/generations.ts'
import type { Quarantined } from '../model/ledger.ts'
import { isStale } from '../model/plan.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { NOTHING_DONE, type WorkDone } from '../model/work.ts'
import type { BatchFacts } from '../views/batch.ts'
import type { Standing } from '../views/hours.ts'
import type { BatchDependencies } from './dependencies.ts'
import { amendLedger, type LedgerEntry } from './ledger.ts'
import { extractorOf, type Owners } from './owners.ts'

/** One board of one hour that has to be counted. */
export interface StaleBoard {
  readonly board: BoardName
  readonly hour: HourId
  readonly listing: HourListing
  /** When the listing was read, ms: a view of a later listing is never replaced by this one. */
  readonly listedAt: number
  /** What the edition has of it so far. */
  readonly before: BatchFacts | undefined
  readonly request: CountRequest
}

/** What is known of hours already, to be asked once for many. */
export type FactsOf = (edition: number, board: BoardName, hour: HourId) => BatchFacts | undefined

export async function readFacts(
  { views }: BatchDependencies,
  stream: StreamName,
  editions: readonly Edition[],
  hours: readonly HourId[],
): Promise<FactsOf> {
  const facts = new Map<string, BatchFacts>()
  const nameOf = (edition: number, board: BoardName, hour: HourId) => `${edition} ${board} ${hour}`
  for (const { number: edition } of editions) {
    for (const board of boardsOf(stream)) {
      for (const one of await views.batch.facts({ stream, board, edition, hours })) {
        facts.set(nameOf(edition, board, one.hour), one)
      }
    }
  }
  return (edition, board, hour) => facts.get(nameOf(edition, board, hour))
}

/** The boards of the hour whose views are not what the lake and the edition say; none when it is up to date, or not sealed. */
export async function staleBoards(
  { lake, clock }: BatchDependencies,
  place: {
    readonly stream: StreamName
    readonly hour: HourId
    readonly owners: Owners
    readonly factsOf: FactsOf
    /** As the ledger has it; undefined: it has no entry. */
    readonly known: Standing | undefined
  },
): Promise<readonly StaleBoard[]> {
  const { stream, hour, owners, factsOf } = place
  const boards = boardsOf(stream).filter((board) => owners.ownerOf(hour, board))
  if (boards.length === 0) return []
  const listedAt = clock()
  const before = await lake.listHour(stream, hour)
  if (!before.sealed || isEmpty(before)) return []
  const isDone = boards.every((board) => {
    const edition = owners.ownerOf(hour, board)!
    return !isStale(factsOf(edition.number, board, hour), before, extractorOf(edition, board))
  })
  if (isDone) return []
  const listing = await settled(lake, place, before, listedAt)
  const { digest, files } = listing
  return boards.flatMap((board) => {
    const edition = owners.ownerOf(hour, board)!
    const extractor = extractorOf(edition, board)
    const before = factsOf(edition.number, board, hour)
    if (!isStale(before, listing, extractor)) return []
    const name = { stream, board, edition: edition.number, hour, digest, extractor }
    return [{ board, hour, listing, listedAt, before, request: { name, files } }]
  })
}

/**
 * The listing, held against the commit log unless the ledger knows it as it is: it may lack a file that the log has, and must not be
 * counted as if it were whole.
 * @throws AppError `corrupt` when it lacks a file and nobody has said so yet: a run that finds that out must not publish the hour
 */
async function settled(
  lake: BatchDependencies['lake'],
  { stream, hour, known }: { readonly stream: StreamName; readonly hour: HourId; readonly known: Standing | undefined },
  before: HourListing,
  at: number,
): Promise<HourListing> {
  if (known?.digest === before.digest) return before
  const { listing, seal } = await lake.settleHour(stream, hour, { at, by: 'a count of the hour' })
  const isToldOf = known?.standing === 'lacking' || (seal?.quarantined.files ?? 0) > 0
  const [untold] = listing.quarantined.filter(({ noted }) => noted)
  if (!untold || isToldOf) return listing
  const { path } = untold
  throw new AppError(
    'corrupt',
    `hour ${hour} lacks ${listing.quarantined.length} of its files, the first is ${path}; 'tendance quarantine list' says why`,
    { facts: { hour, path } },
  )
}

/**
 * The same, with those that have to be counted over all partitions marked. The changes are read after the listings, since the change is
 * written down before the first file that comes after it.
 */
export async function markStraddling(
  { lake }: Pick<BatchDependencies, 'lake'>,
  stream: StreamName,
  stale: readonly StaleBoard[],
): Promise<readonly StaleBoard[]> {
  if (stale.length === 0) return stale
  const changes = await lake.layoutChanges(stream)
  return stale.map((one) => {
    const acrossPartitions = straddledChange(one.listing.files, changes) !== undefined
    return acrossPartitions ? { ...one, request: { ...one.request, acrossPartitions } } : one
  })
}

/** Stores what was counted: tally, view, and, when late records came to a sealed hour, the seal as it is now. */
export async function storeCounted(
  deps: BatchDependencies,
  stale: StaleBoard,
  counted: Pick<CountedHour, 'facts' | 'file' | 'columns'>,
  by: string,
  signal?: AbortSignal,
): Promise<WorkDone> {
  const { views, tallies, logger } = deps
  const { board, hour, listing, listedAt, before } = stale
  const { stream, edition, digest, extractor } = stale.request.name
  const { records, copies, longTerms } = counted.facts
  const quarantined = await missingOf(deps, stream, hour, listing)
  assertWhole(stale, await amendLedger(deps, stream, hour, digest), records + copies)
  const tallyPath = await tallies.write(counted.facts, counted.file, signal)
  const more = before === undefined ? 0 : records - before.records
  await views.batch.put({
    ...counted.columns,
    stream,
    board,
    edition,
    hour,
    extractor,
    copies,
    digest,
    files: listing.files.length,
    bytes: listing.bytes,
    tallyPath,
    computedAt: listedAt,
    by,
    amendments: [...(before?.amendments ?? []), ...(more > 0 ? [{ at: listedAt, records: more }] : [])],
    ...(quarantined ? { quarantined } : {}),
    ...(longTerms ? { longTerms } : {}),
  })
  logger.debug({ stream, hour, board, edition, extractor, digest, records, tallyPath, by }, 'computed')
  if (before && before.digest !== digest) {
    logger.info({ stream, hour, board, edition, records: more }, 'amended')
  }
  return { ...NOTHING_DONE, hours: 1, records, copies, bytes: listing.bytes, amended: more > 0 ? 1 : 0 }
}

/** A file that was cut off between two of its blocks reads well, and lacks records: the log of the archive knows how many there are. */
function assertWhole({ request, listing }: StaleBoard, entry: LedgerEntry | undefined, found: number): void {
  const { hour, digest } = request.name
  if (entry?.digest !== digest || entry.sealedAt === null || entry.records === found) return
  throw new AppError(
    'corrupt',
    `hour ${hour} has ${found} records in ${listing.files.length} files, the archive's log says ${entry.records}: one of them was cut off, or is another file`,
    { facts: { hour, found, expected: entry.records } },
  )
}

async function missingOf(
  { lake }: BatchDependencies,
  stream: StreamName,
  hour: HourId,
  listing: HourListing,
): Promise<Quarantined | undefined> {
  if (listing.quarantined.length === 0) return undefined
  return lackingOf(await lake.quarantined(stream, hour, listing))
}
