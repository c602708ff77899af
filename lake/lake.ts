/** The master data set as batch work sees it, in one place: listings, seals, how far the archive is, the sweep. */
import { isAppError } from '../model/errors.ts'
import { type LayoutChange, layoutChangesOf } from '../model/generations.ts'
import { type Logger, silentLogger } from '../model/log.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { Clock, HourId } from '../model/time.ts'
import { type AcceptedLoss, acceptEntryLoss, acceptFileLoss } from './accept-loss.ts'
import { type HourStock, partsFromCommits, type RecordsOf, recordsFromParts, stockOf } from './account.ts'
import { archivedTo } from './archive/commit-log.ts'
import { type CommittedFiles, committedSince } from './committed.ts'
import { type Compactor, createCompactor } from './compact/compactor.ts'
import type { Decider } from './decisions.ts'
import { discardFile, discardStray, releaseFile } from './discard.ts'
import { rememberEntries } from './entries.ts'
import { readGenerations } from './generations.ts'
import type { HourRange, OnStranger, SeenHour } from './hour-dirs.ts'
import { type HourListing, type LakePlace, listHour, listHours, type RecordFile, walkHours } from './listing.ts'
import { type OutlineOf, rememberOutlines } from './outlines.ts'
import {
  listQuarantine,
  type QuarantinedFile,
  type QuarantineNote,
  quarantine,
  quarantinedOf,
  restoreQuarantined,
} from './quarantine.ts'
import { type RecentHours, recentHours } from './recent-hours.ts'
import { amendSeal, readSeal, refreshSeal, type Seal, sealHour } from './sealing.ts'
import { type Settled, type SettleOptions, type Settler, settleHour } from './settle.ts'
import { type SweepOptions, type Swept, sweepTemporary } from './sweep.ts'
import { createVerifier, type Verifier } from './verify/verify.ts'

export interface Lake {
  /** Hours that have a directory, ascending. */
  listHours(stream: StreamName, range?: HourRange, signal?: AbortSignal): Promise<readonly HourId[]>
  /** The same, with when their directories changed: what `outline` is asked with. */
  walkHours(stream: StreamName, range?: HourRange, signal?: AbortSignal): Promise<readonly SeenHour[]>
  /** What planning has to know of an hour; remembered while its directory does not change (lake/outlines.ts). */
  readonly outline: OutlineOf
  /** Those whose directory is new since an earlier look; all when `since` is null. */
  recentHours(stream: StreamName, since: number | null, signal?: AbortSignal): Promise<RecentHours>
  listHour(stream: StreamName, hour: HourId): Promise<HourListing>
  /** Holds the hour against the commit log, and notes in its directory what vanished or is foreign (lake/settle.ts). */
  settleHour(stream: StreamName, hour: HourId, options: SettleOptions): Promise<Settled>
  /** What was committed since `since` (ms by the store's clock), by hour. */
  committedSince(stream: StreamName, since: number, signal?: AbortSignal): Promise<CommittedFiles>
  readSeal(stream: StreamName, hour: HourId): Promise<Seal | undefined>
  /** Seals the hour as it is now, in place of an earlier seal. The caller has made sure that it may (lake/sealing.ts). */
  sealHour(stream: StreamName, hour: HourId, sealedAt: number): Promise<Seal>
  /** Seals again what came since; the same seal when nothing did. `at`: now. */
  amendSeal(before: Seal, at: number): Promise<Seal>
  /** Seals again after compaction. */
  refreshSeal(before: Seal, at: number): Promise<Seal>
  /** What the hour holds, sealed or not. */
  stock(stream: StreamName, hour: HourId): Promise<HourStock>
  /** The offset up to which everything of the partition is in the lake, its files in place; 0 when there is nothing. */
  archivedTo(stream: StreamName, partition: number): Promise<number>
  /** Each change of the topic's number of partitions, as it is known now: asked after a listing, it has all that its files can need. */
  layoutChanges(stream: StreamName): Promise<readonly LayoutChange[]>
  sweepTemporary(stream: StreamName, options: SweepOptions): Promise<Swept>
  readonly compactor: Compactor
  /** How many records a file has, quarantined or not, as the log says. @throws AppError `corrupt` when it does not know the file */
  readonly recordsOf: RecordsOf
  /** What an hour lacks: the quarantined files of its listing, with their records. */
  quarantined(
    stream: StreamName,
    hour: HourId,
    listing: Pick<HourListing, 'files' | 'quarantined'>,
  ): Promise<readonly QuarantinedFile[]>
  /** Hides a file that the caller knows to be corrupt. Resolves to where it is then; undefined: it is not there any more. */
  quarantine(stream: StreamName, hour: HourId, file: RecordFile, note: QuarantineNote): Promise<string | undefined>
  listQuarantine(stream: StreamName): Promise<readonly QuarantinedFile[]>
  /** Puts a quarantined file back. @throws AppError `not-found`, `exists` */
  restoreQuarantined(stream: StreamName, hour: HourId, name: string): Promise<string>
  readonly decisions: LakeDecisions
  /** Reads the lake against its logs (lake/verify). */
  readonly verifier: Verifier
}

