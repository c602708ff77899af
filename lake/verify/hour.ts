/**
 * One hour against the commit log and the compaction log: every file that the log lists is in the hour's directory with its length,
 * by itself or in a compacted file whose entry names it; nothing else is there; the seal says the same. Reads only.
 *
 * What commits and compactions do meanwhile looks like damage for a moment, so an hour with findings is looked at once more.
 */
import { isAppError } from '../../model/errors.ts'
import type { StreamName } from '../../model/streams/stream.ts'
import type { HourId } from '../../model/time.ts'
import type { Damage, VerifyCounts } from '../../model/verify.ts'
import { compactionOf } from '../compact/log.ts'
import { mapBounded } from '../concurrency.ts'
import { readDecision } from '../decisions.ts'
import { type EntryFile, fileKey } from '../entries.ts'
import {
  parseForeignName,
  parseMissingName,
  parseQuarantinedName,
  parseRecordFileName,
  recordFileName,
} from '../layout.ts'
import { covers, type HourListing, listHour, type RecordFile, SEAL_NAME } from '../listing.ts'
import { readSeal, type Seal } from '../sealing.ts'
import { isOfLostEntry, type Settler } from '../settle.ts'
import { verifyFile } from './file.ts'

export interface HourOptions {
  readonly deep: boolean
  readonly signal?: AbortSignal | undefined
}

/** What the ledger says of the hour. */
export interface LedgerSays {
  readonly standing: 'open' | 'sealed' | 'lacking'
  readonly digest: string
}

interface Found {
  readonly counts: VerifyCounts
  readonly damages: readonly Damage[]
}

const FILES_AT_ONCE = 8
const DEEP_FILES_AT_ONCE = 4

/** `expected`: what the commit log lists for the hour. */
export async function verifyHour(
  settler: Settler,
  stream: StreamName,
  hour: HourId,
  expected: readonly EntryFile[],
  options: HourOptions & { readonly ledger?: LedgerSays | undefined },
): Promise<Found> {
  const first = await look(settler, stream, hour, expected, options)
  return first.damages.length === 0 ? first : look(settler, stream, hour, expected, options)
}

async function look(
  settler: Settler,
  stream: StreamName,
  hour: HourId,
  expected: readonly EntryFile[],
  { deep, signal, ledger }: HourOptions & { readonly ledger?: LedgerSays | undefined },
): Promise<Found> {
  const { place } = settler
  const { layout } = place
  const damages: Damage[] = []
  const add = (damage: Omit<Damage, 'hour'>) => damages.push({ hour, ...damage })
  const listing = await listHour(place, stream, hour)
  const known = new Map(expected.map((file) => [file.name, file]))
  /** Names of the archive's files whose records are there, and of those that are told to be lacking. */
  const held = new Set<string>()
  const lacking = new Set<string>()
  let records = 0
  /** Every file is one that a log knows: then the seal can be held against what they have. */
  let isCounted = true

  await mapBounded(listing.files, deep ? DEEP_FILES_AT_ONCE : FILES_AT_ONCE, async (file) => {
    signal?.throwIfAborted()
    const own = await holdings(settler, stream, hour, file, known)
    damages.push(...own.damages)
    for (const name of own.holds) held.add(name)
    if (own.records === null) isCounted = false
    records += own.records ?? 0
    if (deep && own.records !== null && own.damages.length === 0)
      damages.push(...(await verifyFile(place, stream, hour, file, own.records, signal)))
  })
  for (const file of listing.quarantined) {
    const name = recordFileName(file)
    const compacted = file.contents === undefined ? undefined : await compactionOf(place, stream, hour, name)
    const all = compacted ? compacted.originals.map((original) => original.name) : [name]
    for (const one of all) lacking.add(one)
    if (file.vanished) continue
    const lost = all.reduce((sum, one) => sum + (known.get(one)?.records ?? 0), 0)
    const todo = `write a good copy there and 'tendance quarantine restore ${file.path}', or 'tendance quarantine discard ${file.path} --reason …' and then accept the loss`
    add({
      kind: 'quarantined',
      path: file.path,
      records: lost,
      what: `${file.path} proved corrupt and is set aside`,
      todo,
    })
  }
  for (const file of expected) {
    if (held.has(file.name) || (lacking.has(file.name) && !isVanished(listing, file.name))) continue
    if (await readDecision(place, layout.fileDecision(stream, 'losses', hour, file.name))) continue
    // The commit is made and not finished: whoever archives next does that.
    if (await place.store.stat(file.temp)) continue
    const path = `${layout.hourDir(stream, hour)}/${file.name}`
    const what = `${path} is not there, which the commit log lists with ${file.bytes} bytes and ${file.records} records`
    const todo = `restore it from a snapshot, or 'tendance accept-loss ${path} --reason …'`
    add({ kind: 'missing', path, records: file.records, what, todo })
  }
  for (const { path } of listing.foreign) add(foreign(path))
  damages.push(...(await strangersIn(settler, stream, hour)))
  damages.push(...(await verifySeal(settler, stream, hour, { listing, records: isCounted ? records : null, ledger })))
  const { files, bytes } = listing
  return { damages, counts: { hours: 1, files: files.length, records, bytes } }
}

