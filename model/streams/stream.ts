/**
 * A stream is a kind of record: its Avro schema, its event time, its id; one Kafka topic and one lake directory each.
 *
 * Invariant: a Kafka message of a stream has key = record id, time = event time (ms), value = Avro single-object encoding
 * (C3 01, the 8 bytes of the schema's CRC-64-AVRO fingerprint little-endian, then the Avro binary body). Because the body
 * follows a fixed header, the archive copies it into container blocks and never decodes a record.
 */
export interface Stream {
  readonly name: StreamName
  /** The Avro schema as JSON; `posts.avsc` beside it is the same for readers in other languages (a test holds them equal). */
  readonly schema: AvroSchema
  /**
   * Fingerprint of the stream's first schema, 16 hexadecimal digits. Record files of that schema have no schema in their names, as
   * all had before there was a second (lake/layout.ts). It never changes.
   */
  readonly firstSchema: string
  /** Fingerprint of the schema that model/count walks by hand: today's. Others are walked by what their schema says. */
  readonly walkedByHand: string
}

export const STREAM_NAMES = ['posts'] as const
export type StreamName = (typeof STREAM_NAMES)[number]

export type AvroSchema =
  | string
  | { readonly type: string; readonly [attribute: string]: unknown }
  | readonly AvroSchema[]

/** Where the schemas of a topic's messages are published, by fingerprint. */
export function schemasTopicOf(prefix: string, stream: StreamName): string {
  return `${prefix}${stream}.schemas`
}

/** Bytes before the Avro body in a message: marker C3 01 and the fingerprint. */
export const SINGLE_OBJECT_HEADER_BYTES = 10

/** Kafka topic of a stream. `prefix` ends as it should (`tendance.` gives `tendance.posts`). */
export function topicOf(prefix: string, stream: StreamName): string {
  return `${prefix}${stream}`
}

export function deadLetterTopicOf(prefix: string, stream: StreamName): string {
  return `${prefix}${stream}.dead-letters`
}
