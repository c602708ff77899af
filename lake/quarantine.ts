/**
 * Quarantine: a record file that proved corrupt is hidden in the directory of its hour, so that the rest of the hour can be counted
 * and nobody forgets what it lacks. docs/adr/0041 has the argument.
 *
 *   1  write a note with the reason at `quarantine/2026/11/16/07/<name>.json`;
 *   2  rename the file to `_<name>.quarantined`, without clobbering: the atomic step.
 *
 * Invariants: nothing is deleted or changed; an hour's listing alone tells what is quarantined (lake/listing.ts), so its digest does
 * too; a note without its file means nothing. Restoring is the same rename back.
 */
import { z } from 'zod'
import { AppError, isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, parseHour } from '../model/time.ts'
import type { RecordsOf } from './account.ts'
import { type Decision, readDecision } from './decisions.ts'
import type { FileStore } from './file-store.ts'
import { walkHourDirs } from './hour-dirs.ts'
import {
  parseForeignName,
  parseMissingName,
  parseQuarantinedName,
  parseRecordFileName,
  quarantinedName,
  recordFileName,
} from './layout.ts'
import { type HourListing, type LakePlace, listHour, type RecordFile } from './listing.ts'
import { writeWhole } from './temporary-files.ts'

const noteJson = z.object({
  version: z.literal(1),
  /** Why, with block and byte where they are known. */
  reason: z.string(),
  /** Wall clock, ms. */
  at: z.int(),
  by: z.string(),
  /** As the log has it; null when the log does not know the file. */
  records: z.int().nullable(),
  bytes: z.int(),
})

export interface QuarantineNote {
  readonly reason: string
  readonly at: number
  readonly by: string
}

export interface QuarantinedFile {
  readonly hour: HourId
  /** Where it is now. */
  readonly path: string
  /** The name that it had in the hour's directory, and gets again when it is restored. */
  readonly name: string
  readonly partition: number
  /** Its range of offsets. */
  readonly from: number
  readonly to: number
  readonly bytes: number
  /** How many records the hour lacks by it, as the archive's log says. */
  readonly records: number
  /** null: the note was lost. */
  readonly note: QuarantineNote | null
  /** It is not there any more: `path` is the note's that says so. */
  readonly vanished: boolean
  /** A person has accepted that it is lost. */
  readonly accepted: Decision | null
  /** No commit knows it: nothing is lacking by it (`records` is 0). */
  readonly foreign: boolean
}

/**
 * The quarantined files of a listing, with what each holds: what is missing of the hour. One that the log does not know is foreign:
 * the hour lacks nothing by it, so it must not stop the hour.
 */
export async function quarantinedOf(
  place: LakePlace,
  stream: StreamName,
  hour: HourId,
  { files, quarantined }: Pick<HourListing, 'files' | 'quarantined'>,
  recordsOf: RecordsOf,
): Promise<readonly QuarantinedFile[]> {
  const found: QuarantinedFile[] = []
  for (const file of quarantined) {
    let records = await recordsOf(stream, hour, file).catch(undefinedIfCorrupt)
    const foreign = records === undefined
    records ??= 0
    // A compacted file whose sources are still there in part: only the others are missing.
    for (const part of foreign ? [] : files) {
      if (isWithin(part, file)) records -= await recordsOf(stream, hour, part)
    }
    const { path, partition, from, to, bytes } = file
    const name = recordFileName(file)
    const note = await readNote(place, place.layout.quarantineNote(stream, hour, name))
    const accepted = await readDecision(place, place.layout.fileDecision(stream, 'losses', hour, name))
    const vanished = file.vanished === true
    found.push({ hour, path, name, partition, from, to, bytes, records, note, vanished, accepted, foreign })
  }
  return found
}

/** What is not known is not counted: it must not stop the hour. */
function undefinedIfCorrupt(error: unknown): undefined {
  if (!isAppError(error, 'corrupt')) throw error
}

function isWithin(part: RecordFile, file: RecordFile): boolean {
  return part.partition === file.partition && part.from >= file.from && part.to <= file.to
}

export interface QuarantineOptions extends QuarantineNote {
  /** As the log has it; null when the log does not know the file. */
  readonly records: number | null
  /** Part of a temporary name that nobody else uses. */
  readonly unique: string
}

/**
 * Hides a file of the hour. The caller has made sure that the file itself is corrupt. Resolves to where it is then; undefined: it
 * is not there any more (another has quarantined or compacted it).
 */
