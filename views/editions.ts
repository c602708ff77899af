/**
 * Editions, numbered 1, 2, 3… per stream. All but the state is written once.
 *
 * Invariant: no number is given twice: the number is in the `_id`, and the store refuses a second one.
 */

import type { Filter, UpdateFilter } from 'mongodb'
import {
  beginEdition,
  CHANGES_MAX,
  type Edition,
  type EditionChange,
  type EditionState,
  type EditionWork,
  type NewEdition,
  noSuchEdition,
} from '../model/editions.ts'
import { AppError, assert } from '../model/errors.ts'
import { shortText } from '../model/short-text.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { Connection } from './connection.ts'
import type { EditionDocument, LiveDocument } from './documents.ts'
import { insert } from './guard.ts'
import { checkForm, FORM } from './packing.ts'

/** What people type, and errors that quote records: an edition keeps many changes in one document. */
const BY_LENGTH_MAX = 200
const WHY_LENGTH_MAX = 1_000

/** Into which state, who does it, when (ms) and why; and what else is known by then. */
export interface StateChange extends Omit<EditionChange, 'state'> {
  /** Only when it is in one of these; by default in any. */
  readonly from?: readonly EditionState[]
  readonly to: EditionState
  readonly publishedAt?: number
  readonly keepUntil?: number | null
}

export interface Editions {
  /**
   * Creates an edition with the next number. With a `token`, an edition that was created with it before is answered instead:
   * a repeated activity creates one edition.
   */
  create(edition: NewEdition, token?: string): Promise<Edition>
  get(stream: StreamName, number: number): Promise<Edition | null>
  /** By number. The state says `live` of the edition that readers see, and of no other. */
  list(stream: StreamName): Promise<Edition[]>
  /**
   * Sets the state and notes the change; in that state already, nothing changes. Answers the edition as it is then.
   * @throws AppError `conflict` naming the state it is in, `not-found`.
   */
  setState(stream: StreamName, number: number, change: StateChange): Promise<Edition>
  /** Notes what building it has taken, once: what is there stays. */
  setBuilt(stream: StreamName, number: number, built: EditionWork): Promise<void>
  /** Notes that its views are deleted from now on, or, with null, that they are not. */
  setCleared(stream: StreamName, number: number, at: number | null): Promise<void>
  /** The edition, its parent, and so on to the root: what `editionOfHour` takes. */
  chainOf(stream: StreamName, number: number): Promise<readonly Edition[]>
  /** The live document and the chain of its edition; null when nothing was published. */
  chain(stream: StreamName): Promise<{ readonly live: LiveDocument; readonly chain: readonly Edition[] } | null>
  /** Removes the document of an edition whose views are gone. */
  delete(stream: StreamName, number: number): Promise<void>
}

type Stored = EditionDocument & { readonly form: number; readonly token: string | null }

const COLLISIONS_MAX = 100

export async function ensureEditionIndexes(connection: Connection): Promise<void> {
  await connection.run('creating indexes', () =>
    connection.db.collection('editions').createIndex({ stream: 1, number: 1 }),
  )
}

