/**
 * The digest of all that an answer is made from. It is there only when every hour is in batch (or known to be empty): such an answer
 * can change only by being computed again, and then its digest is another. A stamp is the same read beforehand, without the tallies:
 * whether an answer that is known already would be made from the same.
 *
 *   digest = SHA-256 over a line for each hour, `hour edition extractor digest-of-its-files`; 16 hexadecimal digits of it
 */
import { createHash } from 'node:crypto'
import { type BoardName, boards } from '../model/boards.ts'
import type { Edition } from '../model/editions.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, nextHour } from '../model/time.ts'
import { EMPTY_DIGEST, type HourSource, type Owner, ownerOfHour } from './hour-source.ts'
import type { ReadableViews } from './read-hours.ts'

type StampViews = Pick<ReadableViews, 'batch' | 'hours' | 'editions'>

const DIGITS = 16

export interface StampQuestion {
  readonly board: BoardName
  /** In time order; all that the answer looks at, also the hour that movements compare with. */
  readonly hours: readonly HourId[]
  /** Rather than the live one. */
  readonly edition?: number | undefined
}

export interface Stamp {
  /** The edition asked for, or the live one. */
  readonly edition: number
  /** Version of the live document; null: an edition was asked for, whichever is live. */
  readonly liveVersion: number | null
  /** Of each hour what it is made from. */
  readonly lines: readonly string[]
}

/** undefined: the hour can change by itself. */
export function lineOf({ hour, owner, digest }: Pick<HourSource, 'hour' | 'owner' | 'digest'>): string | undefined {
  if (digest === undefined) return undefined
  return digest === EMPTY_DIGEST ? `${hour} ${EMPTY_DIGEST}` : madeLine(hour, owner, digest)
}

/** null when a line is not known. */
export function digestOf(lines: readonly (string | null | undefined)[]): string | null {
  const hash = createHash('sha256')
  for (const line of lines) {
    if (line == null) return null
    hash.update(`${line}\n`)
  }
  return hash.digest('hex').slice(0, DIGITS)
}

/**
 * null: some hour can still change by itself, or nothing was published.
 * @throws AppError `unavailable`, `not-found` (the edition)
 */
export async function readStamp(views: StampViews, question: StampQuestion): Promise<Stamp | null> {
  const { board, hours, edition } = question
  const { stream } = boards[board]
  const live = edition === undefined ? await views.editions.chain(stream) : null
  const chain = edition === undefined ? live?.chain : await views.editions.chainOf(stream, edition)
  if (!chain?.[0]) return null
  const made = await readMade(views, question, chain)
  const missing = hours.filter((hour) => !made.has(hour))
  if (missing.length > 0 && !(await areEmpty(views, stream, missing))) return null
  return {
    edition: chain[0].number,
    liveVersion: live?.live.version ?? null,
    lines: hours.map((hour) => made.get(hour) ?? `${hour} ${EMPTY_DIGEST}`),
  }
}

/** The line of each hour that is in batch. */
async function readMade(
  views: StampViews,
  { board, hours }: StampQuestion,
  chain: readonly Edition[],
): Promise<ReadonlyMap<HourId, string>> {
  const { stream } = boards[board]
  const byOwner = Map.groupBy(hours, (hour) => ownerOfHour(chain, board, hour, '')?.edition ?? null)
  byOwner.delete(null)
  const made = new Map<HourId, string>()
  await Promise.all(
    [...byOwner].map(async ([edition, own]) => {
      const range = { from: own[0]!, to: nextHour(own.at(-1)!) }
      const found = await views.batch.digests({ stream, board, edition: edition!, ...range })
      for (const hour of own) {
        const one = found.get(hour)
        if (one) made.set(hour, madeLine(hour, { edition, extractor: one.extractor }, one.digest))
      }
    }),
  )
  return made
}

function madeLine(hour: HourId, owner: Owner | null, digest: string): string {
  return `${hour} ${owner?.edition ?? 'none'} ${owner?.extractor ?? 'none'} ${digest}`
}

/** Sealed without records: nothing happened then, and nothing comes any more. */
async function areEmpty({ hours: ledger }: StampViews, stream: StreamName, hours: readonly HourId[]): Promise<boolean> {
  const entries = await ledger.get(stream, hours)
  return entries.filter(({ sealedAt, records }) => sealedAt !== null && records === 0).length === hours.length
}
