/**
 * Fetching from the brokers that lead a topic's partitions: one request a broker, committed records only.
 *
 *   Fetch response (version 12) := throttle:4 error:2 session:4 topics      (compact arrays and strings, tags behind each struct)
 *     topic     := name partitions
 *     partition := index:4 error:2 highWatermark:8 lastStable:8 logStart:8 aborted preferredReplica:4 records
 *     aborted   := producerId:8 firstOffset:8
 *
 * @platformatic/kafka gives connections (TLS, SASL) and metadata; the answer is read here, since its own reading makes objects of
 * every record that we would take apart again.
 */
import { AppError, messageOf } from '../model/errors.ts'
import type { KafkaConnection } from './client.ts'
import { type BatchCodecs, type CommittedRecords, readBatches } from './record-batches.ts'
import { secondClientOptions } from './topic-id.ts'

export interface FetchedPartition extends CommittedRecords {
  readonly partition: number
  /** The offset that was asked for. */
  readonly from: number
  /** The offset behind the last record that the broker has confirmed. */
  readonly highWatermark: number
  /** Up to where every transaction is decided: nothing behind it is given. */
  readonly lastStable: number
  /** Of the Kafka protocol; 0: none. */
  readonly errorCode: number
}

export interface FetchRequest {
  readonly node: number
  readonly partitions: readonly { readonly partition: number; readonly from: number }[]
  readonly bytesMaxPerPartition: number
}

export interface TopicFetcher extends AsyncDisposable {
  /** The node that leads each partition, asked of the brokers now. @throws AppError `unavailable` */
  leaders(): Promise<ReadonlyMap<number, number>>
  /** Waits up to `FETCH_WAIT_MS` for records where there are none. @throws AppError `unavailable`, also when it takes too long */
  fetch(request: FetchRequest): Promise<readonly FetchedPartition[]>
}

export interface FetcherOptions {
  readonly topic: string
  readonly eventTimeOf?: ((value: Buffer) => number | undefined) | undefined
}

const FETCH_WAIT_MS = 250
const RESPONSE_BYTES_MAX = 16 * 1024 * 1024
const FETCH_API = 1
const FETCH_VERSION = 12
const READ_COMMITTED = 1

export async function openFetcher(connection: KafkaConnection, options: FetcherOptions): Promise<TopicFetcher> {
  const { topic, eventTimeOf } = options
  const kafka = await import('@platformatic/kafka')
  const client = new kafka.Admin(secondClientOptions(connection))
  const codecs: BatchCodecs = {
    crc32c: (bytes) => kafka.crc32c(bytes),
    decompress(codec, bytes) {
      const algorithm = kafka.compressionsAlgorithmsByBitmask[codec as 0]
      if (!algorithm) throw new AppError('corrupt', `its codec has the number ${codec}, which is none that Kafka has`)
      try {
        return algorithm.decompressSync(bytes)
      } catch (error) {
        throw new AppError('corrupt', `it cannot be unpacked by ${CODEC_NAMES[codec]}: ${messageOf(error)}`)
      }
    },
  }
  const failed = (doing: string, error: unknown) =>
    new AppError('unavailable', `Kafka at ${connection.brokers.join(', ')}: ${doing}: ${messageOf(error)}`, {
      cause: error,
      facts: { brokers: connection.brokers, topic },
    })

  return {
    async leaders() {
      try {
        const { topics } = await client.metadata({ topics: [topic], forceUpdate: true })
        const partitions = topics.get(topic)?.partitions ?? []
        return new Map(partitions.map(({ leader }, partition) => [partition, leader]))
      } catch (error) {
        throw failed(`who leads ${topic}`, error)
      }
    },
    async fetch({ node, partitions, bytesMaxPerPartition }) {
      const broker = client.currentMetadata?.brokers.get(node)
      if (!broker) throw failed(`fetching from ${topic}`, `no broker has the id ${node}`)
      const froms = new Map(partitions.map(({ partition, from }) => [partition, from]))
      const wanted = partitions.map(({ partition, from }) => ({
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(from),
        lastFetchedEpoch: -1,
        partitionMaxBytes: bytesMaxPerPartition,
      }))
      try {
        const connected = await client.connections.get(broker)
        const answer = await new Promise<Buffer>((resolve, reject) =>
          connected.send<Buffer>(
            FETCH_API,
            FETCH_VERSION,
            () =>
              kafka.fetchV12.createRequest(
                FETCH_WAIT_MS,
                1,
                RESPONSE_BYTES_MAX,
                READ_COMMITTED,
                0,
                -1,
                [{ topicId: topic, partitions: wanted }],
                [],
                '',
              ),
            (_correlation, _api, _version, reader) => reader.buffer.slice(reader.position),
            true,
            true,
            (error, payload) => (payload ? resolve(payload) : reject(error)),
          ),
        )
        return readResponse(answer).map(({ records, aborted, ...partition }) => {
          const from = froms.get(partition.partition) ?? 0
          return { ...partition, from, ...readBatches(records, { from, aborted, codecs, eventTimeOf }) }
        })
      } catch (error) {
        throw failed(`fetching from ${topic} at ${broker.host}:${broker.port}`, error)
      }
    },
    async [Symbol.asyncDispose]() {
      await client.close().catch(() => {})
    },
  }
}

const CODEC_NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

interface RawPartition extends Pick<FetchedPartition, 'partition' | 'errorCode' | 'highWatermark' | 'lastStable'> {
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: number }[]
  readonly records: Buffer
}

/** @throws AppError `unavailable` for an error of the whole request */
function readResponse(bytes: Buffer): readonly RawPartition[] {
  const answer = new Answer(bytes)
  answer.skip(4) // throttle
  const error = answer.int16()
  if (error !== 0) throw new AppError('unavailable', `the broker answers with error ${error} of the Kafka protocol`)
  answer.skip(4) // session
  return answer
    .many(() => {
      answer.bytes() // the topic's name: one was asked for
      const partitions = answer.many(() => {
        const partition = answer.int32()
        const errorCode = answer.int16()
        const highWatermark = Number(answer.int64())
        const lastStable = Number(answer.int64())
        answer.skip(8) // where the log begins
        const aborted = answer.many(() => {
          const transaction = { producerId: answer.int64(), firstOffset: Number(answer.int64()) }
          answer.tags()
          return transaction
        })
        answer.skip(4) // preferred replica
        const records = answer.bytes()
        answer.tags()
        return { partition, errorCode, highWatermark, lastStable, aborted, records }
      })
      answer.tags()
      return partitions
    })
    .flat()
}

/** The types of the protocol; reading behind the end throws. */
class Answer {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(bytes: number): void {
    this.#at += bytes
  }

  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  int64(): bigint {
    this.#at += 8
    return this.#bytes.readBigInt64BE(this.#at - 8)
  }

  #uvarint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes.readUInt8(this.#at++)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  /** Of an array, a string or bytes: one more than it is; 0 is null, which is as good as empty here. */
  #length(): number {
    return Math.max(0, this.#uvarint() - 1)
  }

  bytes(): Buffer {
    const length = this.#length()
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  many<T>(one: () => T): readonly T[] {
    return Array.from({ length: this.#length() }, one)
  }

  tags(): void {
    for (let left = this.#uvarint(); left > 0; left--) {
      this.#uvarint()
      this.skip(this.#uvarint())
    }
  }
}
