/**
 * The commit log of a stream against itself and against Kafka: each partition's entries are a chain without holes, from its beginning
 * to its end, and end where Kafka's records have come to.
 */
import { isAppError } from '../../model/errors.ts'
import type { StreamName } from '../../model/streams/stream.ts'
import type { Damage, KafkaOffsets, PartitionLog, VerifiedLog } from '../../model/verify.ts'
import { partitionsOfLog } from '../archive/adopt.ts'
import type { CommitEntry } from '../archive/commit-entry.ts'
import { readEntry } from '../archive/commit-log.ts'
import { entryNames } from '../archive/log-names.ts'
import { mapBounded } from '../concurrency.ts'
import type { LakePlace } from '../listing.ts'

export interface LogOptions {
  readonly signal?: AbortSignal | undefined
  /** Empty: Kafka is not asked. */
  readonly kafka?: ReadonlyMap<number, KafkaOffsets> | undefined
  /** Called with each entry, in no order. */
  readonly onEntry?: (entry: CommitEntry) => void
}

/** HDFS gives 1,000 to 2,000 small files a second, from 32 at once on. */
const ENTRIES_AT_ONCE = 32

export async function verifyLog(place: LakePlace, stream: StreamName, options: LogOptions = {}): Promise<VerifiedLog> {
  const partitions: PartitionLog[] = []
  const damages: Damage[] = []
  for (const partition of await partitionsOfLog({ ...place, stream })) {
    const found = await verifyPartition(place, stream, partition, options)
    partitions.push(found.log)
    damages.push(...found.damages)
  }
  return { partitions, damages }
}

async function verifyPartition(
  place: LakePlace,
  stream: StreamName,
  partition: number,
  { signal, kafka, onEntry }: LogOptions,
): Promise<{ readonly log: PartitionLog; readonly damages: readonly Damage[] }> {
  const { layout } = place
  const damages: Damage[] = []
  const pathOf = (from: number) => layout.commitFile(stream, partition, from)
  const accept = (path: string) => `restore it from a snapshot, or 'tendance accept-loss ${path} --reason …'`
  const add = (damage: Pick<Damage, 'kind' | 'path' | 'what' | 'todo'> & { readonly records?: number | null }) =>
    damages.push({ hour: null, records: null, ...damage })
  const names = await entryNames({ ...place, stream }, partition)
  const entries = await mapBounded(names, ENTRIES_AT_ONCE, async ({ from }) => {
    signal?.throwIfAborted()
    try {
      const entry = await readEntry({ ...place, stream }, partition, from)
      onEntry?.(entry)
      return entry
    } catch (error) {
      if (!isAppError(error, 'corrupt')) throw error
      const path = pathOf(from)
      add({ kind: 'entry-unreadable', path, what: error.message, todo: accept(path) })
      return undefined
    }
  })
  let end: number | undefined = 0
  for (const [i, { from }] of names.entries()) {
    const path = pathOf(end ?? from)
    if (end !== undefined && from > end) {
      const what = `no commit entry covers the offsets ${end} to ${from - 1}: the entry ${path} is not there`
      add({ kind: 'log-hole', path, what, todo: accept(path), records: from - end })
    }
    if (end !== undefined && from < end) {
      const what = `${pathOf(from)} begins before ${end}, where the entry before it ends: the same offsets are committed twice`
      const todo = `see which of the two has its files in place, and move the other out of the log by hand`
      add({ kind: 'log-overlap', path: pathOf(from), what, todo, records: end - from })
    }
    // Behind one that cannot be read nobody knows where it ended.
    end = entries[i]?.to
  }
  const last = names.at(-1)
  const hint = await readHint(place, stream, partition)
  if (hint !== undefined && hint > (last?.from ?? -1)) {
    const path = pathOf(hint)
    const what = `${layout.commitsDir(stream, partition)}/_last names the entry from ${hint}, which is not there`
    add({ kind: 'log-end-lost', path, what, todo: accept(path) })
  }
  const known = entries.filter((entry) => entry !== undefined)
  const log: PartitionLog = {
    partition,
    entries: names.length,
    records: known.reduce((sum, { records }) => sum + records, 0),
    lost: known.reduce((sum, { missing }) => sum + missing.reduce((gap, { from, to }) => gap + to - from, 0), 0),
    to: end ?? last?.from ?? 0,
  }
  damages.push(...againstKafka(layout.commitsDir(stream, partition), log, kafka?.get(partition)))
  return { log, damages }
}

async function readHint({ store, layout }: LakePlace, stream: StreamName, partition: number) {
  try {
    const text = (await store.read(`${layout.commitsDir(stream, partition)}/_last`)).toString().trim()
    return /^\d{1,16}$/.test(text) ? Number(text) : undefined
  } catch (error) {
    if (isAppError(error, 'not-found')) return undefined
    throw error
  }
}

function againstKafka(path: string, { partition, to }: PartitionLog, offsets: KafkaOffsets | undefined): Damage[] {
  if (!offsets) return []
  const { low = 0, high } = offsets
  if (to > high) {
    const what = `partition ${partition} is archived up to offset ${to}, and Kafka has only ${high}: the topic was truncated or made anew`
    const todo =
      "'tendance doctor' says what Kafka says of the topic; records of a new topic are not archived before that is decided"
    return [{ kind: 'beyond-kafka', path, hour: null, records: to - high, what, todo }]
  }
  if (low > to) {
    const what = `Kafka has deleted the offsets ${to} to ${low - 1} of partition ${partition}, which are not in the lake`
    const todo =
      'start an archive worker, whose next commit says that they are missing; raise kafka.retentionBytes; ingest that time again'
    return [{ kind: 'kafka-deleted', path, hour: null, records: low - to, what, todo }]
  }
  return []
}
