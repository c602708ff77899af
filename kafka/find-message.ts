/** One message in a range of offsets of a partition, by its key: for people who look for a record. */
import { randomUUID } from 'node:crypto'
import type { Logger } from '../model/log.ts'
import type { KafkaConnection } from './client.ts'
import { readToEnd } from './read-to-end.ts'

export interface MessagePlace {
  readonly partition: number
  readonly offset: number
  /** Event time, ms. */
  readonly timestamp: number
  readonly key: string
}

export interface FindOptions {
  readonly topic: string
  readonly groupPrefix: string
  readonly partition: number
  /** Offsets [from, to); to the end of the partition when `to` is left out. */
  readonly from: number
  readonly to?: number
  /** undefined: every message of the range. */
  readonly key?: string
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** In order; of what Kafka has deleted there is nothing. Nothing is committed. */
export async function findMessages(
  connection: KafkaConnection,
  options: FindOptions,
): Promise<readonly MessagePlace[]> {
  const { topic, groupPrefix, partition, from, to = Number.POSITIVE_INFINITY, key, logger, signal } = options
  const found: MessagePlace[] = []
  const past = new AbortController()
  await readToEnd(connection, {
    topic,
    groupId: `${groupPrefix}find-${randomUUID()}`,
    from: new Map([[partition, from]]),
    take: async (messages) => {
      for (const message of messages) {
        if (message.offset < from || message.offset >= to) continue
        const { offset, timestamp } = message
        const text = message.key?.toString() ?? ''
        if (key === undefined || text === key) found.push({ partition, offset, timestamp, key: text })
      }
      if (messages.at(-1)!.offset + 1 >= to) past.abort()
    },
    logger,
    signal: AbortSignal.any([signal, past.signal]),
  })
  return found
}