export async function quarantine(
  place: LakePlace,
  stream: StreamName,
  hour: HourId,
  file: RecordFile,
  options: QuarantineOptions,
): Promise<string | undefined> {
  const { store, layout } = place
  const { unique, ...note } = options
  const name = recordFileName(file)
  const dir = layout.hourDir(stream, hour)
  await writeNote(place, stream, hour, file, note, unique)
  return renameToFree(store, `${dir}/${name}`, (copy) => `${dir}/${quarantinedName(name, copy)}`)
}

/** Writes why a file of the hour cannot be counted, in place of an earlier note. */
export async function writeNote(
  { store, layout }: LakePlace,
  stream: StreamName,
  hour: HourId,
  file: RecordFile,
  note: QuarantineNote & { readonly records: number | null },
  unique: string,
): Promise<void> {
  const { reason, at, by, records } = note
  const bytes = jsonOf({ version: 1, reason, at, by, records, bytes: file.bytes })
  const path = layout.quarantineNote(stream, hour, recordFileName(file))
  await writeWhole(store, path, [bytes], { tmpDir: layout.tmpDir(stream), unique, replace: true })
}

/** Renames to the first of the targets that is free. undefined: there is nothing to rename, and another has not done it either. */
export async function renameToFree(
  store: FileStore,
  from: string,
  targetOf: (copy: number) => string,
): Promise<string | undefined> {
  for (let copy = 1; ; copy += 1) {
    const target = targetOf(copy)
    try {
      await store.renameNoClobber(from, target)
      return target
    } catch (error) {
      if (isAppError(error, 'exists') && copy < COPIES_MAX) continue
      if (!isAppError(error, 'not-found')) throw error
      return (await store.stat(target)) ? target : undefined
    }
  }
}

/** More good copies of one file that went bad than anybody will make. */
const COPIES_MAX = 100

/** Everything that is quarantined, vanished or foreign, hours ascending: found by the notes. */
export async function listQuarantine(
  place: LakePlace,
  stream: StreamName,
  recordsOf: RecordsOf,
): Promise<readonly QuarantinedFile[]> {
  const found: QuarantinedFile[] = []
  for (const { hour } of await walkHourDirs(place.store, place.layout.quarantineDir(stream))) {
    const listing = await listHour(place, stream, hour)
    found.push(...(await quarantinedOf(place, stream, hour, listing, recordsOf)))
    for (const { path, partition, from, to, bytes, ...file } of listing.foreign) {
      const name = recordFileName({ partition, from, to, ...file })
      const note = await readNote(place, place.layout.quarantineNote(stream, hour, name))
      const where = { hour, path, name, partition, from, to, bytes }
      found.push({ ...where, records: 0, note, vanished: false, accepted: null, foreign: true })
    }
  }
  return found
}

/**
 * Puts a quarantined file back to its place, and deletes its note. Whoever mended it has written it under its quarantined path.
 * @throws AppError `not-found` when there is none, `exists` when its place is taken
 */
export async function restoreQuarantined(
  place: LakePlace,
  stream: StreamName,
  hour: HourId,
  name: string,
): Promise<string> {
  const { store, layout } = place
  const dir = layout.hourDir(stream, hour)
  await store.renameNoClobber(`${dir}/${quarantinedName(name)}`, `${dir}/${name}`)
  await store.delete(layout.quarantineNote(stream, hour, name))
  return `${dir}/${name}`
}

/** The record file that a path means, be it quarantined or not; undefined when the path is of no record file. */
export function recordFileAt(path: string): { readonly hour: HourId; readonly name: string } | undefined {
  const match = /\/records\/(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\/([^/]+)$/.exec(path)
  if (!match) return undefined
  const [, year, month, day, hour, last = ''] = match
  const name = parseQuarantinedName(last) ?? parseMissingName(last)?.name ?? parseForeignName(last) ?? last
  if (!parseRecordFileName(name)) return undefined
  return { hour: parseHour(`${year}-${month}-${day}T${hour}`), name }
}

async function readNote({ store }: LakePlace, path: string): Promise<QuarantineNote | null> {
  try {
    const { reason, at, by } = noteJson.parse(JSON.parse((await store.read(path)).toString()))
    return { reason, at, by }
  } catch (error) {
    // The note is for people; without it the file is quarantined all the same.
    if (error instanceof AppError && error.code !== 'not-found') throw error
    return null
  }
}

function jsonOf(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 1)}\n`)
}
