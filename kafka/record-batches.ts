/**
 * Record batches as brokers store them (message format 2, Kafka 0.11 and later), for a reader of committed records.
 *
 *   batch   := baseOffset:8 length:4 epoch:4 magic:1 crc:4 attributes:2 lastOffsetDelta:4 firstTimestamp:8 maxTimestamp:8
 *              producerId:8 producerEpoch:2 baseSequence:4 count:4 records           (crc: CRC-32C of all from attributes on)
 *   record  := length attributes:1 timestampDelta offsetDelta keyLength key valueLength value headers   (numbers: zigzag varints)
 *   attributes: bits 0-2 codec, 3 log append time, 4 transactional, 5 control
 *
 * Offsets have holes: markers of transactions, records of aborted transactions, records that compaction has removed. A batch says
 * up to which offset it reaches, whatever is left in it, so a hole is known as such and is never a loss.
 *
 * Own code instead of a client's, because the two that there are lose or invent records here. kafkajs takes the list of aborted
 * transactions to be in the order of their beginnings, but brokers give it in the order of their ends: with two producers whose
 * transactions overlap it hands out aborted records. It knows nothing of batches that compaction has emptied, and waits there for
 * ever. It also does not check the CRC. @platformatic/kafka makes big integers and a map of each record.
 */
import { AppError, messageOf } from '../model/errors.ts'
import type { Message } from '../model/messages.ts'

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

/** What a batch is unpacked and checked with. */
export interface BatchCodecs {
  /** `codec`: 1 gzip, 2 snappy, 3 lz4, 4 zstd. @throws when the bytes are not of that codec, or there is no such codec */
  decompress(codec: number, bytes: Buffer): Buffer
  crc32c(bytes: Buffer): number
}

export interface CommittedRecords {
  readonly messages: readonly Message[]
  /** The offset behind what was read: below it nothing else can come for a reader that asked for `from`. */
  readonly next: number
  /** A batch that cannot be read; `messages` and `next` end before it. */
  readonly unreadable?: { readonly offset: number; readonly why: string }
}

export interface ReadBatchesOptions {
  /** The offset that was asked for: what stands before it in its batch was not. */
  readonly from: number
  /** As the broker gave them, in any order. */
  readonly aborted: readonly AbortedTransaction[]
  readonly codecs: BatchCodecs
  /** The event time in a record's value, asked for where the broker has put its own clock in the message's time. */
  readonly eventTimeOf?: ((value: Buffer) => number | undefined) | undefined
}

const LENGTH_AT = 8
const MAGIC_AT = 16
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const LAST_DELTA_AT = 23
const FIRST_TIME_AT = 27
const MAX_TIME_AT = 35
const PRODUCER_AT = 43
const COUNT_AT = 57
const RECORDS_AT = 61
/** `length` counts what follows it. */
const LENGTH_END = 12

const CODEC_MASK = 0x07
const APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const ABORT_MARKER = 0

const EMPTY = Buffer.alloc(0)

/** The committed records in `bytes`, which are whole batches and perhaps a part of one more, as a fetch brings them. */
export function readBatches(bytes: Buffer, options: ReadBatchesOptions): CommittedRecords {
  const { from } = options
  const messages: Message[] = []
  const transactions = new AbortedTransactions(options.aborted)
  let next = from
  let at = 0
  while (at + LENGTH_END <= bytes.length) {
    const baseOffset = int64(bytes, at)
    const end = at + LENGTH_END + bytes.readInt32BE(at + LENGTH_AT)
    if (end > bytes.length) break
    try {
      const batchEnd = readBatch(bytes.subarray(at, end), baseOffset, messages, transactions, options)
      next = Math.max(next, batchEnd)
    } catch (error) {
      // what this batch has given already would be given again
      while (messages.length > 0 && messages.at(-1)!.offset >= baseOffset) messages.pop()
      return { messages, next, unreadable: { offset: Math.max(from, baseOffset), why: messageOf(error) } }
    }
    at = end
  }
  return { messages, next }
}

