/**
 * Compacting an hour: its small files become one a partition, exactly once and without locks, as the archive commits
 * (lake/archive/commit.ts; docs/adr/0042 has the argument):
 *
 *   1  finish the hour's last compaction; its sequence is n;
 *   2  list the hour, write each compacted file under a directory of this attempt alone, read it back;
 *   3  write the entry there, list the directory: every file is there with its length;
 *   4  rename the entry to <n + 1>.json without clobbering: the compaction. Of two compactors one can; the other is fenced;
 *   5  rename the files into place, delete their sources (finish.ts).
 *
 * Invariant: at every moment, and after a death at any moment, every record is in exactly one file that a listing gives
 * (lake/listing.ts). Nothing is deleted before what replaces it is in its place, and was read back whole.
 */
import { createHash } from 'node:crypto'
import { AppError, isAppError } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import { streams } from '../../model/streams/index.ts'
import type { StreamName } from '../../model/streams/stream.ts'
import type { Clock, HourId } from '../../model/time.ts'
import type { RecordsOf } from '../account.ts'
import { SYNC_BYTES } from '../avro/container-header.ts'
import { readContainer } from '../avro/container-reader.ts'
import { ByteBudget } from '../byte-budget.ts'
import { mapBounded } from '../concurrency.ts'
import { addContents, contentsOf } from '../contents.ts'
import { parseRecordFileName, type RecordFileName, recordFileName } from '../layout.ts'
import { covers, type HourListing, type LakePlace, listHour, type RecordFile } from '../listing.ts'
import { type RetryPolicy, STORE_RETRIES } from '../retry.ts'
import { writeTemporary } from '../temporary-files.ts'
import {
  type CompactedFile,
  type CompactionEntry,
  decodeCompaction,
  encodeCompaction,
  type OriginalFile,
} from './entry.ts'
import { finishCompaction } from './finish.ts'
import { type Group, groupsOf } from './group.ts'
import { lastSequence, originalsOf, readCompaction } from './log.ts'
import { mergeFiles, openBlocks, type Source } from './merge-files.ts'

export interface CompactorOptions {
  readonly place: LakePlace
  /** Part of temporary names, unique among all that write at this time. */
  readonly writer: string
  readonly recordsOf: RecordsOf
  readonly clock: Clock
  readonly logger: Logger
  /** A compacted file is not larger: 64 MB unless given. */
  readonly fileBytesMax?: number
  /** Of an Avro block before compression. */
  readonly blockBytes?: number
  readonly retries?: RetryPolicy
}

/** What compacting the hour would do, or has left to do. */
export interface CompactionPlan {
  /** Files that would be read, and files that would come out of them. */
  readonly files: number
  readonly into: number
  readonly bytes: number
  /** Files that a compaction which was cut off has left. */
  readonly leftOver: number
  readonly sealed: boolean
}

export interface Compacted {
  /** Files that were replaced, and by how many. */
  readonly files: number
  readonly into: number
  readonly records: number
  readonly bytesBefore: number
  readonly bytesAfter: number
}

export interface Compactor {
  planHour(stream: StreamName, hour: HourId): Promise<CompactionPlan>
  /**
   * Compacts the hour, which the caller knows to be sealed; nothing to do is no error.
   * @throws AppError `corrupt` naming the file; `conflict` when the hour changed meanwhile: the same again finds what is left
   */
  compactHour(stream: StreamName, hour: HourId, signal?: AbortSignal): Promise<Compacted>
}

const FILE_BYTES_MAX = 64 * 1024 * 1024
const BLOCK_BYTES = 256 * 1024
/** Held by all groups together: sources, and what is made from them. */
const HELD_BYTES_MAX = 192 * 1024 * 1024
/** A group holds its sources, and those of their blocks that are packed anew; then the file, read back. */
const HELD_PER_BYTE = 2
const READS_AT_ONCE = 8
const ENTRY_FILE = 'entry.json'
const NOTHING: Compacted = { files: 0, into: 0, records: 0, bytesBefore: 0, bytesAfter: 0 }

