/** Which edition a board's hour is computed for, and with which extractors. */
import type { BoardName } from '../model/boards.ts'
import { type Edition, editionOfHour, noSuchEdition, ownsHour } from '../model/editions.ts'
import { AppError, assert } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import type { Target } from '../model/work.ts'
import type { BatchDependencies } from './dependencies.ts'

type ViewsPort = Pick<BatchDependencies['views'], 'editions'>

export interface Owners {
  /** Editions that own some hour of the target, the youngest first. */
  readonly editions: readonly Edition[]
  /** undefined: the board's hour is not the target's to compute. */
  ownerOf(hour: HourId, board: BoardName): Edition | undefined
}

/** @throws AppError `not-found` when the edition, or a live one, is not there */
export async function findOwners(views: ViewsPort, stream: StreamName, target: Target): Promise<Owners> {
  if (target === 'live') {
    const editions = await liveChain(views, stream)
    return { editions, ownerOf: (hour, board) => editionOfHour(editions, hour, board) }
  }
  const edition = await views.editions.get(stream, target)
  if (!edition) throw noSuchEdition(stream, target)
  return { editions: [edition], ownerOf: (hour, board) => (ownsHour(edition, hour, board) ? edition : undefined) }
}

/** The live edition, its parent, and so on to the root. */
export async function liveChain(views: ViewsPort, stream: StreamName): Promise<readonly Edition[]> {
  const live = await views.editions.chain(stream)
  if (live) return live.chain
  throw new AppError('not-found', `${stream} has no live edition yet: the first 'hourly' run makes it`, {
    facts: { stream },
  })
}

/** @throws AppError `internal` when the edition says nothing about the board */
export function extractorOf(edition: Edition, board: BoardName): string {
  const extractor = edition.extractors[board]
  assert(extractor, `edition ${edition.number} names no extractor for board ${board}`, {
    edition: edition.number,
    board,
  })
  return extractor
}
