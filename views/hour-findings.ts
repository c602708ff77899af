/**
 * What stands beside the ledger's entries: how speed and batch agreed, which hours could not be computed, how far the archive was.
 *
 * Invariant: the first measurement of an agreement stays. It is made while all speed documents of the hour are there; a later
 * one could see what a cleanup that was cut off has left.
 */
import type { BoardName } from '../model/boards.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import type { Verification } from '../model/verify.ts'
import type { Connection } from './connection.ts'
import type { AgreementDocument, ArchiveDocument, FailureDocument } from './documents.ts'
import { ensureGuardIndex, type Guarded, putGuarded } from './guard.ts'
import { checkForm, FORM } from './packing.ts'

export type NewAgreement = Omit<AgreementDocument, '_id'>
export type NewFailure = Omit<FailureDocument, '_id'>
export type NewArchive = Omit<ArchiveDocument, '_id'>

interface Asked {
  readonly stream: StreamName
  readonly hours: readonly HourId[]
}

export interface HourFindings {
  /** Those of an hour and board for which there is none yet. */
  putAgreements(documents: readonly NewAgreement[]): Promise<void>
  agreements(asked: Asked & { readonly board: BoardName }): Promise<AgreementDocument[]>
  /** The last one of an hour and edition stays. */
  putFailures(documents: readonly NewFailure[]): Promise<void>
  /** Also of hours that were computed since: see `computedAt` of their views. */
  failures(asked: Asked): Promise<FailureDocument[]>
  putArchive(document: NewArchive): Promise<void>
  archive(stream: StreamName): Promise<ArchiveDocument | null>
  /** What reading the whole lake found; a later one replaces an earlier. */
  putVerification(verification: Verification): Promise<void>
  /** The last one; null: nobody has looked yet. */
  verification(stream: StreamName): Promise<Verification | null>
}

type Stored<Document> = Document & Guarded & { readonly form: number }

const HOURS_A_QUERY = 1_000

export async function ensureFindingIndexes(connection: Connection): Promise<void> {
  await connection.run('creating indexes', async () => {
    await connection.db.collection('agreements').createIndex({ stream: 1, board: 1, hour: 1 })
    await connection.db.collection('failures').createIndex({ stream: 1, hour: 1 })
  })
  for (const name of ['agreements', 'failures', 'archives', 'verifications']) await ensureGuardIndex(connection, name)
}

export function createFindings(connection: Connection): HourFindings {
  const agreements = connection.db.collection<Stored<AgreementDocument>>('agreements')
  const failures = connection.db.collection<Stored<FailureDocument>>('failures')
  const archives = connection.db.collection<Stored<ArchiveDocument>>('archives')
  const verifications = connection.db.collection<Stored<Verification & { readonly _id: string }>>('verifications')

  async function ofHours<Document>(
    hours: readonly HourId[],
    find: (hour: { $in: HourId[] }) => Promise<readonly Stored<Document>[]>,
  ): Promise<Omit<Stored<Document>, 'guard' | 'form'>[]> {
    const found: Omit<Stored<Document>, 'guard' | 'form'>[] = []
    for (let from = 0; from < hours.length; from += HOURS_A_QUERY) {
      const some = await connection.run('reading the hours', () =>
        find({ $in: hours.slice(from, from + HOURS_A_QUERY) }),
      )
      found.push(...some.map(bare))
    }
    return found
  }

  return {
    async putAgreements(documents) {
      const stored = documents.map((document) => ({
        ...document,
        _id: `${document.stream}/${document.board}/${document.hour}`,
        // the less the later: what is there is never replaced
        guard: -document.at,
        form: FORM,
      }))
      await putGuarded(connection, agreements, stored)
    },
    agreements: ({ stream, board, hours }) =>
      ofHours<AgreementDocument>(hours, (hour) => agreements.find({ stream, board, hour }).toArray()),
    async putFailures(documents) {
      const stored = documents.map((document) => ({
        ...document,
        _id: `${document.stream}/${document.edition}/${document.hour}`,
        guard: document.at,
        form: FORM,
      }))
      await putGuarded(connection, failures, stored)
    },
    failures: ({ stream, hours }) =>
      ofHours<FailureDocument>(hours, (hour) => failures.find({ stream, hour }).toArray()),
    async putArchive(document) {
      await putGuarded(connection, archives, [{ ...document, _id: document.stream, guard: document.at, form: FORM }])
    },
    async archive(stream) {
      const found = await connection.run('reading how far the archive was', () => archives.findOne({ _id: stream }))
      return found ? bare(found) : null
    },
    async putVerification(verification) {
      const { stream: _id, at: guard } = verification
      await putGuarded(connection, verifications, [{ ...verification, _id, guard, form: FORM }])
    },
    async verification(stream) {
      const found = await connection.run('reading what the last verification found', () =>
        verifications.findOne({ _id: stream }),
      )
      if (!found) return null
      const { _id: _, ...verification } = bare(found)
      return verification
    },
  }
}

function bare<Document>(stored: Stored<Document>): Omit<Stored<Document>, 'guard' | 'form'> {
  checkForm(stored)
  const { guard: _guard, form: _form, ...document } = stored
  return document
}
