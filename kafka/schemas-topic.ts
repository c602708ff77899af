/**
 * The schemas of a topic's messages, published beside it: key = fingerprint, value = the schema as JSON. Every program that writes or
 * reads a stream has Kafka, and perhaps nothing else, so a reader finds what a writer published before its first message.
 */
import { randomUUID } from 'node:crypto'
import type { Logger } from '../model/log.ts'
import { fingerprintHex, fingerprintOf } from '../model/streams/fingerprint.ts'
import type { AvroSchema } from '../model/streams/stream.ts'
import { ensureTopic, type TopicSettings } from './admin.ts'
import type { KafkaConnection } from './client.ts'
import { createSafeProducer } from './producer.ts'
import { readToEnd } from './read-to-end.ts'

/** Resolves when the broker has confirmed it. Publishing again changes nothing: the topic is compacted. */
export async function publishSchema(
  connection: KafkaConnection,
  topic: string,
  schema: AvroSchema,
  settings: Pick<TopicSettings, 'replication'>,
): Promise<void> {
  await ensureTopic(connection, topic, { ...settings, partitions: 1, retentionBytes: -1, isCompacted: true })
  await using producer = await createSafeProducer({ connection, topic })
  const key = Buffer.from(fingerprintHex(fingerprintOf(schema)))
  const message = { key, value: Buffer.from(JSON.stringify(schema)), timestamp: Date.now() }
  await producer.send([{ partition: 0, messages: [message] }])
}

/** All that are published now, by fingerprint; what is no schema, or not the one that its key says, is passed over and told. */
export async function readSchemas(
  connection: KafkaConnection,
  options: {
    readonly topic: string
    readonly groupPrefix: string
    readonly replication: number
    readonly logger: Logger
    readonly signal: AbortSignal
  },
): Promise<ReadonlyMap<string, AvroSchema>> {
  const { topic, groupPrefix, replication, logger, signal } = options
  await ensureTopic(connection, topic, { replication, partitions: 1, retentionBytes: -1, isCompacted: true })
  const found = new Map<string, AvroSchema>()
  await readToEnd(connection, {
    topic,
    groupId: `${groupPrefix}schemas-${randomUUID()}`,
    from: 'earliest',
    async take(messages) {
      for (const { value, offset } of messages) {
        try {
          const schema = JSON.parse(value.toString()) as AvroSchema
          found.set(fingerprintHex(fingerprintOf(schema)), schema)
        } catch (error) {
          logger.warn({ topic, offset, error }, 'a message of the topic of schemas is no Avro schema')
        }
      }
    },
    logger,
    signal,
  })
  return found
}
