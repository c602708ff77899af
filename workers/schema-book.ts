/** The book of schemas of a worker: what its stream's messages were written with is looked up in Kafka, then in the lake. */
import type { Config } from '../app/config.ts'
import type { KafkaConnection } from '../kafka/client.ts'
import { readSchemas } from '../kafka/schemas-topic.ts'
import type { LakePlace } from '../lake/listing.ts'
import { findKeptSchema } from '../lake/schemas.ts'
import type { Logger } from '../model/log.ts'
import type { PartitionReader } from '../model/messages.ts'
import { SchemaBook } from '../model/streams/schema-book.ts'
import { type AvroSchema, type Stream, schemasTopicOf } from '../model/streams/stream.ts'

export interface BookOptions {
  readonly config: Pick<Config, 'kafka'>
  readonly kafka: KafkaConnection
  readonly stream: Stream
  readonly place: LakePlace
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Called with a schema before any record of it is taken. */
  readonly onFound?: (schema: AvroSchema) => Promise<void>
}

export function openSchemaBook(options: BookOptions): SchemaBook {
  const { config, kafka, stream, place, logger, signal } = options
  return new SchemaBook({
    stream,
    clock: Date.now,
    async find(fingerprint) {
      const topic = schemasTopicOf(config.kafka.topicPrefix, stream.name)
      const { groupPrefix, replication } = config.kafka
      const published = await readSchemas(kafka, { topic, groupPrefix, replication, logger, signal })
      const schema = published.get(fingerprint) ?? (await findKeptSchema(place, stream.name, fingerprint))
      const facts = { stream: stream.name, fingerprint, known: schema !== undefined }
      logger.info(facts, 'messages of another schema: looked it up')
      if (schema !== undefined) await options.onFound?.(schema)
      return schema
    },
  })
}

/** Readers that have each batch's schemas looked up before they get it. */
export function withSchemas(
  book: SchemaBook,
  open: (partition: number) => PartitionReader,
): (partition: number) => PartitionReader {
  return (partition) => {
    const reader = open(partition)
    return {
      get stored() {
        return reader.stored
      },
      start: (committed, low) => reader.start(committed, low),
      async take(batch) {
        await book.learn(batch.messages)
        return reader.take(batch)
      },
      tick: (...args) => reader.tick(...args),
      close: (reason) => reader.close(reason),
    }
  }
}
