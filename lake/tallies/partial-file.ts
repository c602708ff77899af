/**
 * A partial tally as a file: what one activity counted of one partition, until another merges the hour. It keeps the count of
 * each spelling, since the form shown can only be chosen over the whole hour.
 *
 *   row := key (string), count (long), spellings (array of shown (string), count (long))        sorted by key
 *
 * Ordinary Avro, so that a person can look into one; it lives for seconds in the lake's temporary directory.
 */
import { constants, zstdCompressSync } from 'node:zlib'
import { PartialBuilder, type PartialTally } from '../../model/count/partial-tally.ts'
import { AppError } from '../../model/errors.ts'
import { encodeLong, LongReader } from '../../model/varint.ts'
import { encodeHeader, SYNC_BYTES } from '../avro/container-header.ts'
import { openBlock, readContainer } from '../avro/container-reader.ts'

const SCHEMA = {
  type: 'record',
  name: 'PartialRow',
  namespace: 'tendance',
  fields: [
    { name: 'key', type: 'string' },
    { name: 'count', type: 'long' },
    {
      name: 'spellings',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Spelling',
          fields: [
            { name: 'shown', type: 'string' },
            { name: 'count', type: 'long' },
          ],
        },
      },
    },
  ],
} as const

const FACTS = 'tendance.partial'
const BLOCK_ROWS = 4_096
const ZSTD = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 }
/** Nobody searches in these files, so any marker does; the same one gives the same bytes. */
const SYNC = Buffer.alloc(SYNC_BYTES, 'tendance-partial')

export function encodePartial(partial: PartialTally): Buffer {
  const { records, copies, longTerms, counts } = partial
  const parts: Uint8Array[] = [
    encodeHeader({
      schema: SCHEMA,
      codec: 'zstandard',
      metadata: { [FACTS]: JSON.stringify({ records, copies, longTerms, distinct: counts.length }) },
      sync: SYNC,
    }),
  ]
  for (let first = 0; first < counts.length; first += BLOCK_ROWS) {
    const end = Math.min(first + BLOCK_ROWS, counts.length)
    const rows: Uint8Array[] = []
    for (let row = first; row < end; row++) rows.push(...encodeRow(partial, row))
    const data = zstdCompressSync(Buffer.concat(rows), { params: ZSTD })
    parts.push(encodeLong(end - first), encodeLong(data.length), data, SYNC)
  }
  return Buffer.concat(parts)
}

/** @throws AppError `corrupt` naming `path` */
export function decodePartial(bytes: Uint8Array, path: string): PartialTally {
  const container = readContainer(bytes, path)
  const fail = (why: string) =>
    new AppError('corrupt', `${path} ${why}: count its partition again`, { facts: { path } })
  const facts = container.metadata.get(FACTS)
  if (!facts) throw fail('is not a partial tally')
  const { records, copies, longTerms = 0, distinct } = JSON.parse(facts.toString()) as Record<string, number>
  const builder = new PartialBuilder()
  for (const block of container.blocks()) {
    const data = openBlock(container, block)
    const reader = new LongReader(data)
    for (let row = 0; row < block.count; row++) decodeRow(data, reader, builder)
  }
  const partial = builder.finish(records!, copies!, longTerms)
  if (partial.counts.length !== distinct) throw fail(`has ${partial.counts.length} terms, its head says ${distinct}`)
  return partial
}

function* encodeRow(partial: PartialTally, row: number): Generator<Uint8Array> {
  const { keyBytes, keyStarts, spellingBytes, spellingStarts, spellingsOf } = partial
  const first = spellingsOf[row]!
  const end = spellingsOf[row + 1]!
  yield* slice(keyBytes, keyStarts, row)
  yield encodeLong(partial.counts[row]!)
  yield encodeLong(end - first)
  for (let spelling = first; spelling < end; spelling++) {
    yield* slice(spellingBytes, spellingStarts, spelling)
    yield encodeLong(partial.spellingCounts[spelling]!)
  }
  yield encodeLong(0)
}

function* slice(bytes: Uint8Array, starts: Uint32Array, index: number): Generator<Uint8Array> {
  const part = bytes.subarray(starts[index]!, starts[index + 1]!)
  yield encodeLong(part.length)
  yield part
}

function decodeRow(data: Uint8Array, reader: LongReader, builder: PartialBuilder): void {
  const keyEnd = reader.next() + reader.at
  const keyStart = reader.at
  reader.at = keyEnd
  builder.addKey(data, keyStart, keyEnd, reader.next())
  for (let left = reader.next(); left > 0; left = reader.next()) {
    for (; left > 0; left--) {
      const end = reader.next() + reader.at
      const start = reader.at
      reader.at = end
      builder.addSpelling(data, start, end, reader.next())
    }
  }
}
