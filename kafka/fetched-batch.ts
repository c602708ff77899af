/** What kafkajs gives as a batch: the offset it was fetched from, and its messages as ours. */
import type { EachBatchPayload } from 'kafkajs'
import { assert } from '../model/errors.ts'
import type { Message } from '../model/messages.ts'

/** The offset that the fetch asked for: kafkajs has it and does not declare it. */
export function fetchedFrom(batch: EachBatchPayload['batch']): number {
  const { fetchedOffset } = batch as typeof batch & { readonly fetchedOffset?: string | number }
  assert(fetchedOffset !== undefined, 'kafkajs tells from where it fetched', { partition: batch.partition })
  return Number(fetchedOffset)
}

/** The batch's messages at or behind `next`; a message without a value (a tombstone) has an empty one. */
export function messagesFrom(batch: EachBatchPayload['batch'], next: number): Message[] {
  const messages: Message[] = []
  let previous = -1
  for (const { offset, timestamp, key, value } of batch.messages) {
    const at = Number(offset)
    if (at < next) continue
    assert(Number.isSafeInteger(at) && at > previous, 'offsets grow', { partition: batch.partition, at, previous })
    previous = at
    messages.push({ offset: at, timestamp: Number(timestamp), key, value: value ?? EMPTY })
  }
  return messages
}

const EMPTY = Buffer.alloc(0)
