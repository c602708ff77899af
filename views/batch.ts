/** Batch views: one document a (stream, board, edition, hour), replaced whole, never by an older one. */
import type { BoardName } from '../model/boards.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import type { Connection } from './connection.ts'
import type { BatchDocument, TallyColumns } from './documents.ts'
import { ensureGuardIndex, type Guarded, putGuarded } from './guard.ts'
import { checkForm, type Packed, pack, unpack } from './packing.ts'

export type NewBatchDocument = Omit<BatchDocument, '_id' | 'origin'>
/** A batch document without its terms: small, for planning. */
export type BatchFacts = Omit<BatchDocument, keyof TallyColumns> & Pick<BatchDocument, 'records' | 'distinct' | 'total'>

export interface BatchKey {
  readonly stream: StreamName
  readonly board: BoardName
  readonly edition: number
}

/** What staleness is decided on: an hour is stale when the lake's listing or the edition's extractor differs. */
export interface HourDigest {
  readonly digest: string
  readonly extractor: string
  readonly records: number
}

export interface BatchViews {
  /** `stored: false`: a document with a greater `computedAt` is there, and stays. */
  put(document: NewBatchDocument): Promise<{ readonly stored: boolean }>
  /** Those of the hours that there are, in no order. */
  get(key: BatchKey & { readonly hours: readonly HourId[] }): Promise<BatchDocument[]>
  facts(key: BatchKey & { readonly hours: readonly HourId[] }): Promise<BatchFacts[]>
  /** Of all hours in [from, to). */
  digests(key: BatchKey & { readonly from?: HourId; readonly to?: HourId }): Promise<Map<HourId, HourDigest>>
  /** In time order. */
  hours(key: BatchKey): Promise<HourId[]>
  /** Removes the hours given, or all of the edition. Answers how many there were. */
  delete(key: BatchKey & { readonly hours?: readonly HourId[] }): Promise<number>
}

type Stored = Packed<BatchDocument> & Guarded

const HOURS_A_QUERY = 500
const COLUMNS = { keys: 0, shown: 0, counts: 0 }

export function batchId({ stream, board, edition }: BatchKey, hour: HourId): string {
  return `${stream}/${board}/${edition}/${hour}`
}

export async function ensureBatchIndexes(connection: Connection): Promise<void> {
  // Equality first, then the range; what digests() reads stands in the index, so that it need not touch the documents.
  await connection.run('creating indexes', () =>
    connection.db.collection('batch').createIndex({
      stream: 1,
      board: 1,
      edition: 1,
      hour: 1,
      digest: 1,
      extractor: 1,
      records: 1,
    }),
  )
  await ensureGuardIndex(connection, 'batch')
}

export function createBatchViews(connection: Connection): BatchViews {
  const collection = connection.db.collection<Stored>('batch')
  const only = ({ stream, board, edition }: BatchKey) => ({ stream, board, edition })

  async function find<Found>(key: BatchKey, hours: readonly HourId[], projection: object): Promise<Found[]> {
    const found: Found[] = []
    for (let from = 0; from < hours.length; from += HOURS_A_QUERY) {
      const hour = { $in: hours.slice(from, from + HOURS_A_QUERY) }
      found.push(
        ...(await connection.run('reading batch views', () =>
          collection.find<Found & object>({ ...only(key), hour }, { projection, batchSize: HOURS_A_QUERY }).toArray(),
        )),
      )
    }
    return found
  }

  return {
    async put(document) {
      const _id = batchId(document, document.hour)
      const stored: Stored = { ...pack({ ...document, _id, origin: 'batch' as const }), guard: document.computedAt }
      const stale = await putGuarded(connection, collection, [stored])
      return { stored: stale.size === 0 }
    },
    async get({ hours, ...key }) {
      return (await find<Packed<BatchDocument>>(key, hours, { guard: 0 })).map((document) => unpack(document))
    },
    async facts({ hours, ...key }) {
      const found = await find<BatchFacts>(key, hours, { guard: 0, ...COLUMNS })
      for (const document of found) checkForm(document)
      return found
    },
    async digests({ from, to, ...key }) {
      const hour = { ...(from ? { $gte: from } : {}), ...(to ? { $lt: to } : {}) }
      const filter = { ...only(key), ...(from || to ? { hour } : {}) }
      const found = await connection.run('reading digests', () =>
        collection
          .find<HourDigest & { hour: HourId }>(filter, {
            projection: { _id: 0, hour: 1, digest: 1, extractor: 1, records: 1 },
            batchSize: 10_000,
          })
          .toArray(),
      )
      return new Map(found.map(({ hour, ...digest }) => [hour, digest]))
    },
    async hours(key) {
      const digests = await this.digests(key)
      return [...digests.keys()].sort()
    },
    async delete({ hours, ...key }) {
      const filter = { ...only(key), ...(hours ? { hour: { $in: [...hours] } } : {}) }
      return connection.run('deleting batch views', async () => (await collection.deleteMany(filter)).deletedCount)
    },
  }
}
