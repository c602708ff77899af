/**
 * The ledger: one document a (stream, hour), replaced whole, never by an older one; and beside it what was measured or went
 * wrong (views/hour-findings.ts). The documents are derived from the lake: one of another form counts as not there, and the
 * next `hourly` writes it anew.
 */
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import type { Connection } from './connection.ts'
import type { HourDocument } from './documents.ts'
import { ensureGuardIndex, type Guarded, putGuarded } from './guard.ts'
import { createFindings, ensureFindingIndexes, type HourFindings } from './hour-findings.ts'

export type NewHourDocument = Omit<HourDocument, '_id'>

/** Of [from, to). */
export interface HourSpan {
  readonly from?: HourId | undefined
  readonly to?: HourId | undefined
}

export interface HourLedger extends HourFindings {
  /** Answers how many were stored; an entry with a greater `updatedAt` stays. */
  put(documents: readonly NewHourDocument[]): Promise<{ readonly stored: number }>
  get(stream: StreamName, hours: readonly HourId[]): Promise<HourDocument[]>
  /** In time order. */
  list(stream: StreamName, range?: HourSpan): Promise<HourDocument[]>
  /** How hours stand, from the index alone. Hours without entry are not in it. */
  standings(stream: StreamName, range?: HourSpan): Promise<ReadonlyMap<HourId, Standing>>
  /** How many records sealed hours have, those in quarantine among them; null: the hour is open. Hours without entry are not in it. */
  volumes(stream: StreamName, range?: HourSpan): Promise<ReadonlyMap<HourId, number | null>>
  /** The first and the last hour with records; null: none has. */
  bounds(stream: StreamName): Promise<{ readonly first: HourId; readonly last: HourId } | null>
}

/** open: not sealed. lacking: sealed, and a file of it is quarantined. */
export type HourStanding = 'open' | 'sealed' | 'lacking'

export interface Standing {
  readonly standing: HourStanding
  /** Of the listing that the entry tells of. */
  readonly digest: string
}

type Stored = HourDocument & Guarded & { readonly form: number; readonly standing: HourStanding }

/** 3: what arrived when, late, lost, amended; how it stands. */
const LEDGER_FORM = 3

export async function ensureHourIndexes(connection: Connection): Promise<void> {
  await connection.run('creating indexes', () =>
    connection.db.collection('hours').createIndex({ stream: 1, form: 1, hour: 1, standing: 1, digest: 1, records: 1 }),
  )
  await ensureGuardIndex(connection, 'hours')
  await ensureFindingIndexes(connection)
}

export function createHourLedger(connection: Connection): HourLedger {
  const collection = connection.db.collection<Stored>('hours')
  const inSpan = (stream: StreamName, { from, to }: HourSpan) => {
    const hour = { ...(from ? { $gte: from } : {}), ...(to ? { $lt: to } : {}) }
    return { stream, form: LEDGER_FORM, ...(from || to ? { hour } : {}) }
  }

  async function find(filter: object): Promise<HourDocument[]> {
    const found = await connection.run('reading the hours', () =>
      collection.find(filter, { batchSize: 10_000 }).sort({ hour: 1 }).toArray(),
    )
    return found.map(({ guard: _guard, form: _form, standing: _standing, ...document }) => document)
  }

  async function end(stream: StreamName, direction: 1 | -1): Promise<HourId | undefined> {
    const [found] = await connection.run('reading the hours', () =>
      collection
        .find({ stream, form: LEDGER_FORM, records: { $gt: 0 } }, { projection: { hour: 1 } })
        .sort({ hour: direction })
        .limit(1)
        .toArray(),
    )
    return found?.hour
  }

  return {
    ...createFindings(connection),
    async put(documents) {
      const stored = documents.map((document) => ({
        ...document,
        _id: `${document.stream}/${document.hour}`,
        guard: document.updatedAt,
        form: LEDGER_FORM,
        standing: standingOf(document),
      }))
      const stale = await putGuarded(connection, collection, stored)
      return { stored: documents.length - stale.size }
    },
    get: (stream, hours) => find({ stream, form: LEDGER_FORM, hour: { $in: [...hours] } }),
    list: (stream, range = {}) => find(inSpan(stream, range)),
    async standings(stream, range = {}) {
      const found = await connection.run('reading the hours', () =>
        collection
          .find<Standing & { readonly hour: HourId }>(inSpan(stream, range), {
            projection: { _id: 0, hour: 1, standing: 1, digest: 1 },
            batchSize: 10_000,
          })
          .toArray(),
      )
      return new Map(found.map(({ hour, ...standing }) => [hour, standing]))
    },
    async volumes(stream, range = {}) {
      const found = await connection.run('reading the hours', () =>
        collection
          .find<Pick<Stored, 'hour' | 'standing' | 'records' | 'quarantined'>>(inSpan(stream, range), {
            projection: { _id: 0, hour: 1, standing: 1, records: 1, quarantined: 1 },
            batchSize: 10_000,
          })
          .toArray(),
      )
      return new Map(
        found.map(({ hour, standing, records, quarantined }) => [
          hour,
          standing === 'open' ? null : records + quarantined.records,
        ]),
      )
    },
    async bounds(stream) {
      const [first, last] = await Promise.all([end(stream, 1), end(stream, -1)])
      return first && last ? { first, last } : null
    },
  }
}

function standingOf({ sealedAt, quarantined }: NewHourDocument): HourStanding {
  if (sealedAt === null) return 'open'
  return quarantined.files > 0 ? 'lacking' : 'sealed'
}