function isVanished({ quarantined }: HourListing, name: string): boolean {
  return quarantined.some((file) => file.vanished && recordFileName(file) === name)
}

function foreign(path: string): Omit<Damage, 'hour'> {
  const todo = `'tendance quarantine release ${path}' puts it where the log lists it, 'tendance quarantine discard ${path} --reason …' takes it out of the hour`
  return { kind: 'foreign', path, records: null, what: `${path} is in no commit entry: it is not counted`, todo }
}

/** What a visible file holds of the archive's files, and what is wrong with it. */
async function holdings(
  settler: Settler,
  stream: StreamName,
  hour: HourId,
  file: RecordFile,
  known: ReadonlyMap<string, EntryFile>,
): Promise<{
  readonly holds: readonly string[]
  readonly records: number | null
  readonly damages: readonly Damage[]
}> {
  const name = recordFileName(file)
  const { path } = file
  const damage = (one: Omit<Damage, 'hour' | 'path'>) => ({
    holds: [name],
    records: 0,
    damages: [{ hour, path, ...one }],
  })
  const tooLong = (must: number, records: number) => {
    const what = `${path} has ${file.bytes} bytes, the log says ${must}: it was cut off, or is another file`
    const todo = `'tendance quarantine add ${path}' sets it aside, so that its hour says what it lacks; restore it from a snapshot`
    return damage({ kind: 'length', records, what, todo })
  }
  if (file.contents === undefined) {
    const listed = known.get(name) ?? (await listedNow(settler, stream, hour, file))
    if (!listed) {
      // The log's own look tells of the entry that is lost; this file is what it can be made anew from.
      const isOrphan =
        (await entryIsThere(settler, stream, file)) || !(await isOfLostEntry(settler.place, stream, file))
      return isOrphan
        ? { holds: [], records: 0, damages: [{ hour, ...foreign(path) }] }
        : { holds: [name], records: null, damages: [] }
    }
    if (listed.bytes !== file.bytes) return tooLong(listed.bytes, listed.records)
    return { holds: [name], records: listed.records, damages: [] }
  }
  const compacted = await compactionOf(settler.place, stream, hour, name)
  if (!compacted) {
    const what = `${path} is in no compaction's entry: nothing tells what it was made from`
    const todo = `restore ${settler.place.layout.compactionsDir(stream, hour)} from a snapshot; the file itself is counted`
    // What the log has in its range is in it, as far as anybody knows.
    const within = [...known.values()].filter((one) => covers(file, parseRecordFileName(one.name) ?? file))
    const records = within.reduce((sum, one) => sum + one.records, 0)
    const holds = within.map((one) => one.name)
    return { holds, records, damages: [{ hour, path, kind: 'compaction-lost', records: null, what, todo }] }
  }
  if (compacted.bytes !== file.bytes) return tooLong(compacted.bytes, compacted.records)
  const off = compacted.originals.find((one) => {
    const listed = known.get(one.name)
    return listed && (listed.bytes !== one.bytes || listed.records !== one.records)
  })
  const holds = compacted.originals.map((one) => one.name)
  if (!off) return { holds, records: compacted.records, damages: [] }
  const what = `the compaction that made ${path} has other bytes or records of ${off.name} than the commit log`
  const todo = `compare both logs with a snapshot; 'tendance verify --deep' counts what the file has`
  return {
    holds,
    records: compacted.records,
    damages: [{ hour, path, kind: 'compaction-differs', records: null, what, todo }],
  }
}

