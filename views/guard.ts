/**
 * Writes that never go backwards, in one atomic step each, without transactions.
 *
 * Each document carries a number, `guard`. A write replaces `{_id, guard ≤ ours}` and inserts when nothing matches. If a
 * document with a greater guard is there, nothing matches, the insert meets its `_id`, and the store answers "duplicate key"
 * (11000): the write was stale. Two first writes at once can also meet that way; so a duplicate is stale only when the
 * stored guard says so, else it is tried again.
 */
import {
  type AnyBulkWriteOperation,
  type Collection,
  type Filter,
  MongoBulkWriteError,
  MongoServerError,
  type OptionalUnlessRequiredId,
  type WithoutId,
} from 'mongodb'
import { AppError } from '../model/errors.ts'
import type { Connection } from './connection.ts'

export interface Guarded {
  readonly _id: string
  readonly guard: number
}

/**
 * Documents, and about how many bytes of text in them, that are written with one command. MongoDB takes 48 MB, and what is
 * written in one command is in memory several times.
 */
const BATCH_MAX = 1_000
const BATCH_BYTES_MAX = 8 * 1024 * 1024
const ROUNDS_MAX = 10

/**
 * For what putGuarded asks. MongoDB finds the document by `_id` alone, but the embedded store uses an index only when it holds
 * every field that is asked for: without this one each write scans the collection (20,000 small documents: 15 ms, with it 1 ms).
 */
export async function ensureGuardIndex(connection: Connection, collection: string): Promise<void> {
  await connection.run('creating indexes', () => connection.db.collection(collection).createIndex({ _id: 1, guard: 1 }))
}

const DUPLICATE_KEY = 11_000

/** Replaces or inserts each document unless a newer one is there. Answers the `_id`s that were stale. */
export async function putGuarded<Document extends Guarded>(
  connection: Connection,
  collection: Collection<Document>,
  documents: readonly Document[],
): Promise<ReadonlySet<string>> {
  const stale = new Set<string>()
  for (const batch of batchesOf(documents)) {
    let open = batch
    for (let round = 0; open.length > 0; round++) {
      if (round === ROUNDS_MAX) {
        throw new AppError(
          'unavailable',
          `views: ${open.length} writes to ${collection.collectionName} kept colliding`,
          {
            facts: { collection: collection.collectionName, ids: open.slice(0, 10).map((document) => document._id) },
          },
        )
      }
      const met = await connection.run(`writing ${collection.collectionName}`, () => replaceAll(collection, open))
      open = met.length === 0 ? [] : await stillOpen(connection, collection, met, stale)
    }
  }
  return stale
}

/** In their order, each of at least one document. */
export function* batchesOf<Document extends object>(
  documents: readonly Document[],
  bytesMax = BATCH_BYTES_MAX,
): Generator<readonly Document[]> {
  let batch: Document[] = []
  let bytes = 0
  for (const document of documents) {
    const more = textBytes(document)
    if (batch.length > 0 && (batch.length === BATCH_MAX || bytes + more > bytesMax)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(document)
    bytes += more
  }
  if (batch.length > 0) yield batch
}

/** What a document's texts come to, at three bytes a UTF-16 unit; those of a tally, which are the large ones, stand at its top. */
function textBytes(document: object): number {
  let units = 0
  for (const value of Object.values(document)) if (typeof value === 'string') units += value.length
  return 3 * units
}

/** Answers the documents that met another one. */
async function replaceAll<Document extends Guarded>(
  collection: Collection<Document>,
  documents: readonly Document[],
): Promise<readonly Document[]> {
  const operations = documents.map((document) => ({
    replaceOne: { filter: { _id: document._id, guard: { $lte: document.guard } }, replacement: document, upsert: true },
  }))
  try {
    await collection.bulkWrite(operations as unknown as AnyBulkWriteOperation<Document>[], { ordered: false })
    return []
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error
    const failures = [error.writeErrors].flat()
    if (failures.length === 0 || failures.some((failure) => failure.code !== DUPLICATE_KEY)) throw error
    return failures.map((failure) => documents[failure.index]!)
  }
}

async function stillOpen<Document extends Guarded>(
  connection: Connection,
  collection: Collection<Document>,
  met: readonly Document[],
  stale: Set<string>,
): Promise<Document[]> {
  const there = await connection.run(`reading ${collection.collectionName}`, () =>
    (collection as unknown as Collection<Guarded>)
      .find({ _id: { $in: met.map((document) => document._id) } }, { projection: { guard: 1 } })
      .toArray(),
  )
  const guards = new Map(there.map((document) => [document._id, document.guard]))
  return met.filter((document) => {
    const newer = (guards.get(document._id) ?? -1) > document.guard
    if (newer) stale.add(document._id)
    return !newer
  })
}

/** What is replaced only by who has seen the version before: `version` is 1 in the first, and grows by one. */
export interface Versioned {
  readonly _id: string
  readonly version: number
}

/**
 * Compare-and-set: replaces the document of version `next.version - 1`, or inserts version 1. Answers whether it is there now;
 * also when our own write was done and only its answer lost, so each writer's document must differ from any other's.
 */
export async function swapVersion<Document extends Versioned>(
  connection: Connection,
  collection: Collection<Document>,
  next: Document,
): Promise<boolean> {
  const previous = { _id: next._id, version: next.version - 1 } as unknown as Filter<Document>
  const won = await connection.run(`replacing ${collection.collectionName}`, async () =>
    next.version === 1
      ? insert(collection, next)
      : (await collection.replaceOne(previous, next as unknown as WithoutId<Document>)).matchedCount === 1,
  )
  if (won) return true
  const there = await connection.run(`reading ${collection.collectionName}`, () =>
    collection.findOne({ _id: next._id } as unknown as Filter<Document>),
  )
  return there !== null && sameValue(there, next)
}

function sameValue(a: object, b: object): boolean {
  const sorted = (value: object) => JSON.stringify(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
  return sorted(a) === sorted(b)
}

/** Answers whether it was inserted: false when the `_id` is taken. */
export async function insert<Document extends { readonly _id: string }>(
  collection: Collection<Document>,
  document: Document,
): Promise<boolean> {
  try {
    await collection.insertOne(document as OptionalUnlessRequiredId<Document>)
    return true
  } catch (error) {
    if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return false
    throw error
  }
}
