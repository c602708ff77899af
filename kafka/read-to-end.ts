/**
 * Reads a topic as far as it reached when this was called, then stops: for commands, which must end where a worker would wait for more.
 * Where a transaction is open it stops too: what is not decided is not there yet.
 */
import type { Logger } from '../model/log.ts'
import type { Batch, PartitionReader } from '../model/messages.ts'
import { fetchOffsets } from './admin.ts'
import type { KafkaConnection } from './client.ts'
import { readPartitions } from './consumer.ts'

export interface ReadToEndOptions {
  readonly topic: string
  readonly groupId: string
  /**
   * `committed`: go on behind what the group has committed, and commit what was taken. `earliest`: all there is, commit nothing. Offsets
   * by partition: from them on, and of other partitions nothing; commit nothing.
   */
  readonly from: 'committed' | 'earliest' | 'earliest, then commit' | ReadonlyMap<number, number>
  /** Takes messages of a partition in order; what it has resolved for is committed. */
  readonly take: (messages: Batch['messages'], partition: number) => Promise<void>
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** @throws what `take` throws; AppError `not-found` when there is no such topic, `unavailable` when Kafka does not answer */
export async function readToEnd(connection: KafkaConnection, options: ReadToEndOptions): Promise<void> {
  const { topic, groupId, from, take, logger, signal } = options
  const offsets = await fetchOffsets(connection, topic)
  const unread = new Set([...offsets].filter(([, { low, high }]) => low < high).map(([partition]) => partition))
  const finished = new AbortController()
  const done = (partition: number) => {
    unread.delete(partition)
    if (unread.size === 0) finished.abort()
  }
  if (unread.size === 0) return
  const beginOf = (partition: number, committed: number | undefined, high: number): number | undefined => {
    if (typeof from === 'object') return from.get(partition) ?? high
    return from === 'committed' ? committed : undefined
  }
  const open = (partition: number): PartitionReader => {
    const { low, high } = offsets.get(partition) ?? { low: 0, high: 0 }
    return {
      async start(committed) {
        const begin = Math.max(low, beginOf(partition, committed, high) ?? low)
        if (begin >= high) done(partition)
        return begin
      },
      async take({ messages, to }) {
        const wanted = messages.filter(({ offset }) => offset < high)
        if (wanted.length > 0) await take(wanted, partition)
        if (to >= high) done(partition)
        return from === 'earliest' || typeof from === 'object' ? undefined : { commit: Math.min(to, high) }
      },
      async tick(_atEnd, blocked) {
        // what an open transaction holds back can be minutes away
        if (blocked) done(partition)
        return undefined
      },
      close: async () => undefined,
    }
  }
  await readPartitions(connection, {
    groupId,
    topic,
    open,
    tickMs: 1_000,
    logger,
    signal: AbortSignal.any([signal, finished.signal]),
  })
}
