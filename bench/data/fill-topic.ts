/** A topic full of posts, filled once for a shape and kept, with what counting it must give. */
import { ensureTopic, fetchOffsets } from '../../kafka/admin.ts'
import type { KafkaConnection } from '../../kafka/client.ts'
import { createSafeProducer, type OutgoingMessage } from '../../kafka/producer.ts'
import { singleObjectHeader } from '../../model/streams/fingerprint.ts'
import { posts as stream } from '../../model/streams/posts.ts'
import { HOUR_MS } from '../../model/time.ts'
import { LongReader } from '../../model/varint.ts'
import { createPostVocabulary, POST_BYTES_MAX } from './posts.ts'

export interface TopicShape {
  readonly posts: number
  readonly hours: number
  readonly partitions: number
  readonly seed: number
}

export interface TopicTruth {
  readonly messages: number
  readonly copies: number
  /** Sum of all counts. */
  readonly total: number
}

const FIRST_HOUR = Date.parse('2026-11-16T00:00:00Z')
const SEND_MAX = 2_000

/** Fills the topic when it is empty: event times ascend over `hours` hours, each post stands in the partition it is made for. */
export async function fillTopic(connection: KafkaConnection, topic: string, shape: TopicShape): Promise<TopicTruth> {
  const { partitions, hours, seed } = shape
  await ensureTopic(connection, topic, { partitions, replication: 1, retentionBytes: -1 })
  const offsets = await fetchOffsets(connection, topic)
  const isEmpty = [...offsets.values()].every(({ high }) => high === 0)
  const posts = Math.floor(shape.posts / hours / partitions)
  const vocabulary = createPostVocabulary()
  const header = singleObjectHeader(stream.schema)
  await using producer = await createSafeProducer({ connection, topic })
  let [copies, total] = [0, 0]
  for (let hour = 0; hour < hours; hour++) {
    for (let partition = 0; partition < partitions; partition++) {
      const hourStartMs = FIRST_HOUR + hour * HOUR_MS
      const writer = vocabulary.writer({ seed, hourStartMs, partition, posts })
      for (let from = 0; from < posts; from += SEND_MAX) {
        const messages = messagesOf(writer, header, Math.min(SEND_MAX, posts - from))
        if (!isEmpty) continue
        await producer.room()
        await producer.send([{ partition, messages }])
      }
      copies += writer.copies
      for (const count of writer.truth.values()) total += count
    }
  }
  return { messages: posts * hours * partitions, copies, total }
}

function messagesOf(
  writer: { write(target: Buffer, at: number): number },
  header: Buffer,
  count: number,
): OutgoingMessage[] {
  const scratch = Buffer.alloc(POST_BYTES_MAX + header.length)
  return Array.from({ length: count }, () => {
    const end = writer.write(scratch, header.copy(scratch))
    const value = Buffer.from(scratch.subarray(0, end))
    const body = new LongReader(value, header.length)
    const idBytes = body.next()
    const key = value.subarray(body.at, body.at + idBytes)
    body.at += idBytes
    return { key, value, timestamp: body.next() }
  })
}
