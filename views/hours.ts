/** The ledger: one document a (stream, hour), replaced whole, never by an older one. */
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import type { Connection } from './connection.ts'
import type { HourDocument } from './documents.ts'
import { ensureGuardIndex, type Guarded, putGuarded } from './guard.ts'
import { checkForm, FORM } from './packing.ts'

export type NewHourDocument = Omit<HourDocument, '_id'>

export interface HourLedger {
  /** Answers how many were stored; an entry with a greater `updatedAt` stays. */
  put(documents: readonly NewHourDocument[]): Promise<{ readonly stored: number }>
  get(stream: StreamName, hours: readonly HourId[]): Promise<HourDocument[]>
  /** Of [from, to), in time order. */
  list(stream: StreamName, range?: { readonly from?: HourId; readonly to?: HourId }): Promise<HourDocument[]>
}

type Stored = HourDocument & Guarded & { readonly form: number }

export async function ensureHourIndexes(connection: Connection): Promise<void> {
  await connection.run('creating indexes', () => connection.db.collection('hours').createIndex({ stream: 1, hour: 1 }))
  await ensureGuardIndex(connection, 'hours')
}

export function createHourLedger(connection: Connection): HourLedger {
  const collection = connection.db.collection<Stored>('hours')

  async function find(filter: object): Promise<HourDocument[]> {
    const found = await connection.run('reading the hours', () =>
      collection.find(filter, { batchSize: 10_000 }).sort({ hour: 1 }).toArray(),
    )
    return found.map((stored) => {
      checkForm(stored)
      const { guard: _guard, form: _form, ...document } = stored
      return document
    })
  }

  return {
    async put(documents) {
      const stored = documents.map((document) => ({
        ...document,
        _id: `${document.stream}/${document.hour}`,
        guard: document.updatedAt,
        form: FORM,
      }))
      const stale = await putGuarded(connection, collection, stored)
      return { stored: documents.length - stale.size }
    },
    get: (stream, hours) => find({ stream, hour: { $in: [...hours] } }),
    list(stream, { from, to } = {}) {
      const hour = { ...(from ? { $gte: from } : {}), ...(to ? { $lt: to } : {}) }
      return find({ stream, ...(from || to ? { hour } : {}) })
    },
  }
}
