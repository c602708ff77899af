/**
 * The head of an Avro container file:
 *
 *   header   := "Obj" 01, metadata, sync (16 bytes)
 *   metadata := Avro map of bytes: (count, (key, value)*)* 0       a negative count is followed by the size of its entries
 *
 * `avro.schema` (JSON) and `avro.codec` (absent: null) are the format's own; ours begin with `tendance.`.
 */
import { AppError, assert } from '../../model/errors.ts'
import type { AvroSchema } from '../../model/streams/stream.ts'
import { encodeLong, LongReader } from '../../model/varint.ts'
import { type Codec, isCodec } from './codec.ts'

export const SYNC_BYTES = 16
const MAGIC = Buffer.from([0x4f, 0x62, 0x6a, 0x01])

export interface ContainerHeader {
  readonly schema: AvroSchema
  readonly codec: Codec
  /** All entries, the format's own among them. */
  readonly metadata: ReadonlyMap<string, Buffer>
  readonly sync: Uint8Array
  /** Where the first block begins. */
  readonly end: number
}

/** Entries are written in the order given: the same ones give the same bytes. */
export function encodeHeader(options: {
  readonly schema: AvroSchema
  readonly codec: Codec
  readonly metadata?: Readonly<Record<string, string>>
  readonly sync: Uint8Array
}): Buffer {
  assert(options.sync.length === SYNC_BYTES, 'a sync marker has 16 bytes', { bytes: options.sync.length })
  const entries = {
    'avro.schema': JSON.stringify(options.schema),
    'avro.codec': options.codec,
    ...options.metadata,
  }
  const names = Object.keys(entries)
  const text = (value: string) => {
    const bytes = Buffer.from(value)
    return [encodeLong(bytes.length), bytes]
  }
  return Buffer.concat([
    MAGIC,
    encodeLong(names.length),
    ...Object.entries(entries).flatMap(([name, value]) => [...text(name), ...text(value)]),
    encodeLong(0),
    options.sync,
  ])
}

/**
 * Reads the header at the start of `bytes` (which may end anywhere behind it). Values are parts of `bytes`, not copies.
 * @throws AppError `corrupt` naming `path`
 */
export function decodeHeader(bytes: Uint8Array, path: string): ContainerHeader {
  const fail = (why: string, cause?: unknown): never => {
    throw new AppError('corrupt', `${path}: ${why}: not an Avro container file, or a damaged one`, {
      cause,
      facts: { path, byte: 0 },
    })
  }
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) fail("does not begin with 'Obj' and 1")
  const metadata = new Map<string, Buffer>()
  const reader = new LongReader(file, MAGIC.length)
  const part = (): Buffer => {
    const length = reader.next()
    if (length < 0 || reader.at + length > file.length) fail(`metadata of ${length} bytes at byte ${reader.at}`)
    reader.at += length
    return file.subarray(reader.at - length, reader.at)
  }
  try {
    for (let count = reader.next(); count !== 0; count = reader.next()) {
      if (count < 0) reader.next()
      for (let i = Math.abs(count); i > 0; i--) {
        const key = part().toString()
        metadata.set(key, part())
      }
    }
  } catch (error) {
    if (error instanceof AppError && error.facts['path'] === undefined) fail(error.message, error)
    throw error
  }
  const sync = file.subarray(reader.at, reader.at + SYNC_BYTES)
  if (sync.length < SYNC_BYTES) fail('ends within its header')
  const codec = metadata.get('avro.codec')?.toString() ?? 'null'
  if (!isCodec(codec)) return fail(`has codec '${codec}', which we do not read`)
  return { schema: parseSchema(metadata.get('avro.schema'), fail), codec, metadata, sync, end: reader.at + SYNC_BYTES }
}

function parseSchema(json: Buffer | undefined, fail: (why: string, cause?: unknown) => never): AvroSchema {
  if (json === undefined) return fail('has no schema')
  try {
    return JSON.parse(json.toString()) as AvroSchema
  } catch (error) {
    return fail('has a schema that is not JSON', error)
  }
}
