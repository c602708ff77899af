/**
 * The event time that a message's value holds, for topics whose messages have another time: with
 * message.timestamp.type=LogAppendTime the broker puts its own clock there, and every record would be counted in the hour of arrival.
 */
import { skipString } from '../count/avro-walk.ts'
import { isAppError } from '../errors.ts'
import { LongReader } from '../varint.ts'
import { SINGLE_OBJECT_HEADER_BYTES, type StreamName } from './stream.ts'

/** Milliseconds since 1970; undefined when the value is no record, which whoever takes it refuses for that reason. */
type EventTimeIn = (value: Uint8Array) => number | undefined

export const eventTimeIn: Readonly<Record<StreamName, EventTimeIn>> = {
  /** `id` and `created_at` stand first in every version of the schema (model/streams/posts.ts). */
  posts(value) {
    if (value.length < SINGLE_OBJECT_HEADER_BYTES || value[0] !== 0xc3 || value[1] !== 0x01) return undefined
    try {
      return new LongReader(value, skipString(value, SINGLE_OBJECT_HEADER_BYTES, value.length)).next()
    } catch (error) {
      if (isAppError(error, 'corrupt')) return undefined
      throw error
    }
  },
}
