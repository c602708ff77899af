/**
 * The stamp of a question: a digest of all that its answer is made from, read without the tallies. It is there only when every
 * hour is in batch (or known to be empty): such an answer can change only by being computed again, and then its stamp is another.
 *
 *   stamp = SHA-256 over a line for each hour, `hour edition extractor digest`; 16 hexadecimal digits of it
 */
import { createHash } from 'node:crypto'
import { type BoardName, boards } from '../model/boards.ts'
import type { Edition } from '../model/editions.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, nextHour } from '../model/time.ts'
import { ownerOfHour } from './hour-source.ts'
import type { ReadableViews } from './read-hours.ts'

type StampViews = Pick<ReadableViews, 'batch' | 'hours' | 'editions'>

const STAMP_DIGITS = 16

export interface StampQuestion {
  readonly board: BoardName
  /** In time order; all that the answer looks at, also the hour that movements compare with. */
  readonly hours: readonly HourId[]
  /** Rather than the live one. */
  readonly edition?: number | undefined
}

export interface Stamp {
  /** Of what the counts are made from: it names them for good. */
  readonly digest: string
  /** The edition asked for, or the live one. */
  readonly edition: number
  /** With the version of the live document, when the live edition was asked for: what an answer also tells. */
  readonly tag: string
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
  const hash = createHash('sha256')
  for (const hour of hours) hash.update(`${made.get(hour) ?? `${hour} empty`}\n`)
  const digest = hash.digest('hex').slice(0, STAMP_DIGITS)
  return { digest, edition: chain[0].number, tag: live ? `${digest}-${live.live.version}` : digest }
}

/** What each hour that is in batch was made from. */
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
      const digests = await views.batch.digests({ stream, board, edition: edition!, ...range })
      for (const hour of own) {
        const found = digests.get(hour)
        if (found) made.set(hour, `${hour} ${edition} ${found.extractor} ${found.digest}`)
      }
    }),
  )
  return made
}

/** Sealed without records: nothing happened then, and nothing comes any more. */
async function areEmpty({ hours: ledger }: StampViews, stream: StreamName, hours: readonly HourId[]): Promise<boolean> {
  const entries = await ledger.get(stream, hours)
  return entries.filter(({ sealedAt, records }) => sealedAt !== null && records === 0).length === hours.length
}
