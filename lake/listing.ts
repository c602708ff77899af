/**
 * What the lake has, as its directories say. The digest of an hour is what its views are made from: an hour whose digest has
 * changed is stale.
 *
 * Invariants: the digest depends on what the archive wrote (names, lengths) and on what of it is quarantined: a seal, a stranger's
 * file, a compaction do not change it. A file whose range of offsets lies within another's of the same partition is left out: it
 * is what a compaction has not deleted yet (lake/layout.ts says why that is right).
 */
import { createHash } from 'node:crypto'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, parseHour } from '../model/time.ts'
import { mapBounded } from './concurrency.ts'
import { addContents, contentsOf } from './contents.ts'
import type { FileInfo, FileStore } from './file-store.ts'
import {
  type Layout,
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

export interface HourListing {
  /** By name, so by partition in text order and then by offset. */
  readonly files: readonly RecordFile[]
  /** Proved corrupt and set aside: what the hour lacks. `path` is where they are now. */
  readonly quarantined: readonly RecordFile[]
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

export interface HourRange {
  /** First hour; from the beginning when it is left out. */
  readonly from?: HourId | undefined
  /** First hour behind it; to the end when it is left out. */
  readonly to?: HourId | undefined
}

export const SEAL_NAME = '_SEALED'

/** Listings under way at once: a year of days is 365 of them, and HDFS answers 1,000 to 2,000 a second. */
const LISTINGS_AT_ONCE = 24

/** The record files of an hour; none when there is no such hour. */
export async function listHour(place: LakePlace, stream: StreamName, hour: HourId): Promise<HourListing> {
  const dir = place.layout.hourDir(stream, hour)
  const infos = await listSteadily(place.store, dir)
  const visible: RecordFile[] = []
  const hidden: RecordFile[] = []
  for (const { name, kind, bytes } of infos) {
    if (kind !== 'file') continue
    const parts = parseRecordFileName(name)
    if (parts) visible.push({ ...parts, path: `${dir}/${name}`, bytes })
    const was = parseRecordFileName(parseQuarantinedName(name) ?? '')
    // Several copies of one file are one that is missing.
    if (was && !isSameFile(hidden.at(-1), was)) hidden.push({ ...was, path: `${dir}/${name}`, bytes })
  }
  const { kept: files, covered } = dropCovered(visible)
  const quarantined = hidden.filter((file) => !isHeldBy(file, files))
  const sum = sumOf(files)
  return {
    files,
    quarantined,
    covered,
    digest: digestOf(quarantined.length === 0 ? sum : `${sum} without ${sumOf(quarantined)}`),
    wholeDigest: digestOf(quarantined.length === 0 ? sum : sumOf(dropCovered([...files, ...quarantined]).kept)),
    bytes: files.reduce((total, file) => total + file.bytes, 0),
    sealed: infos.some((info) => info.name === SEAL_NAME),
  }
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
  if (file.partition !== other.partition || file.from > other.from || file.to < other.to) return false
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

/** By name: copies stand together in a listing. */
function isSameFile(one: RecordFileName | undefined, other: RecordFileName): boolean {
  return one !== undefined && recordFileName(one) === recordFileName(other)
}

/**
 * Whether the files have all that this one had: a good copy has its name, it is covered by one, or it was compacted from those that
 * are there.
 */
function isHeldBy(file: RecordFile, files: readonly RecordFile[]): boolean {
  const name = recordFileName(file)
  if (files.some((other) => recordFileName(other) === name || covers(other, file))) return true
  const parts = files.filter((other) => covers(file, other))
  return parts.length > 0 && sumOf(parts) === contentsOf(file)
}

/**
 * The hours that have a directory, ascending. Walks years, months and days and enters only those that the range touches; hours
 * themselves are not listed.
 */
export async function listHours(
  place: LakePlace,
  stream: StreamName,
  range: HourRange = {},
  signal?: AbortSignal,
): Promise<HourId[]> {
  return (await walkHours(place, stream, range, signal)).map(({ hour }) => hour)
}

/** An hour's directory as a walk saw it. */
export interface SeenHour {
  readonly hour: HourId
  /** Milliseconds since 1970 UTC by the store's clock: when a file came, went or was renamed in it. */
  readonly changedAt: number
}

/** The same, with when each hour's directory changed: it stands in the listing of the day. */
export async function walkHours(
  place: LakePlace,
  stream: StreamName,
  range: HourRange = {},
  signal?: AbortSignal,
): Promise<SeenHour[]> {
  const root = place.layout.recordsDir(stream)
  let seen: readonly { readonly text: string; readonly changedAt: number }[] = [{ text: '', changedAt: 0 }]
  for (const { digits, separator } of LEVELS) {
    const below = await mapBounded(seen, LISTINGS_AT_ONCE, async ({ text }) => {
      signal?.throwIfAborted()
      const infos = await place.store.list(text === '' ? root : `${root}/${text.replaceAll(/[-T]/g, '/')}`)
      return directoriesIn(infos, digits)
        .map(({ name, modifiedAt }) => ({ text: `${text}${separator}${name}`, changedAt: modifiedAt }))
        .filter((one) => touches(one.text, range))
    })
    seen = below.flat()
  }
  return seen
    .map(({ text, changedAt }) => ({ hour: parseHour(text), changedAt }))
    .sort((a, b) => (a.hour < b.hour ? -1 : 1))
}

/** `2026`, `2026-11`, `2026-11-16`, `2026-11-16T07`. */
const LEVELS = [
  { digits: 4, separator: '' },
  { digits: 2, separator: '-' },
  { digits: 2, separator: '-' },
  { digits: 2, separator: 'T' },
] as const

/** Directories whose name is a number of so many digits. */
export function directoriesIn(infos: readonly FileInfo[], digits: number): readonly FileInfo[] {
  return infos.filter(({ kind, name }) => kind === 'directory' && name.length === digits && /^\d+$/.test(name))
}

/** Whether an hour whose text begins with `prefix` can lie in [from, to): hours sort as text, so prefixes do. */
function touches(prefix: string, { from, to }: HourRange): boolean {
  if (from !== undefined && prefix < from.slice(0, prefix.length)) return false
  return to === undefined || prefix + FIRST_HOUR.slice(prefix.length) < to
}

const FIRST_HOUR = '0000-01-01T00'

function sumOf(files: readonly RecordFile[]): string {
  return addContents(files.map(contentsOf))
}

function digestOf(contents: string): string {
  return createHash('sha256').update(contents).digest('hex')
}
