/**
 * What a partition has taken and not committed, by hour: one growing container file an hour.
 *
 * Invariant: the files that come out depend only on the bodies, their order, and where they stand in Kafka, so the same
 * offsets give the same bytes.
 */
import { createHash } from 'node:crypto'
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
  readonly hourStart: number
  firstEventAt: number
  lastEventAt: number
}

export class HourBuffers {
  readonly #place: BufferPlace
  readonly #from: number
  readonly #blockBytes: number
  readonly #sync: Buffer
  readonly #byHour = new Map<number, HourBuffer>()
  /** Messages come nearly in the order of time: the hour of the last one is most often the hour of the next. */
  #latest: HourBuffer | undefined

  /** `from`: the offset at which the commit will begin. */
  constructor(place: BufferPlace, from: number, blockBytes: number) {
    this.#place = place
    this.#from = from
    this.#blockBytes = blockBytes
    this.#sync = syncMarker(place, from)
  }

  get hours(): number {
    return this.#byHour.size
  }

  has(eventAt: number): boolean {
    return this.#byHour.has(Math.floor(eventAt / HOUR_MS) * HOUR_MS)
  }

  /** Copies the record's body: `bytes` from `start` on. */
  append(eventAt: number, bytes: Buffer, start: number): void {
    const buffer = this.#bufferOf(eventAt)
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
    await Promise.all([...this.#byHour.values()].map(({ writer }) => writer.settled()))
  }

  /** The files of a commit that ends before `to`, hours ascending. Nothing may be appended after. */
  async finish(to: number): Promise<readonly HourFile[]> {
    const { stream, topic, partition } = this.#place
    const buffers = [...this.#byHour.values()].sort((a, b) => a.hourStart - b.hourStart)
    return mapBounded(buffers, 4, async ({ writer, hourStart, firstEventAt, lastEventAt }) => {
      const hour = hourOf(hourStart)
      const header = encodeHeader({
        schema: stream.schema,
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
      return { hour, chunks, records: writer.records, firstEventAt, lastEventAt }
    })
  }

  #bufferOf(eventAt: number): HourBuffer {
    const latest = this.#latest
    if (latest && eventAt >= latest.hourStart && eventAt < latest.hourStart + HOUR_MS) return latest
    const hourStart = Math.floor(eventAt / HOUR_MS) * HOUR_MS
    let buffer = this.#byHour.get(hourStart)
    if (!buffer) {
      const writer = new BlockWriter({ sync: this.#sync, blockBytes: this.#blockBytes })
      buffer = { writer, hourStart, firstEventAt: eventAt, lastEventAt: eventAt }
      this.#byHour.set(hourStart, buffer)
    }
    this.#latest = buffer
    return buffer
  }

  #sum(of: (writer: BlockWriter) => number): number {
    let sum = 0
    for (const { writer } of this.#byHour.values()) sum += of(writer)
    return sum
  }
}

/** From the offsets, not from a clock or chance: writing the same records again gives the same bytes. */
function syncMarker({ topic, partition }: BufferPlace, from: number): Buffer {
  return createHash('sha256').update(`${topic}\n${partition}\n${from}`).digest().subarray(0, SYNC_BYTES)
}
