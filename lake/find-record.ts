/**
 * One record in the files of an hour, by its id: for people who want to know what became of it. It reads every file of the hour's
 * partition, which takes about a second per hundred megabytes, and decodes only blocks that hold the id's bytes.
 */
import avro from 'avsc'
import { AppError, isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { readEntry } from './archive/commit-log.ts'
import { openBlock, readContainer } from './avro/container-reader.ts'
import { type Original, originalsOf } from './compact/log.ts'
import { type LakePlace, listHour, type RecordFile } from './listing.ts'

export interface FoundRecord {
  readonly hour: HourId
  readonly path: string
  readonly partition: number
  /** Its place in the file, from 0. */
  readonly index: number
  /** Offsets that it can have: [from, to); one, when the commit says so. */
  readonly from: number
  readonly to: number
  /** Its file is set aside: it is not counted. */
  readonly quarantined: boolean
  /** That brought it. */
  readonly commit: FoundCommit
  /** As Avro has it. */
  readonly record: Readonly<Record<string, unknown>>
}

export interface FoundCommit {
  readonly path: string
  readonly writer: string
  /** Wall clock, ms. */
  readonly committedAt: number
}

export interface FoundInHour {
  readonly digest: string
  readonly sealed: boolean
  readonly records: readonly FoundRecord[]
  readonly files: number
  readonly bytes: number
  /** Files that could not be read, with the reason: the record may be in them. */
  readonly unreadable: readonly string[]
}

/** @param partition undefined: all of them */
export async function findRecord(
  place: LakePlace,
  stream: StreamName,
  hour: HourId,
  wanted: { readonly id: string; readonly partition?: number | undefined },
): Promise<FoundInHour> {
  const { files, quarantined, digest, sealed } = await listHour(place, stream, hour)
  const mine = [...files, ...quarantined].filter(
    ({ partition }) => wanted.partition === undefined || partition === wanted.partition,
  )
  const records: FoundRecord[] = []
  const unreadable: string[] = []
  for (const file of mine) {
    try {
      for (const { index, record } of recordsIn(await place.store.read(file.path), file.path, wanted.id)) {
        const from = await commitOf(place, stream, hour, file, index)
        const { path, partition } = file
        records.push({ hour, path, partition, index, quarantined: quarantined.includes(file), record, ...from })
      }
    } catch (error) {
      if (!isAppError(error, 'corrupt')) throw error
      unreadable.push(error.message)
    }
  }
  const bytes = mine.reduce((sum, file) => sum + file.bytes, 0)
  return { digest, sealed, records, files: mine.length, bytes, unreadable }
}

/** Records of a container file whose `id` it is. */
function* recordsIn(
  bytes: Uint8Array,
  path: string,
  id: string,
): Generator<{ readonly index: number; readonly record: Record<string, unknown> }> {
  const container = readContainer(bytes, path)
  const type = avro.Type.forSchema(container.schema as avro.Schema)
  const idBytes = Buffer.from(id)
  let first = 0
  for (const block of container.blocks()) {
    const data = Buffer.from(openBlock(container, block))
    if (data.includes(idBytes)) {
      let at = 0
      for (let i = 0; i < block.count; i++) {
        const { value, offset } = type.decode(data, at)
        at = offset
        if (value.id === id) yield { index: first + i, record: value }
      }
    }
    first += block.count
  }
}

/**
 * The commit that brought the record, and its offset where that is certain: when the commit has one file, and every offset of it is a
 * record, the place in the file is the offset.
 */
async function commitOf(
  place: LakePlace,
  stream: StreamName,
  hour: HourId,
  file: RecordFile,
  index: number,
): Promise<Pick<FoundRecord, 'from' | 'to' | 'commit'>> {
  const { partition, from, to, indexInIt } = originalAt(await originalsOf(place, stream, hour, file), index)
  const entry = await readEntry({ ...place, stream }, partition, from)
  const { writer, committedAt } = entry
  const commit = { path: place.layout.commitFile(stream, partition, from), writer, committedAt }
  const isDense = entry.files.length === 1 && entry.records === to - from
  return isDense ? { from: from + indexInIt, to: from + indexInIt + 1, commit } : { from, to, commit }
}

/** Compacting puts its files one behind the other, in the order of their offsets, record for record. */
function originalAt(originals: readonly Original[], index: number): Original & { readonly indexInIt: number } {
  let before = 0
  for (const original of originals.toSorted((a, b) => a.from - b.from)) {
    const records = original.records ?? Number.POSITIVE_INFINITY
    if (index < before + records) return { ...original, indexInIt: index - before }
    before += records
  }
  throw new AppError('internal', `record ${index} is behind the ${before} that its file was made of`)
}
