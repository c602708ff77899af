/**
 * Counts one record file that is in memory, block by block. Pure but for the pauses.
 *
 * Invariant: a file is counted wholly or throws `corrupt` with path, block and byte; its unit is then dropped.
 */
import { setImmediate as pause } from 'node:timers/promises'
import type { IdSet } from '../../model/count/id-set.ts'
import { type PostWalk, postWalkOf } from '../../model/count/post-walk.ts'
import type { TermCounter } from '../../model/count/term-counter.ts'
import { AppError, isAppError, messageOf } from '../../model/errors.ts'
import { fingerprintHex, fingerprintOf } from '../../model/streams/fingerprint.ts'
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
  const blockScan = { ids: scan.ids, counter: scan.counter, walk: walkFor(container, scan.stream) }
  const scanBlock = blockScanners[scan.stream]
  let unpacked = 0
  let reported = 0
  for (const block of container.blocks()) {
    const data = openBlock(container, block, unpackedBlock)
    try {
      scanBlock(Buffer.from(data.buffer, data.byteOffset, data.length), block.count, blockScan)
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

/** Walks by the schema's text as it stands in files: files of one writer have the same. undefined: walked by hand. */
const walks: Record<StreamName, Map<string, PostWalk | undefined>> = { posts: new Map() }
const WALKS_MAX = 100

/** How to walk records of the schema that the file was written with. @throws AppError `corrupt` that names the field */
function walkFor(container: Container, stream: StreamName): PostWalk | undefined {
  const text = container.metadata.get('avro.schema')?.toString() ?? ''
  const known = walks[stream]
  if (known.has(text)) return known.get(text)
  const fingerprint = fingerprintHex(fingerprintOf(container.schema))
  let walk: PostWalk | undefined
  if (fingerprint !== streams[stream].walkedByHand) {
    try {
      walk = postWalkOf(container.schema, streams[stream].schema)
    } catch (error) {
      throw new AppError(
        'corrupt',
        `${container.path} was written with schema ${fingerprint}, which cannot be read as today's of ${stream}: ${messageOf(error)}`,
        { cause: error, facts: { path: container.path, block: 0, byte: 0 } },
      )
    }
  }
  if (known.size < WALKS_MAX) known.set(text, walk)
  return walk
}

function corruptBlock(path: string, block: Block, cause: AppError): AppError {
  return new AppError('corrupt', `${path}: block ${block.index} at byte ${block.at}: ${cause.message}`, {
    facts: { ...cause.facts, path, block: block.index, byte: block.at },
    cause,
  })
}
