/**
 * The schemas that messages of a stream were written with, by the fingerprint in their header, and whether each can be read as the
 * stream's own. A reader of messages asks `learn` for each batch, which may look schemas up; then `writerOf` for each message.
 *
 * Invariant: a schema that was found is not looked up again. One that was not is looked up again after a while: a program can
 * publish its schema late.
 */
import { type PostWalk, postWalkOf } from '../count/post-walk.ts'
import { isAppError } from '../errors.ts'
import type { Message } from '../messages.ts'
import type { Clock } from '../time.ts'
import { fingerprintHex, fingerprintIn, fingerprintOf, hasHeader, singleObjectHeader } from './fingerprint.ts'
import type { AvroSchema, Stream } from './stream.ts'

/** A schema that messages are written with. */
export interface WriterSchema {
  /** 16 hexadecimal digits. */
  readonly fingerprint: string
  /** undefined: nobody knows it. */
  readonly schema: AvroSchema | undefined
  /** The first bytes of its messages. */
  readonly header: Buffer
  /** Why its records cannot be read, naming fingerprint and field; undefined: they can. */
  readonly problem: string | undefined
  /** undefined for the schema that model/count walks by hand, and for one that cannot be read. */
  readonly walk: PostWalk | undefined
}

/** Looks a schema up, wherever schemas are kept. */
export type FindSchema = (fingerprint: string) => Promise<AvroSchema | undefined>

export interface SchemaBookOptions {
  /** Of today. */
  readonly stream: Stream
  readonly find: FindSchema
  readonly clock: Clock
}

/** So long a schema that nobody knew is not looked up again. */
const UNKNOWN_MS = 10_000
/** Of headers that nobody knows: a program that writes nonsense must not fill memory. */
const UNKNOWN_MAX = 1_000

export class SchemaBook {
  readonly own: WriterSchema
  readonly #options: SchemaBookOptions
  readonly #walkedByHand: string
  readonly #known: WriterSchema[]
  readonly #unknown = new Map<string, { readonly writer: WriterSchema; readonly at: number }>()

  constructor(options: SchemaBookOptions) {
    this.#options = options
    this.#walkedByHand = options.stream.walkedByHand
    this.own = this.#entryOf(fingerprintHex(fingerprintOf(options.stream.schema)), options.stream.schema)
    this.#known = [this.own]
  }

  /** The schema of a message; undefined when its header was never learnt, or it has none. */
  writerOf(value: Uint8Array): WriterSchema | undefined {
    for (const writer of this.#known) if (hasHeader(value, writer.header)) return writer
    const fingerprint = fingerprintIn(value)
    return fingerprint === undefined ? undefined : this.#unknown.get(fingerprint)?.writer
  }

  /** Looks up what the messages' headers name and is not known. @throws what looking up throws */
  async learn(messages: readonly Pick<Message, 'value'>[]): Promise<void> {
    const wanted = new Set<string>()
    for (const { value } of messages) {
      if (this.#known.some(({ header }) => hasHeader(value, header))) continue
      const fingerprint = fingerprintIn(value)
      if (fingerprint !== undefined && this.#isDue(fingerprint)) wanted.add(fingerprint)
    }
    for (const fingerprint of wanted) await this.#lookUp(fingerprint)
  }

  async #lookUp(fingerprint: string): Promise<void> {
    const schema = await this.#options.find(fingerprint)
    if (this.#known.some((writer) => writer.fingerprint === fingerprint)) return
    const writer = this.#entryOf(fingerprint, schema)
    this.#unknown.delete(fingerprint)
    if (schema !== undefined) {
      this.#known.push(writer)
      return
    }
    if (this.#unknown.size >= UNKNOWN_MAX) this.#unknown.clear()
    this.#unknown.set(fingerprint, { writer, at: this.#now() })
  }

  #isDue(fingerprint: string): boolean {
    const unknown = this.#unknown.get(fingerprint)
    return unknown === undefined || this.#now() - unknown.at >= UNKNOWN_MS
  }

  #now(): number {
    return this.#options.clock()
  }

  #entryOf(fingerprint: string, schema: AvroSchema | undefined): WriterSchema {
    const { stream } = this.#options
    if (schema === undefined) {
      const problem = `the message was written with schema ${fingerprint} of ${stream.name}, which nobody has published: 'tendance dead-letters publish-schema <file.avsc>' does, then 'tendance dead-letters replay --again' takes the message`
      const header = Buffer.from(`c301${fingerprint}`, 'hex')
      header.subarray(2).reverse()
      return { fingerprint, schema, header, problem, walk: undefined }
    }
    const header = singleObjectHeader(schema)
    try {
      // made for the schema that is walked by hand too: today's may be another that cannot read it
      const walk = postWalkOf(schema, stream.schema)
      return {
        fingerprint,
        schema,
        header,
        problem: undefined,
        walk: fingerprint === this.#walkedByHand ? undefined : walk,
      }
    } catch (error) {
      if (!isAppError(error, 'bad-input')) throw error
      const problem = `the message was written with schema ${fingerprint}, which cannot be read as today's of ${stream.name}: ${error.message}`
      return { fingerprint, schema, header, problem, walk: undefined }
    }
  }
}

/** A book that knows the stream's own schema only: for what looks nothing up. */
export function bookOf(stream: Stream): SchemaBook {
  return new SchemaBook({ stream, find: async () => undefined, clock: () => 0 })
}