/** @param readLive how to learn which edition is live (views/live.ts), which needs the editions itself */
export function createEditions(
  connection: Connection,
  readLive: (stream: StreamName) => Promise<LiveDocument | null>,
): Editions {
  const collection = connection.db.collection<Stored>('editions')
  const idOf = (stream: StreamName, number: number) => `${stream}/${number}`
  /** Who descends from whom never changes, so it is read once: an answer then costs no reading of editions. */
  const lineages = new Map<string, readonly Edition[]>()

  async function all(stream: StreamName): Promise<Edition[]> {
    const found = await connection.run('listing editions', () =>
      collection.find({ stream }).sort({ number: 1 }).toArray(),
    )
    return found.map(editionOf)
  }

  async function chainOf(stream: StreamName, number: number): Promise<readonly Edition[]> {
    const known = lineages.get(idOf(stream, number))
    if (known) return known
    const editions = new Map((await all(stream)).map((edition) => [edition.number, edition]))
    const chain: Edition[] = []
    for (let at: number | null = number; at !== null; ) {
      const edition = editions.get(at)
      if (!edition) {
        const child = chain.at(-1)
        if (!child) throw noSuchEdition(stream, at)
        throw new AppError(
          'corrupt',
          `there is no edition ${at} of ${stream}, the parent of edition ${child.number}; 'tendance editions' lists them`,
          { facts: { stream, edition: at } },
        )
      }
      assert(edition.parent === null || edition.parent < at, 'an edition is newer than its parent', { edition: at })
      chain.push(edition)
      at = edition.parent
    }
    lineages.set(idOf(stream, number), chain)
    return chain
  }

  return {
    async create(edition, token) {
      for (let collisions = 0; collisions < COLLISIONS_MAX; collisions++) {
        // The number before the token: if an edition with our token came after the first look, our number is taken.
        const editions = await all(edition.stream)
        if (token !== undefined) {
          const there = await connection.run('creating an edition', () =>
            collection.findOne({ stream: edition.stream, token }),
          )
          if (there) return editionOf(there)
        }
        const created = beginEdition(edition, (editions.at(-1)?.number ?? 0) + 1)
        const _id = idOf(edition.stream, created.number)
        const stored: Stored = { ...created, _id, form: FORM, token: token ?? null }
        const won = await connection.run('creating an edition', () => insert(collection, stored))
        if (won) return created
      }
      throw new AppError('unavailable', `views: ${COLLISIONS_MAX} editions of ${edition.stream} were created at once`)
    },
    async get(stream, number) {
      const [stored, live] = await Promise.all([
        connection.run('reading an edition', () => collection.findOne({ _id: idOf(stream, number) })),
        readLive(stream),
      ])
      return stored ? asSeen(editionOf(stored), live) : null
    },
    async list(stream) {
      const [editions, live] = await Promise.all([all(stream), readLive(stream)])
      return editions.map((edition) => asSeen(edition, live))
    },
    async setState(stream, number, { from, to, at, by, why, facts, ...known }) {
      const _id = idOf(stream, number)
      const state = from ? { $in: from.filter((one) => one !== to) } : { $ne: to }
      const told = { by: shortText(by, BY_LENGTH_MAX), why: shortText(why, WHY_LENGTH_MAX) }
      const noted: EditionChange = { state: to, at, ...told, ...(facts && { facts }) }
      const change = {
        $set: { state: to, ...known },
        $push: { changes: { $each: [noted], $slice: -CHANGES_MAX } },
      }
      const stored = await connection.run('setting the state of an edition', () =>
        collection.findOneAndUpdate({ _id, state } as Filter<Stored>, change as unknown as UpdateFilter<Stored>, {
          returnDocument: 'after',
        }),
      )
      if (stored) return editionOf(stored)
      const there = await collection.findOne({ _id })
      if (there?.state === to) return editionOf(there)
      throw there
        ? new AppError('conflict', `edition ${number} of ${stream} is ${there.state}: it cannot become ${to}`, {
            facts: { stream, edition: number, state: there.state, to },
          })
        : noSuchEdition(stream, number)
    },
    async setBuilt(stream, number, built) {
      await connection.run('noting what an edition has taken', () =>
        collection.updateOne({ _id: idOf(stream, number), built: null } as Filter<Stored>, { $set: { built } }),
      )
    },
    async setCleared(stream, number, at) {
      await connection.run('noting that an edition is cleared', () =>
        collection.updateOne({ _id: idOf(stream, number) }, { $set: { clearedAt: at } }),
      )
    },
    chainOf,
    async chain(stream) {
      const live = await readLive(stream)
      return live ? { live, chain: await chainOf(stream, live.edition) } : null
    },
    async delete(stream, number) {
      lineages.clear()
      await connection.run('deleting an edition', () => collection.deleteOne({ _id: idOf(stream, number) }))
    },
  }
}

function editionOf(stored: Stored): Edition {
  checkForm(stored)
  const { _id, form: _form, token: _token, ...edition } = stored
  return edition
}

/** The live document decides which edition is live; a state that a crash left behind does not. */
function asSeen(edition: Edition, live: LiveDocument | null): Edition {
  if (live?.edition === edition.number) return { ...edition, state: 'live' }
  return edition.state === 'live' ? { ...edition, state: 'retired' } : edition
}
