/**
 * The codecs of Avro container files. We write zstandard at level 3 (as small as deflate 6, five times faster to write and three
 * times to read; docs/adr has the table); deflate, snappy and none are read too.
 *
 * Invariant: what we compress states its length and its checksum in the frame, so a flipped bit is an error and not other text,
 * and a reader allocates once.
 */
import { promisify } from 'node:util'
import { constants, deflateRaw, inflateRawSync, zstdCompress, zstdDecompressSync } from 'node:zlib'
import { AppError, isAppError, messageOf } from '../../model/errors.ts'
import { snappyDecompress } from './snappy.ts'
import { unpackZstdInto } from './zstd-into.ts'

export const CODECS = ['null', 'deflate', 'snappy', 'zstandard'] as const
export type Codec = (typeof CODECS)[number]

/** What we write: snappy is only read. */
export type WritableCodec = Exclude<Codec, 'snappy'>

/** More than this out of one block is taken for damage: ours are about 256 KB, other writers' seldom over 16 MB. */
export const BLOCK_BYTES_MAX = 256 * 1024 * 1024

const ZSTD_LEVEL = 3
const CHUNK_BYTES_MIN = 64 * 1024

const zstd = promisify(zstdCompress)
const deflate = promisify(deflateRaw)

export function isCodec(name: string): name is Codec {
  return (CODECS as readonly string[]).includes(name)
}

/** Compresses on libuv's threads, so the event loop goes on reading meanwhile. The same bytes in give the same bytes out. */
export async function compress(codec: WritableCodec, data: Uint8Array): Promise<Uint8Array> {
  switch (codec) {
    case 'null':
      return data
    case 'deflate':
      return deflate(data, { level: 6, chunkSize: Math.max(CHUNK_BYTES_MIN, data.length >>> 1) })
    case 'zstandard':
      return zstd(data, {
        params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
        pledgedSrcSize: data.length,
        chunkSize: Math.max(CHUNK_BYTES_MIN, data.length >>> 1),
      })
    default:
      return codec satisfies never
  }
}

/**
 * Decompresses the data of one block. `into` is used where the codec allows (zstandard, snappy) and it has room.
 * @throws AppError `corrupt`
 */
export function decompress(codec: Codec, data: Uint8Array, into?: Uint8Array): Uint8Array {
  try {
    switch (codec) {
      case 'null':
        return data
      case 'deflate':
        return inflateRawSync(data, {
          chunkSize: Math.max(CHUNK_BYTES_MIN, data.length * 4),
          maxOutputLength: BLOCK_BYTES_MAX,
        })
      case 'snappy':
        return snappyDecompress(data, into, BLOCK_BYTES_MAX)
      case 'zstandard':
        return unpackZstd(data, into)
      default:
        return codec satisfies never
    }
  } catch (error) {
    if (isAppError(error)) throw error
    throw new AppError('corrupt', `a ${codec} block of ${data.length} bytes cannot be read: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function unpackZstd(data: Uint8Array, into: Uint8Array | undefined): Uint8Array {
  const bytes = zstdContentBytes(data)
  const unpacked = into && bytes !== undefined ? unpackZstdInto(data, bytes, into) : undefined
  if (unpacked) return unpacked
  return zstdDecompressSync(data, {
    // one more than it needs: zlib asks for another chunk when the first is exactly full
    chunkSize: Math.max(CHUNK_BYTES_MIN, (bytes ?? data.length * 4) + 1),
    maxOutputLength: BLOCK_BYTES_MAX,
  })
}

const ZSTD_MAGIC = 0xfd2fb528

/** What a zstd frame's header says comes out of it (RFC 8878, 3.1.1.1), or undefined when it does not, or is not credible. */
function zstdContentBytes(data: Uint8Array): number | undefined {
  if (data.length < 18) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  if (view.getUint32(0, true) !== ZSTD_MAGIC) return undefined
  const descriptor = view.getUint8(4)
  const singleSegment = (descriptor & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const at = 5 + (singleSegment ? 0 : 1) + dictionaryBytes
  const bytes = fieldOf(view, at, descriptor >>> 6, singleSegment)
  return bytes !== undefined && bytes <= BLOCK_BYTES_MAX ? bytes : undefined
}

function fieldOf(view: DataView, at: number, flag: number, singleSegment: boolean): number | undefined {
  switch (flag) {
    case 0:
      return singleSegment ? view.getUint8(at) : undefined
    case 1:
      return view.getUint16(at, true) + 256
    case 2:
      return view.getUint32(at, true)
    default:
      return Number(view.getBigUint64(at, true))
  }
}