/** Puts the batch's committed records at or behind `from` into `messages`. Answers the offset behind the batch. */
function readBatch(
  batch: Buffer,
  baseOffset: number,
  messages: Message[],
  transactions: AbortedTransactions,
  { from, codecs, eventTimeOf }: ReadBatchesOptions,
): number {
  const magic = batch.length > MAGIC_AT ? batch[MAGIC_AT] : undefined
  if (magic !== 2) throw corrupt(`its message format is ${magic}, and only 2 (Kafka 0.11 and later) can be read`)
  if (batch.length < RECORDS_AT) throw corrupt(`it has ${batch.length} bytes, less than its header`)
  const crc = codecs.crc32c(batch.subarray(ATTRIBUTES_AT))
  if (crc !== batch.readUInt32BE(CRC_AT)) {
    throw corrupt(`its CRC-32C is ${hex(crc)}, and ${hex(batch.readUInt32BE(CRC_AT))} was written`)
  }
  const attributes = batch.readInt16BE(ATTRIBUTES_AT)
  const lastOffset = baseOffset + batch.readInt32BE(LAST_DELTA_AT)
  const count = batch.readInt32BE(COUNT_AT)
  const producerId = attributes & TRANSACTIONAL ? batch.readBigInt64BE(PRODUCER_AT) : undefined
  if (producerId !== undefined && transactions.isAborted(producerId, lastOffset)) {
    if (!(attributes & CONTROL)) return lastOffset + 1
    if (count > 0 && markerOf(batch) === ABORT_MARKER) transactions.end(producerId)
  }
  if (attributes & CONTROL || lastOffset < from) return lastOffset + 1

  const codec = attributes & CODEC_MASK
  const packed = batch.subarray(RECORDS_AT)
  const records = codec === 0 || count === 0 ? packed : codecs.decompress(codec, packed)
  const appendedAt = attributes & APPEND_TIME ? int64(batch, MAX_TIME_AT) : undefined
  const cursor = new Cursor(records)
  const firstTime = int64(batch, FIRST_TIME_AT)
  let previous = baseOffset - 1
  for (let i = 0; i < count; i++) {
    const length = cursor.varint()
    const end = cursor.at + length
    if (length < 0 || end > records.length) throw corrupt(`record ${i} of ${count} is longer than its batch`)
    cursor.at++ // attributes: none are in use
    const time = firstTime + cursor.varint()
    const offset = baseOffset + cursor.varint()
    const key = cursor.bytes()
    const value = cursor.bytes() ?? EMPTY
    if (cursor.at > end || offset <= previous || offset > lastOffset)
      throw corrupt(`record ${i} of ${count} is damaged`)
    previous = offset
    cursor.at = end // headers
    if (offset < from) continue
    const timestamp = appendedAt === undefined ? time : (eventTimeOf?.(value) ?? appendedAt)
    messages.push({ offset, timestamp, key, value })
  }
  return lastOffset + 1
}

/** Which transactions that reach into what is read were aborted. */
class AbortedTransactions {
  /** Ascending by where they begin; those that have been met are gone. */
  readonly #ahead: AbortedTransaction[]
  readonly #met = new Set<bigint>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Asked of each batch in order. A producer has one transaction at a time, so its id tells which one. */
  isAborted(producerId: bigint, lastOffset: number): boolean {
    while (this.#ahead.length > 0 && this.#ahead[0]!.firstOffset <= lastOffset) {
      this.#met.add(this.#ahead.shift()!.producerId)
    }
    return this.#met.has(producerId)
  }

  /** Its marker was read: what the producer wrote behind it is another transaction. */
  end(producerId: bigint): void {
    this.#met.delete(producerId)
  }
}

/** The type of a control batch's record, which stands in its key behind a version: 0 abort, 1 commit. */
function markerOf(batch: Buffer): number {
  const cursor = new Cursor(batch.subarray(RECORDS_AT))
  cursor.varint()
  cursor.at++
  cursor.varint()
  cursor.varint()
  const key = cursor.bytes()
  if (!key || key.length < 4) throw corrupt('its control record has no type')
  return key.readInt16BE(2)
}

class Cursor {
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** A zigzag varint of up to 64 bits, of which safe integers come out exactly: times, lengths and deltas are. */
  varint(): number {
    const bytes = this.#bytes
    let byte = bytes[this.at++]!
    if (byte < 0x80) return byte & 1 ? -((byte + 1) >> 1) : byte >> 1
    let value = byte & 0x7f
    let scale = 128
    do {
      if (this.at >= bytes.length) throw corrupt('a number of it is cut off')
      byte = bytes[this.at++]!
      value += (byte & 0x7f) * scale
      scale *= 128
    } while (byte >= 0x80)
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }

  /** Bytes behind their length; null for -1. */
  bytes(): Buffer | null {
    const length = this.varint()
    if (length < 0) return null
    const start = this.at
    this.at += length
    if (this.at > this.#bytes.length) throw corrupt('a field is longer than its batch')
    return this.#bytes.subarray(start, this.at)
  }
}

/** Offsets and times are far below 2^53. */
function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}

function corrupt(why: string): AppError {
  return new AppError('corrupt', why)
}