/** An entry that can be read, or one that cannot. */
async function entryIsThere(
  { entryOf }: Settler,
  stream: StreamName,
  { partition, from }: RecordFile,
): Promise<boolean> {
  try {
    return (await entryOf(stream, partition, from)) !== undefined
  } catch (error) {
    if (isAppError(error, 'corrupt')) return false
    throw error
  }
}

/** One that was committed since the log was read. */
async function listedNow({ entryOf }: Settler, stream: StreamName, hour: HourId, file: RecordFile) {
  const entry = await entryOf(stream, file.partition, file.from).catch((error: unknown) => {
    // The log's own look tells of an entry that cannot be understood.
    if (isAppError(error, 'corrupt')) return undefined
    throw error
  })
  return entry?.files.get(fileKey(hour, recordFileName(file)))
}

/** Files and directories in the hour's directory whose names mean nothing. */
async function strangersIn({ place }: Settler, stream: StreamName, hour: HourId): Promise<readonly Damage[]> {
  const dir = place.layout.hourDir(stream, hour)
  return (await place.store.list(dir)).flatMap(({ name, kind }): Damage[] => {
    if (kind === 'file' && isOurs(name)) return []
    const path = `${dir}/${name}`
    return [strayAt(path, hour)]
  })
}

function isOurs(name: string): boolean {
  if (name === SEAL_NAME) return true
  const record = parseQuarantinedName(name) ?? parseMissingName(name)?.name ?? parseForeignName(name) ?? name
  return parseRecordFileName(record) !== undefined
}

export function strayAt(path: string, hour: HourId | null): Damage {
  const todo = `'tendance quarantine discard ${path} --reason …' takes it out of the records`
  return { kind: 'stray', path, hour, records: null, what: `${path} is none of the lake's: it is passed over`, todo }
}

async function verifySeal(
  { place }: Settler,
  stream: StreamName,
  hour: HourId,
  {
    listing,
    records,
    ledger,
  }: { readonly listing: HourListing; readonly records: number | null; readonly ledger: LedgerSays | undefined },
): Promise<readonly Damage[]> {
  const path = place.layout.sealFile(stream, hour)
  const one = (kind: Damage['kind'], what: string, todo: string): Damage[] => [
    { kind, path, hour, records: null, what, todo },
  ]
  let seal: Seal | undefined
  try {
    seal = listing.sealed ? await readSeal(place, stream, hour) : undefined
  } catch (error) {
    if (!isAppError(error, 'corrupt')) throw error
    return one('unreadable', error.message, `delete it: 'tendance hourly' seals the hour anew`)
  }
  if (!seal) {
    if (ledger === undefined || ledger.standing === 'open') return []
    return one(
      'seal-lost',
      `${path} is not there, and the ledger knows the hour as sealed`,
      `'tendance hourly' seals it anew, with its look at everything once a day`,
    )
  }
  if (records !== null && seal.digest === listing.digest && seal.records !== records) {
    const what = `${path} says ${seal.records} records, the log says ${records} of the files that are there`
    return one('seal-differs', what, `delete it: 'tendance hourly' seals the hour anew`)
  }
  if (ledger && ledger.standing !== 'open' && seal.digest === listing.digest && ledger.digest !== seal.digest) {
    const what = `the ledger has the hour with other files than its seal ${path}`
    return one(
      'ledger-differs',
      what,
      `'tendance hourly' brings the ledger up to date, with its look at everything once a day`,
    )
  }
  return []
}
