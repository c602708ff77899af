/**
 * Editions: one consistent history of views. An edition says which extractor each board is counted with, for which hours;
 * hours outside its own range are read from its parent. One document says which edition is live.
 *
 * Invariant: an edition's extractors, since, until and parent never change after it was created. Only its state does.
 */
import type { BoardName } from './boards.ts'
import type { StreamName } from './streams/stream.ts'
import type { HourId } from './time.ts'

export const EDITION_STATES = ['building', 'held', 'live', 'retired', 'rejected', 'failed'] as const
/**
 * building: its hours are being computed. held: complete, waits for a person. live: published. retired: was live.
 * rejected: a person said no. failed: the run ended without completing it.
 */
export type EditionState = (typeof EDITION_STATES)[number]

export interface Edition {
  readonly stream: StreamName
  /** 1, 2, 3… per stream. */
  readonly number: number
  /** null: the root of a history (the first edition, or a rebuild). */
  readonly parent: number | null
  /** First hour of its own; null: from the beginning. */
  readonly since: HourId | null
  /** First hour that is again its parent's; null: no end. */
  readonly until: HourId | null
  readonly extractors: Readonly<Record<BoardName, string>>
  readonly state: EditionState
  readonly reason: string
  readonly by: string
  /** Milliseconds since 1970 UTC. */
  readonly createdAt: number
  readonly publishedAt: number | null
  /** Temporal workflow id that builds it, when one does. */
  readonly workflowId: string | null
}

/** Whether the hour is the edition's own, rather than its parent's. */
export function ownsHour(edition: Pick<Edition, 'since' | 'until'>, hour: HourId): boolean {
  return (edition.since === null || hour >= edition.since) && (edition.until === null || hour < edition.until)
}

/**
 * The edition whose view an hour is read from, seen from `chain`: the live edition first, then its parent, and so on to
 * the root (which owns every hour that none of its descendants owns).
 */
export function editionOfHour<E extends Pick<Edition, 'since' | 'until'>>(
  chain: readonly E[],
  hour: HourId,
): E | undefined {
  return chain.find((edition) => ownsHour(edition, hour))
}
