/**
 * How many partitions a topic has, for who decides which one a record belongs to (kafka/partition.ts). It is asked again each minute:
 * all producers have to know of added partitions within ten (docs/adr/0018).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { TopicIds } from './topic-id.ts'

export interface PartitionCount extends AsyncDisposable {
  readonly now: number
}

export interface PartitionCountOptions {
  readonly ids: TopicIds
  readonly topic: string
  /** What it is, as long as nobody says another. */
  readonly first: number
  readonly logger: Logger
  readonly pollMs?: number
}

const POLL_MS = 60_000

export function followPartitionCount(options: PartitionCountOptions): PartitionCount {
  const { ids, topic, first, logger, pollMs = POLL_MS } = options
  const ended = new AbortController()
  let now = first
  const following = (async () => {
    for (;;) {
      await sleep(pollMs, undefined, { signal: ended.signal }).catch(() => {})
      if (ended.signal.aborted) return
      try {
        const partitions = (await ids.ask())?.partitions ?? now
        if (partitions !== now)
          logger.warn({ topic, before: now, partitions }, 'the topic has another number of partitions')
        now = partitions
      } catch (error) {
        logger.debug({ topic, reason: messageOf(error) }, 'the number of partitions is not told')
      }
    }
  })()
  return {
    get now() {
      return now
    },
    async [Symbol.asyncDispose]() {
      ended.abort()
      await following
    },
  }
}
