/**
 * What the lake has, as its directories say. The digest of an hour is what its views are made from: an hour whose digest has
 * changed is stale.
 *
 * Invariants: the digest depends on what the archive wrote (names, lengths) and on what of it is quarantined or has vanished
 * (lake/settle.ts leaves a note for that): a seal, a stranger's file, a compaction do not change it. A file whose range of offsets lies within another's of the same partition is left out: it
 * is what a compaction has not deleted yet (lake/layout.ts says why that is right).
 */
import { createHash } from 'node:crypto'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { addContents, contentsOf } from './contents.ts'
import type { FileInfo, FileStore } from './file-store.ts'
import { type HourRange, type OnStranger, type SeenHour, walkHourDirs } from './hour-dirs.ts'
import {
  type Layout,
  parseForeignName,
  parseMissingName,
  parseQuarantinedName,
  parseRecordFileName,
  type RecordFileName,
  recordFileName,
} from './layout.ts'

export interface LakePlace {
  readonly store: FileStore
  readonly layout: Layout
}

export interface RecordFile extends RecordFileName {
  readonly path: string
  readonly bytes: number
}

/** A record file of the log that cannot be counted. */
export interface LackingFile extends RecordFile {
  /** Its bytes are not in the hour's directory; `path` is the note's. Otherwise they proved corrupt and were set aside. */
  readonly vanished?: true
  /** Nobody set it aside: a look at the hour found that it is not what the log says, and left a note of that. */
  readonly noted?: true
}

export interface HourListing {
  /** By name, so by partition in text order and then by offset. */
  readonly files: readonly RecordFile[]
  /** What the hour lacks: files that proved corrupt and were set aside, and files that vanished. `path` is where they are now. */
  readonly quarantined: readonly LackingFile[]
  /** Set aside because no commit knows them: never counted, and nothing that the hour lacks. `path` is where they are now. */
  readonly foreign: readonly RecordFile[]
  /** What other files hold as well: left over by a compaction that was cut off, until the next one. */
  readonly covered: readonly RecordFile[]
  /** SHA-256, hexadecimal, of the contents (lake/contents.ts) of the files, and of those quarantined. */
  readonly digest: string
  /** What the digest would be with nothing quarantined; the same when nothing is. */
  readonly wholeDigest: string
  /** Of `files`. */
  readonly bytes: number
  /** There is a seal. Files may have come since. */
  readonly sealed: boolean
}

export const SEAL_NAME = '_SEALED'

/** The record files of an hour; none when there is no such hour. */
export async function listHour(place: LakePlace, stream: StreamName, hour: HourId): Promise<HourListing> {
  const dir = place.layout.hourDir(stream, hour)
  const infos = await listSteadily(place.store, dir)
  const { visible, hidden, foreign } = sortOut(dir, infos)
  const { kept: files, covered } = dropCovered(visible)
  const quarantined = hidden.filter((file) => !isHeldBy(file, files))
  const sum = sumOf(files)
  return {
    files,
    quarantined,
    foreign,
    covered,
    digest: digestOf(quarantined.length === 0 ? sum : `${sum} without ${sumOf(quarantined)}`),
    wholeDigest: digestOf(quarantined.length === 0 ? sum : sumOf(dropCovered([...files, ...quarantined]).kept)),
    bytes: files.reduce((total, file) => total + file.bytes, 0),
    sealed: infos.some((info) => info.name === SEAL_NAME),
  }
}

