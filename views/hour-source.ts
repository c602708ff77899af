/**
 * Which documents answer for an hour. Pure; views/read-hours.ts fetches them.
 *
 * Batch wins where both exist: its hour is sealed, and copies are counted once over the whole hour. Speed answers only in the
 * extractor of the edition that owns the hour, so an answer never mixes rules within an hour.
 */
import type { BoardName } from '../model/boards.ts'
import { type Edition, editionOfHour } from '../model/editions.ts'
import { AppError } from '../model/errors.ts'
import { type MergedTally, mergeTallies, type TallyPart } from '../model/tally-merge.ts'
import { type HourId, hourEnd } from '../model/time.ts'
import type { Gap, HourStanding } from './answer.ts'
import type { BatchDocument, HourDocument, SpeedDocument } from './documents.ts'

/** Who counts an hour: the edition that owns it, null before there is any, and its extractor. */
export interface Owner {
  readonly edition: number | null
  readonly extractor: string
}

/** An hour as answered: the tallies are merged already, so that a year of hours fits in memory. */
export interface HourSource {
  readonly hour: HourId
  readonly origin: 'batch' | 'speed' | 'none'
  readonly standing: HourStanding
  readonly owner: Owner | null
  readonly parts: readonly TallyPart[]
  readonly copies: number
  readonly amendments: BatchDocument['amendments']
  /** Of what it was counted from; left out: it can change by itself. */
  readonly digest?: string
  /** What the hour lacks. */
  readonly quarantined?: BatchDocument['quarantined']
  readonly gap: Gap | null
}

/** @param chain the live edition first, then its ancestors; empty before anything was published */
export function ownerOfHour(
  chain: readonly Edition[],
  board: BoardName,
  hour: HourId,
  extractorBefore: string,
): Owner | null {
  if (chain.length === 0) return { edition: null, extractor: extractorBefore }
  const edition = editionOfHour(chain, hour, board)
  if (!edition) return null
  const extractor = edition.extractors[board]
  if (extractor === undefined) {
    throw new AppError('not-found', `edition ${edition.number} of ${edition.stream} has no board '${board}'`, {
      facts: { edition: edition.number, board },
    })
  }
  return { edition: edition.number, extractor }
}

export function batchSource(document: BatchDocument, owner: Owner): HourSource {
  return {
    hour: document.hour,
    origin: 'batch',
    standing: document.amendments.length > 0 ? 'amended' : 'sealed',
    owner,
    parts: [{ tally: document, full: { path: document.tallyPath } }],
    copies: document.copies,
    amendments: document.amendments,
    digest: document.digest,
    ...(document.quarantined ? { quarantined: document.quarantined } : {}),
    gap: null,
  }
}

/** The slots and partitions of an hour that speed has. Slots without records have no document, so an hour is never "whole". */
export function speedSource(hour: HourId, documents: readonly SpeedDocument[], owner: Owner): HourSource {
  return {
    hour,
    origin: 'speed',
    standing: 'provisional',
    owner,
    parts: documents.map((tally) => ({ tally })),
    copies: documents.reduce((sum, document) => sum + document.copies, 0),
    amendments: [],
    gap: null,
  }
}

/** An hour that neither has. Sealed without records it is no gap: nothing happened then. */
export function emptySource(
  hour: HourId,
  owner: Owner | null,
  ledger: Pick<HourDocument, 'sealedAt' | 'records'> | undefined,
  now: number,
): HourSource {
  const base = { hour, origin: 'none', owner, parts: [], copies: 0, amendments: [] } as const
  if (ledger && ledger.sealedAt !== null && ledger.records === 0) {
    return { ...base, standing: 'sealed', digest: EMPTY_DIGEST, gap: null }
  }
  const why = hourEnd(hour) > now ? 'ahead' : ledger && ledger.records > 0 ? 'not-computed' : 'unknown'
  return { ...base, standing: 'missing', gap: { hour, why } }
}

/** Of an hour that is sealed and has no records: nothing comes any more. */
export const EMPTY_DIGEST = 'empty'

export function mergeSources(sources: readonly HourSource[]): MergedTally {
  return mergeTallies(sources.flatMap((source) => source.parts))
}
