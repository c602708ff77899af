/**
 * Holds an hour's directory against the commit log, and writes down in the directory what differs, so that from then on one listing
 * of the hour tells it (lake/listing.ts):
 *
 *   a file of the log that is not there           a note `_<name>.missing.<bytes>`
 *   a file of another length than the log says    it is set aside as quarantined, with such a note
 *   a file that no commit knows                   it is renamed to `_<name>.foreign`
 *
 * It costs one listing and the reading of the seal when nothing differs. The log is read only for what the caller names (`committed`)
 * and, when the files are not those that were sealed, for the offsets that the hour had.
 *
 * Invariants: nothing is deleted; each note means nothing as soon as the file is back; doing it twice, or two at once, does the same.
 * A file whose commit entry is lost is not foreign: it may be the only copy of its records, and a person decides (lake/accept-loss.ts).
 */
import { isAppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { lastEntry, readEntry } from './archive/commit-log.ts'
import { entryNameFrom, entryNames } from './archive/log-names.ts'
import { compactionOf } from './compact/log.ts'
import { mapBounded } from './concurrency.ts'
import { type EntryFile, type EntryOf, fileKey } from './entries.ts'
import { foreignName, missingName, parseRecordFileName, recordFileName } from './layout.ts'
import { digestOfFiles, type HourListing, isHeldBy, type LakePlace, listHour, type RecordFile } from './listing.ts'
import { type QuarantineNote, quarantine, renameToFree, writeNote } from './quarantine.ts'
import { readSeal, type Seal } from './sealing.ts'
import { writeWhole } from './temporary-files.ts'

export interface SettleOptions {
  /** Wall clock, ms. */
  readonly at: number
  /** Who looks: it stands in the notes. */
  readonly by: string
  /** Files that recent commits say the hour has. */
  readonly committed?: readonly EntryFile[] | undefined
  /** Offsets that the hour had when it was last looked at: for an hour whose seal vanished with its directory. */
  readonly had?: readonly OffsetSpan[] | undefined
}

export interface OffsetSpan {
  readonly partition: number
  readonly from: number
  readonly to: number
}

export interface Settled {
  /** The hour as its directory tells it now. */
  readonly listing: HourListing
  /** As it was written before: its digest is not the listing's when something came, vanished or was put back since. */
  readonly seal: Seal | undefined
}

export interface Settler {
  readonly place: LakePlace
  readonly entryOf: EntryOf
  readonly logger: Logger
  /** Part of a temporary name, another with each call. */
  readonly unique: () => string
}

const FILES_AT_ONCE = 8

/** @throws AppError `corrupt` when a commit entry cannot be read */
export async function settleHour(
  settler: Settler,
  stream: StreamName,
  hour: HourId,
  options: SettleOptions,
): Promise<Settled> {
  const { place } = settler
  const listing = await listHour(place, stream, hour)
  const seal = listing.sealed ? await readSeal(place, stream, hour) : undefined
  const { committed = [] } = options
  if (seal?.digest === listing.digest && committed.every((file) => isThere(listing, file))) return { listing, seal }

  const { damaged, foreign } = await strangersOf(settler, stream, hour, listing.files)
  const spans = seal && isAsSealed(listing, seal) ? [] : [...(seal?.partitions ?? []), ...(options.had ?? [])]
  const expected = [...committed, ...(await filesBetween(settler, stream, hour, spans))]
  const missing = await stillMissing(settler, stream, hour, unique(expected.filter((file) => !isThere(listing, file))))
  for (const { file, must } of damaged) await setAside(settler, stream, hour, file, must, options)
  for (const file of foreign) await hide(settler, stream, hour, file, options)
  for (const file of missing) await noteMissing(settler, stream, hour, file, options)
  const isChanged = damaged.length + foreign.length + missing.length > 0
  return { listing: isChanged ? await listHour(place, stream, hour) : listing, seal }
}

/** Whether the listing tells of the file: it is there, set aside, noted as missing, or compacted with others. */
function isThere({ files, quarantined }: HourListing, { name, bytes }: EntryFile): boolean {
  const parts = parseRecordFileName(name)
  // An entry with another name than ours has cannot be judged.
  return parts === undefined || isHeldBy({ ...parts, path: name, bytes }, [...files, ...quarantined])
}

/** Whether the files that were there when the hour was sealed are all there, whatever has come since. */
function isAsSealed({ files, quarantined }: HourListing, seal: Seal): boolean {
  const sealedTo = new Map(seal.partitions.map(({ partition, to }) => [partition, to]))
  const old = files.filter(({ partition, to }) => to <= (sealedTo.get(partition) ?? -1))
  return digestOfFiles([...old, ...quarantined]) === seal.wholeDigest
}

/** Files of the hour in commits that begin in the spans. */
async function filesBetween(
  settler: Settler,
  stream: StreamName,
  hour: HourId,
  spans: readonly OffsetSpan[],
): Promise<readonly EntryFile[]> {
  const found = await mapBounded(spans, FILES_AT_ONCE, async ({ partition, from, to }) => {
    const files: EntryFile[] = []
    for (let at = from; at < to; ) {
      const entry = await settler.entryOf(stream, partition, at)
      for (const file of entry?.files.values() ?? []) if (file.hour === hour) files.push(file)
      const next = entry ? entry.to : await entryNameFrom({ ...settler.place, stream }, partition, at + 1)
      if (next === undefined) break
      at = next
    }
    return files
  })
  return found.flat()
}

function unique(files: readonly EntryFile[]): readonly EntryFile[] {
  return [...new Map(files.map((file) => [file.name, file])).values()]
}

/**
 * Those that are really missing. A commit or a compaction may have been under way between the listing and now: a file that is still
 * under its temporary name will come; and the hour is listed again.
 */
async function stillMissing(
  { place }: Settler,
  stream: StreamName,
  hour: HourId,
  files: readonly EntryFile[],
): Promise<readonly EntryFile[]> {
  if (files.length === 0) return []
  const waiting = await mapBounded(
    files,
    FILES_AT_ONCE,
    async ({ temp }) => (await place.store.stat(temp)) !== undefined,
  )
  const again = await listHour(place, stream, hour)
  return files.filter((file, i) => !waiting[i] && !isThere(again, file))
}

interface Damaged {
  readonly file: RecordFile
  /** The length that the log says. */
  readonly must: number
}

/** Files whose length is not what the log says, and those that no commit knows. */
async function strangersOf(
  settler: Settler,
  stream: StreamName,
  hour: HourId,
  files: readonly RecordFile[],
): Promise<{ readonly damaged: readonly Damaged[]; readonly foreign: readonly RecordFile[] }> {
  const damaged: Damaged[] = []
  const foreign: RecordFile[] = []
  await mapBounded(files, FILES_AT_ONCE, async (file) => {
    const name = recordFileName(file)
    if (file.contents !== undefined) {
      // One that no compaction knows is left to whoever counts the hour: it may hold what its log has lost.
      const compacted = await compactionOf(settler.place, stream, hour, name)
      if (compacted && compacted.bytes !== file.bytes) damaged.push({ file, must: compacted.bytes })
      return
    }
    const entry = await settler.entryOf(stream, file.partition, file.from)
    const committed = entry?.files.get(fileKey(hour, name))
    if (!committed) {
      if (entry || !(await isOfLostEntry(settler.place, stream, file))) foreign.push(file)
    } else if (committed.bytes !== file.bytes) damaged.push({ file, must: committed.bytes })
  })
  return { damaged, foreign }
}

/** Whether the log has a hole where this file's entry must have been. */
export async function isOfLostEntry(
  place: LakePlace,
  stream: StreamName,
  { partition, from }: Pick<RecordFile, 'partition' | 'from'>,
): Promise<boolean> {
  const log = { ...place, stream }
  const starts = (await entryNames(log, partition)).map((one) => one.from)
  const before = starts.findLast((start) => start < from)
  try {
    // Behind the end: what the hint names may be what is gone, and then this throws.
    if (!starts.some((start) => start > from))
      return (await lastEntry(log, partition)) === undefined && starts.length > 0
    return before === undefined || (await readEntry(log, partition, before)).to <= from
  } catch (error) {
    // An entry that is gone, or cannot be understood, may be the one that lists it.
    if (isAppError(error, 'corrupt')) return true
    throw error
  }
}

async function setAside(
  { place, logger, unique: temporary }: Settler,
  stream: StreamName,
  hour: HourId,
  file: RecordFile,
  must: number,
  { at, by }: SettleOptions,
): Promise<void> {
  const name = recordFileName(file)
  const reason = `${file.path} has ${file.bytes} bytes, the archive's log says ${must}: it was cut off, or is another file`
  logger.error({ stream, hour, path: file.path, bytes: file.bytes, expected: must }, reason)
  // The note first: without it the length of what is lacking would be that of the damaged copy.
  await writeMissing(place, stream, hour, { name, bytes: must }, { reason, at, by }, temporary())
  await quarantine(place, stream, hour, file, { reason, at, by, records: null, unique: temporary() })
}

async function hide(
  { place, logger, unique: temporary }: Settler,
  stream: StreamName,
  hour: HourId,
  file: RecordFile,
  { at, by }: SettleOptions,
): Promise<void> {
  const name = recordFileName(file)
  const reason = `${file.path} is in no commit entry: it is no file of the archive`
  await writeNote(place, stream, hour, file, { reason, at, by, records: null }, temporary())
  const dir = place.layout.hourDir(stream, hour)
  const path = await renameToFree(place.store, file.path, (copy) => `${dir}/${foreignName(name, copy)}`)
  const todo = `'tendance quarantine discard ${path} --reason …' takes it out of the hour, 'tendance quarantine release ${path}' puts a file of another hour back there`
  logger.warn({ stream, hour, path }, `${reason}; it is hidden and not counted: ${todo}`)
}

async function noteMissing(
  { place, logger, unique: temporary }: Settler,
  stream: StreamName,
  hour: HourId,
  { name, bytes, records }: EntryFile,
  { at, by }: SettleOptions,
): Promise<void> {
  const path = `${place.layout.hourDir(stream, hour)}/${name}`
  const reason = `${path} has vanished: the archive's log says that it is there, with ${bytes} bytes and ${records} records`
  const todo = `restore it from a snapshot, or 'tendance accept-loss ${path} --reason …'`
  logger.error({ stream, hour, path, records }, `${reason}; ${todo}`)
  await writeMissing(place, stream, hour, { name, bytes }, { reason, at, by }, temporary())
}

/** Notes in the hour's directory, and for `tendance quarantine`, that a file of the log is not there. */
export async function writeMissing(
  place: LakePlace,
  stream: StreamName,
  hour: HourId,
  { name, bytes }: { readonly name: string; readonly bytes: number },
  note: QuarantineNote,
  temporary: string,
): Promise<void> {
  const parts = parseRecordFileName(name)
  if (!parts) return
  const dir = place.layout.hourDir(stream, hour)
  const file = { ...parts, path: `${dir}/${name}`, bytes }
  await writeNote(place, stream, hour, file, { ...note, records: null }, `${temporary}-note`)
  try {
    const chunks = [Buffer.from(`${note.reason}\n`)]
    await writeWhole(place.store, `${dir}/${missingName(name, bytes)}`, chunks, {
      tmpDir: place.layout.tmpDir(stream),
      unique: temporary,
    })
  } catch (error) {
    if (!isAppError(error, 'exists')) throw error
  }
}
