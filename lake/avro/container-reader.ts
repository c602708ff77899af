/**
 * Reads an Avro container file that is in memory, block by block, without decoding a record:
 *
 *   file  := header block*
 *   block := count (long), size (long), size bytes of data, sync (16 bytes, the header's)
 *
 * Invariant: what `blocks` yields is bounded by two sync markers that are right, so a file that was cut or joined in the wrong
 * place is an error that names file, block and byte.
 */
import { AppError, isAppError, messageOf } from '../../model/errors.ts'
import { LongReader } from '../../model/varint.ts'
import { decompress } from './codec.ts'
import { type ContainerHeader, decodeHeader, SYNC_BYTES } from './container-header.ts'

export interface Block {
  /** 0 is the first of the file. */
  readonly index: number
  /** Where it begins in the file. */
  readonly at: number
  /** Records in it. */
  readonly count: number
  /** Compressed, a part of the file's bytes. */
  readonly data: Uint8Array
}

export interface Container extends ContainerHeader {
  readonly path: string
  blocks(): Generator<Block, void, undefined>
}

/** @throws AppError `corrupt` when the header cannot be read; `blocks` throws it for a block. `path` is for messages. */
export function readContainer(bytes: Uint8Array, path: string): Container {
  const header = decodeHeader(bytes, path)
  return { ...header, path, blocks: () => readBlocks(bytes, header, path) }
}

/**
 * The blocks of `bytes` from `at` on. `bytes` may be a part of the file that begins and ends between blocks; `offset` is then
 * where it begins in the file.
 */
export function* readBlocks(
  bytes: Uint8Array,
  header: Pick<ContainerHeader, 'end' | 'sync'>,
  path: string,
  part: { readonly at?: number; readonly offset?: number } = {},
): Generator<Block, void, undefined> {
  const offset = part.offset ?? 0
  const reader = new LongReader(bytes, part.at ?? header.end)
  for (let index = 0; reader.at < bytes.length; index++) {
    const at = reader.at
    const fail = (why: string, cause?: unknown): never => {
      throw new AppError('corrupt', `${path}: block ${index} at byte ${offset + at}: ${why}`, {
        cause,
        facts: { path, block: index, byte: offset + at },
      })
    }
    let count = 0
    let size = 0
    try {
      count = reader.next()
      size = reader.next()
    } catch (error) {
      fail(messageOf(error), error)
    }
    const end = reader.at + size
    if (count < 0 || size < 0) fail(`claims ${count} records in ${size} bytes`)
    if (end + SYNC_BYTES > bytes.length) fail(`claims ${size} bytes, the file ends before`)
    for (let i = 0; i < SYNC_BYTES; i++) {
      if (bytes[end + i] !== header.sync[i]) fail('its sync marker is not the file’s')
    }
    const data = bytes.subarray(reader.at, end)
    reader.at = end + SYNC_BYTES
    yield { index, at: offset + at, count, data }
  }
}

/**
 * The records of a block, one behind the other, as Avro wrote them. `into`: see `decompress`.
 * @throws AppError `corrupt` that names file, block and byte
 */
export function openBlock(container: Pick<Container, 'codec' | 'path'>, block: Block, into?: Uint8Array): Uint8Array {
  try {
    return decompress(container.codec, block.data, into)
  } catch (error) {
    if (!isAppError(error, 'corrupt')) throw error
    throw new AppError(
      'corrupt',
      `${container.path}: block ${block.index} at byte ${block.at}: ${error.message}; the file may have to be restored`,
      { cause: error, facts: { path: container.path, block: block.index, byte: block.at } },
    )
  }
}
