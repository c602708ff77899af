/**
 * A dead letter: a record that could not become part of its stream, kept whole with why and where it came from, so that a person can look and
 * `tendance dead-letters replay` can try again with better code.
 *
 * The value of the Kafka message is the JSON below. Ingest writes them for what does not parse, the archive for messages that
 * other programs put into the topic and that are no records.
 */
import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import type { OutgoingMessage } from '../kafka/producer.ts'
import { isAppError, messageOf } from '../model/errors.ts'
import { shortText } from '../model/short-text.ts'
import type { OverlongRecord, Position, RawRecord } from './source.ts'

export const deadLetterJson = z.object({
  source: z.string(),
  /** Where it stood in its source; the source's own form. */
  position: z.json(),
  reason: z.string(),
  code: z.string(),
  /** When it was found, ISO 8601. */
  at: z.string(),
  raw: z.string(),
  /** `base64` where the bytes are no UTF-8. */
  encoding: z.enum(['utf8', 'base64']),
  /** Only the beginning is here: it was too long to be kept, and cannot be replayed. */
  cut: z.boolean(),
  /** Of all of it, also of what was cut off. */
  bytes: z.number(),
})
export type DeadLetter = z.infer<typeof deadLetterJson>

/** Kafka's usual bound of a message is 1 MiB, and escaping can make text longer. */
const RAW_BYTES_MAX = 600_000
const CUT_BYTES = 4_096
const REASON_LENGTH_MAX = 1_000

export interface DeadLetterFacts {
  readonly source: string
  readonly position: Position
  /** What is wrong; an AppError's code goes with it. */
  readonly reason: unknown
  /** Wall clock, ms. */
  readonly at: number
  readonly raw: RawRecord
}

/** The message that goes to the dead-letter topic. */
export function deadLetter({ source, position, reason, at, raw }: DeadLetterFacts): OutgoingMessage {
  const letter: DeadLetter = {
    source,
    position: position as DeadLetter['position'],
    reason: shortText(messageOf(reason), REASON_LENGTH_MAX),
    code: isAppError(reason) ? reason.code : 'bad-record',
    at: new Date(at).toISOString(),
    ...keep(raw),
  }
  return { key: null, value: Buffer.from(JSON.stringify(letter)), timestamp: at }
}

type Kept = Pick<DeadLetter, 'raw' | 'encoding' | 'cut' | 'bytes'>

function keep(raw: RawRecord): Kept {
  if (Buffer.isBuffer(raw)) return keepBytes(raw, raw.length)
  if (typeof raw === 'object') {
    return isOverlong(raw) ? keepBytes(raw.head, raw.bytes) : keepText(JSON.stringify(raw))
  }
  return keepText(raw)
}

function keepText(text: string): Kept {
  const bytes = Buffer.from(text)
  // lone surrogates and control characters take six bytes each in JSON
  if (bytes.length <= RAW_BYTES_MAX && JSON.stringify(text).length * 3 <= RAW_BYTES_MAX * 4) {
    return { raw: text, encoding: 'utf8', cut: false, bytes: bytes.length }
  }
  return keepBytes(bytes.subarray(0, CUT_BYTES), bytes.length)
}

function keepBytes(kept: Buffer, bytes: number): Kept {
  const whole = kept.length === bytes && bytes <= RAW_BYTES_MAX
  const part = whole ? kept : kept.subarray(0, CUT_BYTES)
  const text = isUtf8(part)
  return {
    raw: part.toString(text ? 'utf8' : 'base64'),
    encoding: text ? 'utf8' : 'base64',
    cut: !whole,
    bytes,
  }
}

export function isOverlong(raw: object): raw is OverlongRecord {
  return 'overlong' in raw
}

/** The letter; undefined when a message of the topic is no dead letter of ours */
export function readDeadLetter(value: Buffer): DeadLetter | undefined {
  try {
    return deadLetterJson.safeParse(JSON.parse(value.toString('utf8'))).data
  } catch {
    return undefined
  }
}
