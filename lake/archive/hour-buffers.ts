/**
 * What a partition has taken and not committed: one growing container file for each hour and schema, since bodies are copied as they are
 * and a container has one schema.
 *
 * Invariant: the files that come out depend only on the bodies, their order, and where they stand in Kafka, so the same
 * offsets give the same bytes.
 */
import { createHash } from 'node:crypto'
import type { WriterSchema } from '../../model/streams/schema-book.ts'
import type { Stream } from '../../model/streams/stream.ts'
import { HOUR_MS, hourOf } from '../../model/time.ts'
import { BlockWriter } from '../avro/block-writer.ts'
import { encodeHeader, SYNC_BYTES } from '../avro/container-header.ts'
import { mapBounded } from '../concurrency.ts'
import type { HourFile } from './commit.ts'

export interface BufferPlace {
  readonly stream: Stream
  readonly topic: string
  readonly partition: number
}

interface HourBuffer {
  readonly writer: BlockWriter
  readonly schema: WriterSchema
  readonly hourStart: number
  firstEventAt: number
  lastEventAt: number
}

export class HourBuffers {
  readonly #place: BufferPlace
  readonly #from: number
  readonly #blockBytes: number
  readonly #sync: Buffer
  readonly #bySchema = new Map<WriterSchema, Map<number, HourBuffer>>()
  /** Messages come nearly in the order of time: the hour of the last one is most often the hour of the next. */
  #latest: HourBuffer | undefined

  /** `from`: the offset at which the commit will begin. */
  constructor(place: BufferPlace, from: number, blockBytes: number) {
    this.#place = place
    this.#from = from
    this.#blockBytes = blockBytes
    this.#sync = syncMarker(place, from)
  }

  /** Files that a commit would have. */
  get files(): number {
    let files = 0
    for (const byHour of this.#bySchema.values()) files += byHour.size
    return files
  }

  has(eventAt: number, schema: WriterSchema): boolean {
    return this.#bySchema.get(schema)?.has(Math.floor(eventAt / HOUR_MS) * HOUR_MS) ?? false
  }

  /** Copies the record's body, which `schema` describes: `bytes` from `start` on. */
  append(eventAt: number, bytes: Buffer, start: number, schema: WriterSchema): void {
    const buffer = this.#bufferOf(eventAt, schema)
    buffer.writer.append(bytes, start)
    if (eventAt < buffer.firstEventAt) buffer.firstEventAt = eventAt
    if (eventAt > buffer.lastEventAt) buffer.lastEventAt = eventAt
  }

  get compressedBytes(): number {
    return this.#sum((writer) => writer.compressedBytes)
  }

  /** Memory in use. */
  get heldBytes(): number {
    return this.#sum((writer) => writer.heldBytes)
  }

  /** Resolves when nothing is being compressed: the back-pressure. */
  async settled(): Promise<void> {
    await Promise.all(this.#all().map(({ writer }) => writer.settled()))
  }

  /** The files of a commit that ends before `to`, hours ascending. Nothing may be appended after. */
  async finish(to: number): Promise<readonly HourFile[]> {
    const { stream, topic, partition } = this.#place
    const buffers = this.#all().sort(byHourAndSchema)
    return mapBounded(buffers, 4, async ({ writer, schema, hourStart, firstEventAt, lastEventAt }) => {
      const hour = hourOf(hourStart)
      const header = encodeHeader({
        schema: schema.schema!,
        codec: 'zstandard',
        sync: this.#sync,
        metadata: {
          'tendance.stream': stream.name,
          'tendance.topic': topic,
          'tendance.partition': String(partition),
          'tendance.from': String(this.#from),
          'tendance.to': String(to),
          'tendance.hour': hour,
        },
      })
      const chunks = [header, ...(await writer.finish())]
      const file = { hour, chunks, records: writer.records, firstEventAt, lastEventAt }
      return schema.fingerprint === stream.firstSchema ? file : { ...file, schema: schema.fingerprint }
    })
  }

  #all(): HourBuffer[] {
    return [...this.#bySchema.values()].flatMap((byHour) => [...byHour.values()])
  }

  #bufferOf(eventAt: number, schema: WriterSchema): HourBuffer {
    const latest = this.#latest
    if (latest && latest.schema === schema && eventAt >= latest.hourStart && eventAt < latest.hourStart + HOUR_MS)
      return latest
    const hourStart = Math.floor(eventAt / HOUR_MS) * HOUR_MS
    let byHour = this.#bySchema.get(schema)
    if (!byHour) {
      byHour = new Map()
      this.#bySchema.set(schema, byHour)
    }
    let buffer = byHour.get(hourStart)
    if (!buffer) {
      const writer = new BlockWriter({ sync: this.#sync, blockBytes: this.#blockBytes })
      buffer = { writer, schema, hourStart, firstEventAt: eventAt, lastEventAt: eventAt }
      byHour.set(hourStart, buffer)
    }
    this.#latest = buffer
    return buffer
  }

  #sum(of: (writer: BlockWriter) => number): number {
    let sum = 0
    for (const byHour of this.#bySchema.values()) for (const { writer } of byHour.values()) sum += of(writer)
    return sum
  }
}

/** From the offsets, not from a clock or chance: writing the same records again gives the same bytes. */
function syncMarker({ topic, partition }: BufferPlace, from: number): Buffer {
  return createHash('sha256').update(`${topic}\n${partition}\n${from}`).digest().subarray(0, SYNC_BYTES)
}

/** The same order whichever came first. */
function byHourAndSchema(a: HourBuffer, b: HourBuffer): number {
  return a.hourStart - b.hourStart || (a.schema.fingerprint < b.schema.fingerprint ? -1 : 1)
}
