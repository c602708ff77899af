/** The views: everything in MongoDB, behind one door. What the documents are: views/documents.ts. */
import type { StreamName } from '../model/streams/stream.ts'
import { type Backup, createBackup } from './backup.ts'
import { type BatchViews, createBatchViews, ensureBatchIndexes } from './batch.ts'
import { type ConnectionOptions, connect } from './connection.ts'
import { createEditions, type Editions, ensureEditionIndexes } from './editions.ts'
import { createHourLedger, ensureHourIndexes, type HourLedger } from './hours.ts'
import { createLive, type Live } from './live.ts'
import { createSourceReports, type SourceReports } from './sources.ts'
import { createSpeedViews, ensureSpeedIndexes, type SpeedViews } from './speed.ts'

export interface Views {
  readonly batch: BatchViews
  readonly speed: SpeedViews
  readonly hours: HourLedger
  readonly editions: Editions
  readonly live: Live
  readonly sources: SourceReports
  readonly backup: Backup
  /** Idempotent. Call it before the first write: creating an index on full collections takes long. */
  ensureIndexes(): Promise<void>
  /** What answers there: for `tendance doctor`. */
  probe(): Promise<{ readonly address: string; readonly version: string }>
  /** What its clock says, ms; null: it does not say. */
  time(): Promise<number | null>
  /** Whether a write is taken now: one small document, the same each time. Answers what was done. @throws AppError in the store's words */
  probeWrite(): Promise<string>
  /** Removes the whole database: for tests and `stack down --wipe`. */
  drop(): Promise<void>
}

/**
 * Connects, and fails at once when nothing answers.
 * @throws AppError `unavailable` with the address and what to do, `denied`, `bad-config`.
 */
export async function openViews(options: ConnectionOptions): Promise<Views & AsyncDisposable> {
  const connection = await connect(options)
  const readLive = (stream: StreamName) => live.read(stream)
  const editions = createEditions(connection, readLive)
  const live = createLive(connection, editions)
  return {
    batch: createBatchViews(connection),
    speed: createSpeedViews(connection),
    hours: createHourLedger(connection),
    editions,
    live,
    sources: createSourceReports(connection),
    backup: createBackup(connection),
    async ensureIndexes() {
      await ensureBatchIndexes(connection)
      await ensureSpeedIndexes(connection)
      await ensureHourIndexes(connection)
      await ensureEditionIndexes(connection)
    },
    async probe() {
      const info = await connection.run('asking for its version', () => connection.db.command({ buildInfo: 1 }))
      return { address: connection.address, version: String(info['version']) }
    },
    async time() {
      const hello = await connection.run('asking for its time', () => connection.db.command({ hello: 1 }))
      return hello['localTime'] instanceof Date ? hello['localTime'].getTime() : null
    },
    async probeWrite() {
      const probes = connection.db.collection<{ readonly _id: string; readonly at: Date }>('probes')
      const { appName: _id } = options
      await connection.run('writing a small document', () =>
        probes.replaceOne({ _id }, { at: new Date() }, { upsert: true }),
      )
      return 'a document was written'
    },
    async drop() {
      await connection.run('dropping the database', () => connection.db.dropDatabase())
    },
    [Symbol.asyncDispose]: () => connection.close(),
  }
}
