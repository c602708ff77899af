/**
 * Several container files as one, without decoding a record: blocks are copied as they are; those much smaller than a block should
 * be (a commit each 30 seconds makes many of them) are unpacked and packed together, and so are those of another codec.
 *
 * Every block is unpacked once, also those that are copied: damage must not get into a file whose sources are then deleted.
 * Invariant: the same sources give the same bytes.
 */
import { AppError } from '../../model/errors.ts'
import { fingerprintHex, fingerprintOf } from '../../model/streams/fingerprint.ts'
import { encodeLong } from '../../model/varint.ts'
import { compress } from '../avro/codec.ts'
import { encodeHeader } from '../avro/container-header.ts'
import { type Block, openBlock, readContainer } from '../avro/container-reader.ts'

const CODEC = 'zstandard'

export interface Source {
  readonly path: string
  readonly bytes: Uint8Array
  /** As the archive's log says. */
  readonly records: number
  /** Fingerprint that its schema must have, as its name says; a damaged header shows by it. */
  readonly schema: string
}

export interface MergeOptions {
  readonly sync: Uint8Array
  readonly metadata: Readonly<Record<string, string>>
  /** A block has about so many bytes before compression; one of half as many is copied. */
  readonly blockBytes: number
}

/**
 * The parts of the file, which has the schema of its sources. They share memory with them.
 * @throws AppError `corrupt` naming path, block and byte
 */
export async function mergeFiles(sources: readonly Source[], options: MergeOptions): Promise<readonly Uint8Array[]> {
  const { sync, metadata, blockBytes } = options
  const { schema } = readContainer(sources[0]!.bytes, sources[0]!.path)
  const chunks: Uint8Array[] = [encodeHeader({ schema, codec: CODEC, sync, metadata })]
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let pendingCount = 0
  const write = (count: number, data: Uint8Array) => {
    chunks.push(Buffer.concat([encodeLong(count), encodeLong(data.length)]), data, sync)
  }
  const flush = async () => {
    if (pendingCount > 0) write(pendingCount, await compress(CODEC, Buffer.concat(pending)))
    pending = []
    pendingBytes = 0
    pendingCount = 0
  }
  for (const source of sources) {
    for (const { block, bodies, codec } of openBlocks(source)) {
      if (codec === CODEC && bodies.length * 2 >= blockBytes) {
        await flush()
        write(block.count, block.data)
        continue
      }
      pending.push(bodies)
      pendingBytes += bodies.length
      pendingCount += block.count
      if (pendingBytes >= blockBytes) await flush()
    }
  }
  await flush()
  return chunks
}

/** The blocks with what is in them. @throws AppError `corrupt`, also when there are more or fewer records than there should be */
export function* openBlocks({
  path,
  bytes,
  records,
  schema,
}: Source): Generator<{ readonly block: Block; readonly bodies: Uint8Array; readonly codec: string }> {
  const container = readContainer(bytes, path)
  if (fingerprintHex(fingerprintOf(container.schema)) !== schema) {
    throw new AppError('corrupt', `${path} was not written with schema ${schema}, as its name says`, {
      facts: { path },
    })
  }
  let found = 0
  for (const block of container.blocks()) {
    found += block.count
    yield { block, bodies: openBlock(container, block), codec: container.codec }
  }
  if (found === records) return
  throw new AppError('corrupt', `${path} has ${found} records, the archive's log says ${records}`, {
    facts: { path, found, records },
  })
}
