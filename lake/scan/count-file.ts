/**
 * Counts one record file that is in memory, block by block. Pure but for the pauses.
 *
 * Invariant: a file is counted wholly or throws `corrupt` with path, block and byte; its unit is then dropped.
 */
import { setImmediate as pause } from 'node:timers/promises'
import type { IdSet } from '../../model/count/id-set.ts'
import type { TermCounter } from '../../model/count/term-counter.ts'
import { AppError, isAppError } from '../../model/errors.ts'
import { canonicalForm } from '../../model/streams/fingerprint.ts'
import { streams } from '../../model/streams/index.ts'
import type { StreamName } from '../../model/streams/stream.ts'
import { type Block, type Container, openBlock, readContainer } from '../avro/container-reader.ts'
import { blockScanners } from './block-scanners.ts'

/** Between pauses: about two milliseconds of counting, in which the next file's bytes wait in the socket. */
const PAUSE_EVERY_BYTES = 1024 * 1024

/** Blocks of ours are a quarter of it; larger ones get memory of their own. One a thread. */
const unpackedBlock = new Uint8Array(1024 * 1024)

export interface FileScan {
  readonly stream: StreamName
  readonly ids: IdSet
  readonly counter: TermCounter
  /** After a pause: how many bytes of the file were counted since the last call. */
  readonly onBytes: (bytes: number) => void
  readonly signal: AbortSignal
}

export async function countFile(bytes: Uint8Array, path: string, scan: FileScan): Promise<void> {
  const container = readContainer(bytes, path)
  assertSchema(container, scan.stream)
  const scanBlock = blockScanners[scan.stream]
  let unpacked = 0
  let reported = 0
  for (const block of container.blocks()) {
    const data = openBlock(container, block, unpackedBlock)
    try {
      scanBlock(Buffer.from(data.buffer, data.byteOffset, data.length), block.count, scan)
    } catch (error) {
      throw isAppError(error, 'corrupt') ? corruptBlock(path, block, error) : error
    }
    unpacked += data.length
    if (unpacked < PAUSE_EVERY_BYTES) continue
    unpacked = 0
    scan.onBytes(block.at - reported)
    reported = block.at
    await pause()
    scan.signal.throwIfAborted()
  }
  scan.onBytes(bytes.length - reported)
}

/** Schemas as they stand in files, per stream, that were found to be the stream's: files of one writer have the same text. */
const knownSchemas: Record<StreamName, Set<string>> = { posts: new Set() }
const KNOWN_MAX = 100

/** The walk follows the stream's fields by hand, so another writer's schema would be read as nonsense. */
function assertSchema(container: Container, stream: StreamName): void {
  const text = container.metadata.get('avro.schema')?.toString() ?? ''
  const known = knownSchemas[stream]
  if (known.has(text)) return
  if (canonicalForm(container.schema) !== canonicalForm(streams[stream].schema)) {
    throw new AppError(
      'corrupt',
      `${container.path} was not written with the schema of ${stream}: it is another program's, or of another release`,
      { facts: { path: container.path, block: 0, byte: 0 } },
    )
  }
  if (known.size < KNOWN_MAX) known.add(text)
}

function corruptBlock(path: string, block: Block, cause: AppError): AppError {
  return new AppError('corrupt', `${path}: block ${block.index} at byte ${block.at}: ${cause.message}`, {
    facts: { ...cause.facts, path, block: block.index, byte: block.at },
    cause,
  })
}
