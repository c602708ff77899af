/**
 * What the lake has, as its directories say. The digest of an hour is what its views are made from: an hour whose digest has
 * changed is stale.
 *
 * Invariant: the digest depends on the names and lengths of the record files alone; a seal or a stranger's file does not change it.
 */
import { createHash } from 'node:crypto'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, parseHour } from '../model/time.ts'
import { mapBounded } from './concurrency.ts'
import type { FileInfo, FileStore } from './file-store.ts'
import { type Layout, parseRecordFileName, type RecordFileName } from './layout.ts'

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
  /** SHA-256, hexadecimal, of the names and lengths. */
  readonly digest: string
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
  const infos = await place.store.list(dir)
  const files: RecordFile[] = []
  for (const { name, kind, bytes } of infos) {
    const parts = kind === 'file' ? parseRecordFileName(name) : undefined
    if (parts) files.push({ ...parts, path: `${dir}/${name}`, bytes })
  }
  return {
    files,
    digest: digestOf(files),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    sealed: infos.some((info) => info.name === SEAL_NAME),
  }
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
  const root = place.layout.recordsDir(stream)
  let prefixes: readonly string[] = ['']
  for (const level of LEVELS) {
    const below = await mapBounded(prefixes, LISTINGS_AT_ONCE, async (prefix) => {
      signal?.throwIfAborted()
      const infos = await place.store.list(prefix === '' ? root : `${root}/${prefix.replaceAll(/[-T]/g, '/')}`)
      return namesOf(infos, level.digits)
        .map((name) => `${prefix}${level.separator}${name}`)
        .filter((text) => touches(text, range))
    })
    prefixes = below.flat()
  }
  return prefixes.map(parseHour).sort()
}

/** `2026`, `2026-11`, `2026-11-16`, `2026-11-16T07`. */
const LEVELS = [
  { digits: 4, separator: '' },
  { digits: 2, separator: '-' },
  { digits: 2, separator: '-' },
  { digits: 2, separator: 'T' },
] as const

function namesOf(infos: readonly FileInfo[], digits: number): string[] {
  return infos
    .filter(({ kind, name }) => kind === 'directory' && name.length === digits && /^\d+$/.test(name))
    .map(({ name }) => name)
}

/** Whether an hour whose text begins with `prefix` can lie in [from, to): hours sort as text, so prefixes do. */
function touches(prefix: string, { from, to }: HourRange): boolean {
  if (from !== undefined && prefix < from.slice(0, prefix.length)) return false
  return to === undefined || prefix + FIRST_HOUR.slice(prefix.length) < to
}

const FIRST_HOUR = '0000-01-01T00'

function digestOf(files: readonly RecordFile[]): string {
  const hash = createHash('sha256')
  for (const { path, bytes } of files) hash.update(`${path.slice(path.lastIndexOf('/') + 1)} ${bytes}\n`)
  return hash.digest('hex')
}