/** What the names in an hour's directory mean. */
function sortOut(dir: string, infos: readonly FileInfo[]) {
  const visible: RecordFile[] = []
  const foreign: RecordFile[] = []
  /** By name: several copies of one file, or a copy and a note that it is missing, are one file that is lacking. */
  const lacking = new Map<string, LackingFile>()
  /** The length that a file must have, by its name. */
  const lengths = new Map<string, number>()
  for (const { name, kind, bytes } of infos) {
    if (kind !== 'file') continue
    const path = `${dir}/${name}`
    const parts = parseRecordFileName(name)
    if (parts) visible.push({ ...parts, path, bytes })
    const note = parseMissingName(name)
    const missing = note && parseRecordFileName(note.name)
    if (note && missing) {
      lengths.set(note.name, note.bytes)
      lacking.set(note.name, { ...missing, path, bytes: note.bytes, vanished: true, noted: true })
    }
    const aside = parseQuarantinedName(name)
    const was = aside === undefined ? undefined : parseRecordFileName(aside)
    if (aside !== undefined && was) {
      const known = lacking.get(aside)
      // A note sorts before the copies. What the log says of the length is true, whatever length the copy has.
      if (!known) lacking.set(aside, { ...was, path, bytes })
      else if (known.vanished) lacking.set(aside, { ...was, path, bytes: known.bytes, noted: true })
    }
    const stranger = parseRecordFileName(parseForeignName(name) ?? '')
    if (stranger) foreign.push({ ...stranger, path, bytes })
  }
  // One of another length than the log says is not the file that is missing: it was cut off, or is still being copied back.
  const whole = visible.filter((file) => (lengths.get(recordFileName(file)) ?? file.bytes) === file.bytes)
  return { visible: whole, hidden: [...lacking.values()], foreign }
}

/**
 * A directory of several pages is read page by page, and what is renamed between two of them can be missed: it is listed until two
 * listings agree.
 */
async function listSteadily(store: FileStore, dir: string): Promise<readonly FileInfo[]> {
  let infos = await store.list(dir)
  for (let tries = 0; infos.length >= ONE_PAGE && tries < LISTINGS_MAX; tries += 1) {
    const again = await store.list(dir)
    if (again.length === infos.length && again.every(({ name }, i) => name === infos[i]!.name)) break
    infos = again
  }
  return infos
}

/** HDFS gives as many entries at once (`dfs.ls.limit`). */
const ONE_PAGE = 1_000
const LISTINGS_MAX = 5

/** Whether nothing was ever archived of the hour. One whose every file is quarantined has something to say. */
export function isEmpty({ files, quarantined }: HourListing): boolean {
  return files.length + quarantined.length === 0
}

/** Whether what `other` holds is all in `file`. Of two with one range the compacted one is taken. */
export function covers(file: RecordFileName, other: RecordFileName): boolean {
  if (file.partition !== other.partition || file.schema !== other.schema) return false
  if (file.from > other.from || file.to < other.to) return false
  return file.from < other.from || file.to > other.to || (file.contents ?? '') > (other.contents ?? '')
}

function dropCovered(files: readonly RecordFile[]): { kept: RecordFile[]; covered: RecordFile[] } {
  const kept: RecordFile[] = []
  const covered: RecordFile[] = []
  // Only a compacted file has a range wider than a commit's.
  const wide = files.filter(({ contents }) => contents !== undefined)
  for (const file of files) (wide.some((other) => covers(other, file)) ? covered : kept).push(file)
  return { kept, covered }
}

/**
 * Whether the files have all that this one had: a good copy has its name, it is covered by one, or it was compacted from those that
 * are there.
 */
export function isHeldBy(file: RecordFile, files: readonly RecordFile[]): boolean {
  const name = recordFileName(file)
  if (files.some((other) => recordFileName(other) === name || covers(other, file))) return true
  const parts = files.filter((other) => covers(file, other))
  return parts.length > 0 && sumOf(parts) === contentsOf(file)
}

/** The hours that have a directory, ascending. */
export async function listHours(
  place: LakePlace,
  stream: StreamName,
  range: HourRange = {},
  signal?: AbortSignal,
  onStranger?: OnStranger,
): Promise<HourId[]> {
  return (await walkHours(place, stream, range, signal, onStranger)).map(({ hour }) => hour)
}

/** The same, with when each hour's directory changed. */
export function walkHours(
  { store, layout }: LakePlace,
  stream: StreamName,
  range: HourRange = {},
  signal?: AbortSignal,
  onStranger?: OnStranger,
): Promise<SeenHour[]> {
  return walkHourDirs(store, layout.recordsDir(stream), range, signal, onStranger)
}

/** The digest of an hour that has exactly these files. */
export function digestOfFiles(files: readonly RecordFile[]): string {
  return digestOf(sumOf(dropCovered(files).kept))
}

function sumOf(files: readonly RecordFile[]): string {
  return addContents(files.map(contentsOf))
}

function digestOf(contents: string): string {
  return createHash('sha256').update(contents).digest('hex')
}
