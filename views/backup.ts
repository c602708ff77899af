/**
 * What MongoDB alone knows, as documents that can be kept elsewhere: the editions (which hours are counted how, who decided what and why)
 * and which one is live. All else there is computed again from the lake.
 *
 * Invariant: editions are written before the live document, so that it never names an edition that is not there.
 */
import { AppError } from '../model/errors.ts'
import type { Connection } from './connection.ts'
import { checkForm } from './packing.ts'

const COLLECTIONS = ['editions', 'live'] as const

export interface KeptDocument {
  readonly collection: (typeof COLLECTIONS)[number]
  /** As stored, with its `_id` and `form`. */
  readonly document: Readonly<Record<string, unknown>> & { readonly _id: string }
}

export interface Imported {
  readonly written: number
  /** There already, and the same. */
  readonly same: number
}

export interface Backup {
  /** Editions by number, then which are live. */
  read(): Promise<readonly KeptDocument[]>
  /**
   * Writes them back. Given again, it goes on where it was stopped.
   * @param replace whether other documents of those names may be written over
   * @throws AppError `conflict`, before anything is written, when others are there; `corrupt` for another form
   */
  write(documents: readonly KeptDocument[], replace: boolean): Promise<Imported>
}

type Stored = KeptDocument['document'] & { readonly form: number }

export function createBackup(connection: Connection): Backup {
  const collectionOf = (name: string) => connection.db.collection<Stored>(name)

  return {
    async read() {
      const kept: KeptDocument[] = []
      for (const collection of COLLECTIONS) {
        const found = await connection.run(`reading ${collection}`, () => collectionOf(collection).find({}).toArray())
        const numberOf = (document: Stored) => Number(document['number'] ?? 0)
        for (const document of found.sort((a, b) => numberOf(a) - numberOf(b))) kept.push({ collection, document })
      }
      return kept
    },
    async write(documents, replace) {
      const todo: KeptDocument[] = []
      for (const kept of documents) {
        checkForm(kept.document as Stored)
        const { collection, document } = kept
        const there = await connection.run(`reading ${collection}`, () =>
          collectionOf(collection).findOne({ _id: document._id }),
        )
        if (there && canonical(there) === canonical(document)) continue
        if (there && !replace) {
          throw new AppError(
            'conflict',
            `${collection} ${document._id} is there already and says something else: nothing was imported. --replace writes over it`,
            { facts: { collection, id: document._id } },
          )
        }
        // Who looked at the live document before this must not be able to publish on top of it (views/live.ts).
        const version = Math.max(Number(there?.['version'] ?? 0) + 1, Number(document['version']))
        todo.push(there && collection === 'live' ? { collection, document: { ...document, version } } : kept)
      }
      for (const name of COLLECTIONS) {
        for (const { collection, document } of todo) {
          if (collection !== name) continue
          await connection.run(`writing ${collection}`, () =>
            collectionOf(collection).replaceOne({ _id: document._id }, document as Stored, { upsert: true }),
          )
        }
      }
      return { written: todo.length, same: documents.length - todo.length }
    },
  }
}

/** The same for the same document, in whatever order its fields come back. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
