/**
 * How sources stand: one document a (stream, source, host), replaced whole by each report of its ingest worker.
 *
 * Invariant: an older report never replaces a newer one (views/guard.ts), so one whose answer was late changes nothing.
 *
 * There are as many documents as sources, so nothing is indexed. Old ones are deleted by whoever begins to report, not by a TTL index:
 * only who begins can add a document, so this bounds them, and it is the same on every store.
 */
import type { SourceStanding } from '../model/source-standing.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { Connection } from './connection.ts'
import { type Guarded, putGuarded } from './guard.ts'

export interface SourceReports {
  /** `stored: false`: a newer report is there. */
  put(standing: SourceStanding): Promise<{ readonly stored: boolean }>
  /** Those that have reported since then, by name and host. Documents of another form count as not there: the next report replaces them. */
  list(stream: StreamName, since: number): Promise<SourceStanding[]>
  /** Answers how many, which have not reported since `before`, were removed. */
  deleteBefore(before: number): Promise<number>
}

type Stored = SourceStanding & Guarded & { readonly form: number }

const SOURCE_FORM = 1

export function createSourceReports(connection: Connection): SourceReports {
  const collection = connection.db.collection<Stored>('sources')
  return {
    async put(standing) {
      const _id = JSON.stringify([standing.stream, standing.name, standing.host])
      const stored: Stored = { ...standing, _id, guard: standing.reportedAt, form: SOURCE_FORM }
      const stale = await putGuarded(connection, collection, [stored])
      return { stored: stale.size === 0 }
    },
    async list(stream, since) {
      const found = await connection.run('reading how sources stand', () =>
        collection
          .find({ stream, form: SOURCE_FORM, reportedAt: { $gte: since } })
          .sort({ name: 1, host: 1 })
          .toArray(),
      )
      return found.map(({ _id, guard: _guard, form: _form, ...standing }) => standing)
    },
    deleteBefore: (before) =>
      connection.run(
        'deleting old reports of sources',
        async () => (await collection.deleteMany({ reportedAt: { $lt: before } })).deletedCount,
      ),
  }
}
