/** The compaction log of an hour: its entries, and what a compacted file was made from. */
import { AppError, isAppError } from '../../model/errors.ts'
import type { StreamName } from '../../model/streams/stream.ts'
import type { HourId } from '../../model/time.ts'
import { parseRecordFileName, recordFileName } from '../layout.ts'
import type { LakePlace, RecordFile } from '../listing.ts'
import { type CompactedFile, type CompactionEntry, decodeCompaction } from './entry.ts'

const ENTRY_NAME = /^(\d{6})\.json$/

/** How many compactions the hour has had: the sequence of the last entry, 0 without one. */
export async function lastSequence({ store, layout }: LakePlace, stream: StreamName, hour: HourId): Promise<number> {
  const infos = await store.list(layout.compactionsDir(stream, hour))
  return infos.reduce((last, { name }) => Math.max(last, Number(ENTRY_NAME.exec(name)?.[1] ?? 0)), 0)
}

/** @throws AppError `not-found`, `corrupt` */
export async function readCompaction(
  { store, layout }: LakePlace,
  stream: StreamName,
  hour: HourId,
  sequence: number,
): Promise<CompactionEntry> {
  const path = layout.compactionFile(stream, hour, sequence)
  const entry = decodeCompaction(await store.read(path), path)
  if (entry.stream === stream && entry.hour === hour && entry.sequence === sequence) return entry
  throw new AppError('corrupt', `${path} holds compaction ${entry.sequence} of ${entry.stream} ${entry.hour}`, {
    facts: { path },
  })
}

/** A file of the archive, where it is or was. */
export interface Original extends RecordFile {
  /** As its compaction says; undefined for a file that is not compacted: its commit says. */
  readonly records: number | undefined
}

/**
 * What the archive wrote of a record file: the file itself, or what it was compacted from. Quarantined files are asked for in the
 * same way.
 * @throws AppError `corrupt` when no compaction knows the file
 */
export async function originalsOf(
  place: LakePlace,
  stream: StreamName,
  hour: HourId,
  file: RecordFile,
): Promise<readonly Original[]> {
  const name = recordFileName(file)
  const dir = place.layout.hourDir(stream, hour)
  if (file.contents === undefined) return [{ ...file, path: `${dir}/${name}`, records: undefined }]
  const found = await compactionOf(place, stream, hour, name)
  if (found) {
    return found.originals.map((each) => ({
      ...parseRecordFileName(each.name)!,
      path: `${dir}/${each.name}`,
      bytes: each.bytes,
      records: each.records,
    }))
  }
  throw new AppError(
    'corrupt',
    `${file.path} is in no compaction's entry: was ${place.layout.compactionsDir(stream, hour)} deleted?`,
    {
      facts: { path: file.path },
    },
  )
}

/** What the hour's compaction log says of a compacted file; undefined: no compaction knows it. @throws AppError `corrupt` */
export async function compactionOf(
  place: LakePlace,
  stream: StreamName,
  hour: HourId,
  name: string,
): Promise<CompactedFile | undefined> {
  for (let sequence = await lastSequence(place, stream, hour); sequence > 0; sequence -= 1) {
    let entry: CompactionEntry
    try {
      entry = await readCompaction(place, stream, hour, sequence)
    } catch (error) {
      if (isAppError(error, 'not-found')) return undefined
      throw error
    }
    const found = entry.files.find((each) => each.name === name)
    if (found) return found
  }
  return undefined
}
