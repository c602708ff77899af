/**
 * Reading a topic of which an id and a number of partitions are known, and nothing else that has its name.
 *
 * A batch is handed to a reader only after the brokers have said, asked after the batch was fetched, that the topic still has that id
 * and so many partitions. An id never comes back, so what was fetched is of that topic: whatever a reader holds, it may write down,
 * also when the topic is gone by then. An answer costs about 2 ms a batch of up to 4 MB, and batches share it.
 *
 * Offsets become offsets of the log here (model/generations.ts): readers do not know of generations.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../model/errors.ts'
import { baseOf, type GenerationEntry } from '../model/generations.ts'
import type { Logger } from '../model/log.ts'
import type { Batch, PartitionReader } from '../model/messages.ts'
import type { TopicIds } from './topic-id.ts'

export interface TopicWatch extends AsyncDisposable {
  /** Aborted once the topic is gone, is another one, or has another number of partitions: its readers get nothing more. */
  readonly changed: AbortSignal
  readers(open: (partition: number) => PartitionReader): (partition: number) => PartitionReader
}

export interface TopicWatchOptions {
  readonly ids: TopicIds
  readonly entry: GenerationEntry
  readonly logger: Logger
  /** How often it asks while no batch comes; half a second unless said. */
  readonly pollMs?: number
}

const POLL_MS = 500

export function watchTopic({ ids, entry, logger, pollMs = POLL_MS }: TopicWatchOptions): TopicWatch {
  const changed = new AbortController()
  const ended = new AbortController()

  const isTheSame = async (): Promise<boolean> => {
    if (changed.signal.aborted) return false
    const { topic } = entry
    const now = await ids.ask()
    if (now?.id === entry.topicId && now.partitions === entry.partitions) return true
    if (!changed.signal.aborted) logger.info({ topic, was: entry.topicId, now }, 'the topic has changed')
    changed.abort()
    return false
  }

  const watching = (async () => {
    for (;;) {
      await sleep(pollMs, undefined, { signal: ended.signal }).catch(() => {})
      if (ended.signal.aborted || changed.signal.aborted) return
      // brokers that are away are noticed by who reads
      await isTheSame().catch((error: unknown) => logger.debug({ reason: messageOf(error) }, 'the topic is not told'))
    }
  })()

  return {
    changed: changed.signal,
    readers: (open) => (partition) => inLog(open(partition), baseOf(entry, partition), isTheSame, changed.signal),
    async [Symbol.asyncDispose]() {
      ended.abort()
      await watching
    },
  }
}

/** The reader, in offsets of the log; it gets no batch for which `isTheSame` does not answer true. */
function inLog(
  reader: PartitionReader,
  base: number,
  isTheSame: () => Promise<boolean>,
  changed: AbortSignal,
): PartitionReader {
  // A topic that is gone takes no commits of a group, and kafkajs would try for a minute; another one must not get them.
  const toTopic = (answer: { readonly commit?: number } | undefined) =>
    answer?.commit === undefined || changed.aborted ? undefined : { commit: Math.max(0, answer.commit - base) }
  return {
    get stored() {
      return reader.stored === undefined ? undefined : Math.max(0, reader.stored - base)
    },
    async start(committed, low) {
      const from = await reader.start(committed === undefined ? undefined : committed + base, low + base)
      return from === undefined ? undefined : Math.max(0, from - base)
    },
    async take(batch) {
      if (!(await isTheSame())) return undefined
      return toTopic(await reader.take(base === 0 ? batch : moved(batch, base)))
    },
    tick: async (...args) => toTopic(await reader.tick(...args)),
    close: async (reason) => toTopic(await reader.close(reason)),
  }
}

function moved({ partition, messages, to, highWatermark, missing }: Batch, base: number): Batch {
  return {
    partition,
    messages: messages.map(({ offset, timestamp, key, value }) => ({ offset: offset + base, timestamp, key, value })),
    to: to + base,
    highWatermark: highWatermark + base,
    ...(missing ? { missing: { from: missing.from + base, to: missing.to + base } } : {}),
  }
}
