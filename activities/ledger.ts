/**
 * How the ledger is kept: its entries are copies of what the lake says (`_SEALED`, or an open hour's files and commits), written
 * after it. So nothing is lost with them, and an entry that a crash left out comes with the next `hourly`.
 */
import type { HourStock } from '../lake/account.ts'
import type { Seal } from '../lake/sealing.ts'
import type { AppError } from '../model/errors.ts'
import { shortText } from '../model/short-text.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import type { HourDocument } from '../views/documents.ts'
import type { BatchDependencies } from './dependencies.ts'

/** Of what went wrong, in a document of the ledger: a message can quote what a record says. */
const TEXT_LENGTH_MAX = 2_000

type LedgerPort = Pick<BatchDependencies, 'lake' | 'views' | 'clock'>

/** What batch asks an entry. */
export type LedgerEntry = Pick<HourDocument, 'digest' | 'sealedAt' | 'records'>

export async function putSeals({ views, clock }: LedgerPort, seals: readonly Seal[]): Promise<void> {
  const updatedAt = clock()
  await views.hours.put(seals.map((seal) => ({ ...seal, refused: null, updatedAt })))
}

/** An hour that is not sealed, as it is now. */
export async function putOpen({ lake, views, clock }: LedgerPort, stream: StreamName, hour: HourId): Promise<void> {
  const updatedAt = clock()
  const stock = await lake.stock(stream, hour)
  await views.hours.put([{ stream, hour, sealedAt: null, ...stock, amendments: [], refused: null, updatedAt }])
}

const NOTHING_KNOWN: Omit<HourStock, 'digest' | 'wholeDigest' | 'files' | 'bytes'> = {
  records: 0,
  partitions: [],
  firstArrivedAt: null,
  lastArrivedAt: null,
  late: 0,
  lost: 0,
  quarantined: { files: 0, records: 0 },
}

/** An hour whose files are not what they must be: how many records they hold is not known. */
export async function putRefused(
  { lake, views, clock }: LedgerPort,
  stream: StreamName,
  hour: HourId,
  why: string,
): Promise<void> {
  const refused = shortText(why, TEXT_LENGTH_MAX)
  const updatedAt = clock()
  const { digest, wholeDigest, files, bytes } = await lake.listHour(stream, hour)
  const stock = { ...NOTHING_KNOWN, digest, wholeDigest, files: files.length, bytes }
  await views.hours.put([{ stream, hour, sealedAt: null, ...stock, amendments: [], refused, updatedAt }])
}

/**
 * Late records, or a quarantined file, changed a sealed hour: `_SEALED` tells other programs what it holds, the ledger tells
 * people. Done before the new view is stored: after a crash in between the hour is still stale, and both come.
 * Resolves to the entry as it is then; its files are others if some have come meanwhile.
 */
export async function amendLedger(
  deps: LedgerPort,
  stream: StreamName,
  hour: HourId,
  digest: string,
): Promise<LedgerEntry | undefined> {
  const { lake, views, clock } = deps
  const [entry] = await views.hours.get(stream, [hour])
  if (entry?.digest === digest) return entry
  const seal = await lake.readSeal(stream, hour)
  if (!seal) return entry
  // When the seal says it already, only the ledger had lost it: nothing has to be listed or written in the lake.
  const amended = seal.digest === digest ? seal : await lake.amendSeal(seal, clock())
  await putSeals(deps, [amended])
  return amended
}

export interface FailurePlace {
  readonly stream: StreamName
  readonly hour: HourId
  readonly edition: number
}

/** Computing the hour failed: `tendance hours --problems` says so until it was computed. */
export async function putFailure(
  { views, clock }: LedgerPort,
  { stream, hour, edition }: FailurePlace,
  { code, message }: AppError,
): Promise<void> {
  await views.hours.putFailures([
    { stream, hour, edition, code, message: shortText(message, TEXT_LENGTH_MAX), at: clock() },
  ])
}