/** What a person decides about damage that nothing can mend: each is written down in the lake, with who, when and why. */
export interface LakeDecisions {
  /** @throws AppError `conflict` when the file is there, `not-found` when no log lists it (lake/accept-loss.ts) */
  acceptFileLoss(stream: StreamName, hour: HourId, name: string, decider: Decider): Promise<AcceptedLoss>
  /** @throws AppError `conflict` when the entry is there and can be read */
  acceptEntryLoss(stream: StreamName, partition: number, from: number, decider: Decider): Promise<AcceptedLoss>
  /** Takes a foreign or set-aside file out of its hour. Resolves to where it is then (lake/discard.ts). */
  discardFile(stream: StreamName, hour: HourId, name: string, decider: Decider): Promise<string>
  /** The same of what lies below `records/` and is none of ours. */
  discardStray(stream: StreamName, path: string, decider: Decider): Promise<string>
  /** Puts a foreign file to where the log lists it. Resolves to that path. */
  releaseFile(stream: StreamName, hour: HourId, name: string): Promise<string>
}

export interface LakeOptions {
  /** `lake.graceMs`: what is archived later than this after its hour's end is late. */
  readonly graceMs?: number
  readonly clock?: Clock
  readonly logger?: Logger
  readonly blockBytes?: number
}

const GRACE_MS = 120_000

/** `writer`: part of temporary names, unique among all that write at this time. */
export function createLake(
  place: LakePlace,
  writer: string,
  { graceMs = GRACE_MS, clock = Date.now, logger = silentLogger, ...blocks }: LakeOptions = {},
): Lake {
  const entryOf = rememberEntries(place)
  const partsOf = partsFromCommits(place, entryOf)
  const recordsOf = recordsFromParts(partsOf)
  let seals = 0
  let notes = 0
  const settler: Settler = { place, entryOf, logger, unique: () => `${writer}/settle-${++notes}` }
  const onStranger = warnOnce(logger)
  return {
    listHours: (stream, range, signal) => listHours(place, stream, range, signal, onStranger),
    walkHours: (stream, range, signal) => walkHours(place, stream, range, signal, onStranger),
    settleHour: (stream, hour, options) => settleHour(settler, stream, hour, options),
    committedSince: (stream, since, signal) => committedSince(settler, stream, since, signal),
    outline: rememberOutlines(place, clock),
    recentHours: (stream, since, signal) => recentHours(place, stream, since, signal),
    listHour: (stream, hour) => listHour(place, stream, hour),
    readSeal: (stream, hour) => readSeal(place, stream, hour),
    sealHour: (stream, hour, sealedAt) =>
      sealHour(place, stream, hour, { sealedAt, partsOf, graceMs, unique: `${writer}/seal-${++seals}` }),
    amendSeal: (before, at) => amendSeal(place, before, { at, partsOf, graceMs, unique: `${writer}/seal-${++seals}` }),
    refreshSeal: (before, at) =>
      refreshSeal(place, before, { at, partsOf, graceMs, unique: `${writer}/seal-${++seals}` }),
    stock: (stream, hour) => stockOf(place, stream, hour, { partsOf, graceMs }),
    archivedTo: (stream, partition) => archivedTo({ ...place, stream }, partition),
    layoutChanges: async (stream) => layoutChangesOf(await readGenerations(place, stream)),
    sweepTemporary: (stream, options) => sweepTemporary(place, stream, options),
    compactor: createCompactor({ place, writer, recordsOf, clock, logger, ...blocks }),
    recordsOf,
    quarantined: (stream, hour, listing) => quarantinedOf(place, stream, hour, listing, recordsOf),
    quarantine: async (stream, hour, file, note) => {
      const records = await recordsOf(stream, hour, file).catch(nullIfUnknown)
      return quarantine(place, stream, hour, file, { ...note, records, unique: `${writer}/quarantine-${++notes}` })
    },
    listQuarantine: (stream) => listQuarantine(place, stream, recordsOf),
    restoreQuarantined: (stream, hour, name) => restoreQuarantined(place, stream, hour, name),
    verifier: createVerifier(settler),
    decisions: {
      acceptFileLoss: (stream, hour, name, decider) => acceptFileLoss(settler, stream, hour, name, decider),
      acceptEntryLoss: (stream, partition, from, decider) => acceptEntryLoss(settler, stream, partition, from, decider),
      discardFile: (stream, hour, name, decider) => discardFile(settler, stream, hour, name, decider),
      discardStray: (stream, path, decider) => discardStray(settler, stream, path, decider),
      releaseFile: (stream, hour, name) => releaseFile(settler, stream, hour, name),
    },
  }
}

/** Of each directory once in a process: a walk comes by each hour. */
function warnOnce(logger: Logger): OnStranger {
  const told = new Set<string>()
  return (path) => {
    if (told.has(path)) return
    told.add(path)
    logger.warn(
      { path },
      `${path} is no directory of an hour and is passed over; move it out of the lake when nobody needs it`,
    )
  }
}

function nullIfUnknown(error: unknown): null {
  if (isAppError(error, 'corrupt')) return null
  throw error
}