export function createCompactor(options: CompactorOptions): Compactor {
  const { place, writer, recordsOf, clock, logger, retries = STORE_RETRIES } = options
  const { fileBytesMax = FILE_BYTES_MAX, blockBytes = BLOCK_BYTES } = options
  const { store, layout } = place
  const budget = new ByteBudget(HELD_BYTES_MAX)
  let attempts = 0

  async function compactHour(stream: StreamName, hour: HourId, signal?: AbortSignal): Promise<Compacted> {
    const sequence = await lastSequence(place, stream, hour)
    if (sequence > 0) {
      const last = await readCompaction(place, stream, hour, sequence)
      await finishCompaction(place, last, (path, { name, records }) =>
        readBack({ path, records, schema: schemaOf(stream, parseRecordFileName(name)!) }, signal),
      )
    }
    const listing = await listHour(place, stream, hour)
    await deleteCovered(stream, hour, listing)
    const groups = groupsOf(listing, fileBytesMax)
    if (groups.length === 0) return NOTHING
    const dir = `${layout.tmpDir(stream)}/${writer}/compact-${++attempts}`
    const files: CompactedFile[] = []
    for (const group of groups) {
      signal?.throwIfAborted()
      const held = HELD_PER_BYTE * bytesOf(group)
      files.push(await budget.run(held, () => writeGroup(stream, hour, group, `${dir}/${files.length}`, signal)))
    }
    const entry = { version: 1, stream, hour, sequence: sequence + 1, writer, compactedAt: clock(), files } as const
    await commit(entry, dir)
    await finishCompaction(place, entry)
    await store.delete(dir, { recursive: true }).catch((error: unknown) => {
      logger.debug({ error, dir }, 'the empty directory of the compaction is left to the sweep')
    })
    const all = groups.flat()
    const result = {
      files: all.length,
      into: files.length,
      records: files.reduce((sum, { records }) => sum + records, 0),
      bytesBefore: bytesOf(all),
      bytesAfter: files.reduce((sum, { bytes }) => sum + bytes, 0),
    }
    logger.info({ stream, hour, sequence: entry.sequence, ...result }, 'compacted')
    return result
  }

  /**
   * What finishing the last compaction has not deleted, though another file has it all: a file that was restored from quarantine when
   * it had been compacted already. What the log does not prove stays.
   */
  async function deleteCovered(stream: StreamName, hour: HourId, { files, covered }: HourListing): Promise<void> {
    for (const file of covered) {
      const held = (await originalsOf(place, stream, hour, files.find((other) => covers(other, file))!)).map(keyOf)
      const own = (await originalsOf(place, stream, hour, file)).map(keyOf)
      if (own.every((key) => held.includes(key))) await store.delete(file.path)
      else logger.warn({ stream, hour, path: file.path }, 'a file lies within another, which was not made from it')
    }
  }

  /** Writes the group's file under a temporary name and reads it back. */
  async function writeGroup(
    stream: StreamName,
    hour: HourId,
    group: Group,
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<CompactedFile> {
    const contents = addContents(group.map(contentsOf))
    const { partition, from, schema } = group[0]!
    const name = recordFileName({ partition, from, to: group.at(-1)!.to, contents, schema })
    const { temp, bytes, records } = await writeMerged()
    await readBack({ path: temp, records, schema: schemaOf(stream, group[0]!) }, signal)
    const originals = await mapBounded(group, READS_AT_ONCE, (file) => withRecords(stream, hour, file))
    const sources = group.map(recordFileName)
    return { name, temp, bytes, records, sources, originals: originals.flat() }

    /** In a function of its own, so that what was merged is gone from memory before it is read back. */
    async function writeMerged() {
      const sources = await mapBounded(group, READS_AT_ONCE, (file) => readSource(stream, hour, file, signal))
      const chunks = await mergeFiles(sources, {
        sync: createHash('sha256').update(name).digest().subarray(0, SYNC_BYTES),
        metadata: metadataOf(sources[0]!, group, hour),
        blockBytes,
      })
      const temp = await writeTemporary(store, (attempt) => `${path}-${attempt}.avro`, chunks, { retries, signal })
      return {
        temp,
        bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
        records: sources.reduce((sum, source) => sum + source.records, 0),
      }
    }
  }

  /** @throws AppError `corrupt` when it is not whole */
  async function readBack(
    { path, records, schema }: Omit<Source, 'bytes'>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const bytes = await store.read(path, undefined, signal)
    for (const _ of openBlocks({ path, bytes, records, schema })) signal?.throwIfAborted()
  }

  async function readSource(
    stream: StreamName,
    hour: HourId,
    file: RecordFile,
    signal: AbortSignal | undefined,
  ): Promise<Source> {
    const records = await recordsOf(stream, hour, file)
    try {
      const schema = schemaOf(stream, file)
      return { path: file.path, bytes: await store.read(file.path, undefined, signal), records, schema }
    } catch (error) {
      if (!isAppError(error, 'not-found')) throw error
      throw changed(hour, `${file.path} is gone`, error)
    }
  }

  async function withRecords(stream: StreamName, hour: HourId, file: RecordFile): Promise<readonly OriginalFile[]> {
    const originals = await originalsOf(place, stream, hour, file)
    return mapBounded(originals, READS_AT_ONCE, async ({ records, ...original }) => ({
      name: recordFileName(original),
      bytes: original.bytes,
      records: records ?? (await recordsOf(stream, hour, original)),
    }))
  }

  /** Makes the entry the hour's next, or throws. */
  async function commit(entry: CompactionEntry, dir: string): Promise<void> {
    const { stream, hour, sequence, files } = entry
    const bytes = encodeCompaction(entry)
    await store.create(`${dir}/${ENTRY_FILE}`, [bytes])
    const there = new Map((await store.list(dir)).map((info) => [`${dir}/${info.name}`, info.bytes]))
    for (const [path, size] of [[`${dir}/${ENTRY_FILE}`, bytes.length] as const, ...files.map(sizeOf)]) {
      if (there.get(path) === size) continue
      throw new AppError('unavailable', `${path} has ${there.get(path) ?? 'no'} bytes, ${size} were written`, {
        facts: { path },
      })
    }
    const target = layout.compactionFile(stream, hour, sequence)
    await store.makeDirs(layout.compactionsDir(stream, hour))
    let failure: unknown
    try {
      return await store.renameNoClobber(`${dir}/${ENTRY_FILE}`, target)
    } catch (error) {
      // it may have been done all the same, the answer lost
      if (!isAppError(error) || !['exists', 'not-found', 'unavailable'].includes(error.code)) throw error
      failure = error
    }
    const found = await store.read(target).catch((error: unknown) => {
      if (isAppError(error, 'not-found')) return undefined
      throw error
    })
    // temporary paths are nobody else's, and never used twice
    if (found && decodeCompaction(found, target).files[0]!.temp === files[0]!.temp) return
    throw changed(hour, `another compaction of it was quicker (${target})`, failure)
  }

  return {
    compactHour,
    async planHour(stream, hour) {
      const listing = await listHour(place, stream, hour)
      const groups = groupsOf(listing, fileBytesMax)
      const all = groups.flat()
      return {
        files: all.length,
        into: groups.length,
        bytes: bytesOf(all),
        leftOver: listing.covered.length,
        sealed: listing.sealed,
      }
    },
  }
}

/** The archive's own metadata, of the whole range. */
function metadataOf(first: Source, group: Group, hour: HourId): Readonly<Record<string, string>> {
  const { metadata } = readContainer(first.bytes, first.path)
  const ours = [...metadata].filter(([key]) => key.startsWith('tendance.'))
  return {
    ...Object.fromEntries(ours.map(([key, value]) => [key, value.toString()])),
    'tendance.from': String(group[0]!.from),
    'tendance.to': String(group.at(-1)!.to),
    'tendance.hour': hour,
    'tendance.compacted': String(group.length),
  }
}

/** Fingerprint of the schema that the file's records have. */
function schemaOf(stream: StreamName, { schema }: RecordFileName): string {
  return schema ?? streams[stream].firstSchema
}

function keyOf(file: RecordFile): string {
  return `${recordFileName(file)} ${file.bytes}`
}

function sizeOf({ temp, bytes }: CompactedFile): readonly [string, number] {
  return [temp, bytes]
}

function bytesOf(files: readonly RecordFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

function changed(hour: HourId, why: string, cause: unknown): AppError {
  return new AppError('conflict', `hour ${hour} changed while it was compacted: ${why}; the same again goes on`, {
    retry: 'later',
    facts: { hour },
    cause,
  })
}
