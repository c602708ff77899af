/**
 * Whether a member of a group still hears from Kafka. kafkajs tries again by itself, so no call of ours fails while the brokers are
 * away: what tells is that no heartbeat has been answered for a while. Fetches tell for themselves (kafka/fetch-loops.ts).
 */
import type { Consumer } from 'kafkajs'
import { AppError } from '../model/errors.ts'
import { askedOfKafka, type KafkaConnection } from './client.ts'

/** Heartbeats come each second. */
const SILENT_MS = 4_000

export interface ConsumerPulse {
  /** To be called now and then: reports a consumer that hears nothing. */
  look(): void
}

export function watchPulse(connection: KafkaConnection, consumer: Consumer, topic: string): ConsumerPulse {
  const what = askedOfKafka(connection, `reading ${topic}`)
  let heardAt = performance.now()
  let isSilent = false
  const heard = () => {
    heardAt = performance.now()
    if (isSilent) connection.waits.answered(what)
    isSilent = false
  }
  const { HEARTBEAT, GROUP_JOIN, STOP } = consumer.events
  for (const event of [HEARTBEAT, GROUP_JOIN, STOP] as const) consumer.on(event, heard)
  return {
    look() {
      const silentMs = performance.now() - heardAt
      if (silentMs < SILENT_MS) return
      isSilent = true
      const why = connection.lastFailure() ?? 'no heartbeat is answered'
      connection.waits.failed(what, new AppError('unavailable', why), silentMs)
    },
  }
}
