/**
 * Speed views: one document a (stream, board, extractor, slot, partition), written by the worker that owns the partition.
 *
 * Invariant: a tally's offset never goes backwards while its slot is open, and a closed one is never opened again, so a stale
 * owner changes nothing and learns that it is stale; writing the same again changes nothing either. The states of a partition
 * are one history: each is written by who has seen the one before (views/documents.ts says why that is enough).
 */
import type { BoardName } from '../model/boards.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId, SlotId } from '../model/time.ts'
import type { Connection } from './connection.ts'
import type { SpeedDocument, SpeedStateDocument } from './documents.ts'
import { ensureGuardIndex, type Guarded, putGuarded, swapVersion } from './guard.ts'
import { checkForm, FORM, type Packed, pack, unpack } from './packing.ts'

export type NewSpeedDocument = Omit<SpeedDocument, '_id' | 'origin'>
export type NewSpeedStateDocument = Omit<SpeedStateDocument, '_id'>

export interface SpeedKey {
  readonly stream: StreamName
  readonly board: BoardName
  readonly extractor: string
}

export interface SpeedViews {
  /** Writes many at once. `stale`: those for which a closed one, or one of a greater offset, is there. */
  put(
    documents: readonly NewSpeedDocument[],
  ): Promise<{ readonly stored: number; readonly stale: readonly NewSpeedDocument[] }>
  /** `slots`: only these of the hours. */
  get(
    key: SpeedKey & { readonly hours: readonly HourId[]; readonly slots?: readonly SlotId[] },
  ): Promise<SpeedDocument[]>
  /** Replaces the state of version `state.version - 1`; version 1 is the first. `stored: false`: it is another one now. */
  putState(state: NewSpeedStateDocument): Promise<{ readonly stored: boolean }>
  states(key: SpeedKey): Promise<SpeedStateDocument[]>
  /** Hours that have speed documents, of any extractor, in time order. */
  hours(key: { readonly stream: StreamName; readonly board: BoardName }): Promise<HourId[]>
  /** Answers how many documents were removed. */
  deleteHours(key: {
    readonly stream: StreamName
    readonly board: BoardName
    readonly hours: readonly HourId[]
  }): Promise<number>
}

type StoredTally = Packed<SpeedDocument> & Guarded
type StoredState = SpeedStateDocument & { readonly form: number }

/** A closed tally is beyond any offset: it replaces every open one, and none replaces it. */
const CLOSED = Number.MAX_SAFE_INTEGER

/** 12 slots of 100 partitions each: under the 100,000 documents that one deleting command may touch. */
const HOURS_A_DELETE = 50
const HOURS_A_QUERY = 24

export function speedId(
  { stream, board, extractor }: SpeedKey,
  slot: string,
  partition: number,
  generation = 1,
): string {
  return `${stream}/${board}/${extractor}/${slot}/${partition}${generation > 1 ? `.${generation}` : ''}`
}

export async function ensureSpeedIndexes(connection: Connection): Promise<void> {
  await connection.run('creating indexes', async () => {
    await connection.db.collection('speed').createIndex({ stream: 1, board: 1, hour: 1, extractor: 1 })
    await connection.db.collection('speedState').createIndex({ stream: 1, board: 1, extractor: 1 })
  })
  await ensureGuardIndex(connection, 'speed')
}

export function createSpeedViews(connection: Connection): SpeedViews {
  const tallies = connection.db.collection<StoredTally>('speed')
  const states = connection.db.collection<StoredState>('speedState')
  const chunks = (hours: readonly HourId[], size: number) =>
    Array.from({ length: Math.ceil(hours.length / size) }, (_, i) => hours.slice(i * size, (i + 1) * size))

  return {
    async put(documents) {
      const idOf = (document: NewSpeedDocument) =>
        speedId(document, document.slot, document.partition, document.generation)
      const stored = documents.map((document) => ({
        ...pack({ ...document, _id: idOf(document), origin: 'speed' as const }),
        guard: document.closed ? CLOSED : document.offset,
      }))
      const stale = await putGuarded(connection, tallies, stored)
      return {
        stored: documents.length - stale.size,
        stale: documents.filter((document) => stale.has(idOf(document))),
      }
    },
    async get({ stream, board, extractor, hours, slots }) {
      const slot = slots ? { slot: { $in: [...slots] } } : {}
      const found: SpeedDocument[] = []
      for (const some of chunks(hours, HOURS_A_QUERY)) {
        const documents = await connection.run('reading speed views', () =>
          tallies
            .find<Packed<SpeedDocument>>(
              { stream, board, hour: { $in: some }, extractor, ...slot },
              { projection: { guard: 0 }, batchSize: 1_000 },
            )
            .toArray(),
        )
        for (const document of documents) found.push(unpack(document))
      }
      return found
    },
    async putState(state) {
      const _id = `${state.stream}/${state.board}/${state.extractor}/${state.partition}`
      return { stored: await swapVersion(connection, states, { ...state, _id, form: FORM }) }
    },
    async states({ stream, board, extractor }) {
      const found = await connection.run('reading the state of speed', () =>
        states.find({ stream, board, extractor }).toArray(),
      )
      return found.map((document) => {
        checkForm(document)
        const { form: _, ...state } = document
        return state
      })
    },
    async hours({ stream, board }) {
      const hours = await connection.run('listing speed hours', () => tallies.distinct('hour', { stream, board }))
      return hours.sort()
    },
    async deleteHours({ stream, board, hours }) {
      let deleted = 0
      for (const some of chunks(hours, HOURS_A_DELETE)) {
        deleted += await connection.run(
          'deleting speed views',
          async () => (await tallies.deleteMany({ stream, board, hour: { $in: some } })).deletedCount,
        )
      }
      return deleted
    },
  }
}
