/**
 * Which editions' views may be deleted. Pure: cleanup reads, asks here, and deletes.
 *
 * Invariants (test/model/retention.test.ts, over random histories): what the live edition reads is never among them, its
 * ancestors as far as the root; neither is what an edition reads that may still become live: one that is built, held, or
 * retired and not deleted yet. What a rollback would go to stays.
 */
import { type Edition, type EditionState, lastChange } from './editions.ts'

/** What the live document says. */
export interface LiveNow {
  readonly edition: number
  /** What a rollback goes to. */
  readonly previous: number | null
  /** When it became so, ms. */
  readonly at: number
}

/** In these states an edition is, or may become, what readers see, with all that it stands on. */
const MAY_BE_READ: readonly EditionState[] = ['building', 'held', 'live', 'retired']

/**
 * Numbers of the editions whose time is over, ascending.
 * @param keepMs how long an edition that ended stays, unless its own document says until when
 */
export function editionsToClear(
  editions: readonly Edition[],
  live: LiveNow,
  { now, keepMs }: { readonly now: number; readonly keepMs: number },
): readonly number[] {
  const needed = new Set<number | null>([live.edition, live.previous])
  const over: number[] = []
  // A parent is older than its children, so whether one is needed is known when its turn comes.
  for (const edition of editions.toSorted((a, b) => b.number - a.number)) {
    if (edition.clearedAt !== null) continue
    if (!needed.has(edition.number) && isOver(edition, live, now, keepMs)) over.push(edition.number)
    else if (needed.has(edition.number) || MAY_BE_READ.includes(edition.state)) needed.add(edition.parent)
  }
  return over.reverse()
}

function isOver(edition: Edition, live: LiveNow, now: number, keepMs: number): boolean {
  // A crash may have left out the note of when it ended: then it was, at the latest, when the live one became live.
  const endedAt = lastChange(edition)?.at ?? Math.max(live.at, edition.createdAt)
  switch (edition.state) {
    case 'building':
    case 'held':
    case 'live':
      return false
    case 'cancelled':
      return true
    case 'retired':
      return now > (edition.keepUntil ?? endedAt + keepMs)
    case 'rejected':
    case 'failed':
      return now > endedAt + keepMs
    default:
      return edition.state satisfies never
  }
}
