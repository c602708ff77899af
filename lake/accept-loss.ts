/**
 * A person accepts that something of the lake is lost, so that what stopped goes on. What is lost is written down under `decisions/`
 * (lake/decisions.ts); the hour says it for ever.
 *
 *   a record file       its hour lacks its records for good; the archive may finish the commit that lists it
 *   a commit entry      is made anew from the record files that carry its offsets in their names; without any, the offsets of a hole
 *                       in the log are noted as missing, and behind the last entry the archive reads again from Kafka
 *
 * Invariant: nothing is accepted that is there: a file in its place, an entry that can be read.
 */
import { AppError, isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, hourEnd, hourStart } from '../model/time.ts'
import { type CommitEntry, encodeEntry } from './archive/commit-entry.ts'
import { readEntry } from './archive/commit-log.ts'
import { entryNames } from './archive/log-names.ts'
import { readContainer } from './avro/container-reader.ts'
import { compactionOf, originalsOf } from './compact/log.ts'
import { mapBounded } from './concurrency.ts'
import { type Decider, type Decision, decide } from './decisions.ts'
import { fileKey } from './entries.ts'
import { offsetName, parseRecordFileName, type RecordFileName, recordFileName } from './layout.ts'
import { isHeldBy, type LakePlace, listHour, type RecordFile, walkHours } from './listing.ts'
import { renameToFree } from './quarantine.ts'
import { type Settler, writeMissing } from './settle.ts'
import { writeWhole } from './temporary-files.ts'

export interface AcceptedLoss {
  /** What happens now, for people. */
  readonly what: string
  /** Records lost for ever; null: not known. */
  readonly records: number | null
}

/** A file as the log has it. */
interface Known {
  readonly name: string
  readonly bytes: number
  readonly records: number
  readonly temp: string
}

const HOURS_AT_ONCE = 16

/** @throws AppError `not-found` when no log lists the file, `conflict` when it is there */
export async function acceptFileLoss(
  settler: Settler,
  stream: StreamName,
  hour: HourId,
  name: string,
  decider: Decider,
): Promise<AcceptedLoss> {
  const { place } = settler
  const { store, layout } = place
  const path = `${layout.hourDir(stream, hour)}/${name}`
  const known = await knownAs(settler, stream, hour, name)
  if (known.length === 0) {
    throw new AppError(
      'not-found',
      `${path} is in no commit entry: there is nothing to accept; 'tendance verify' lists what is wrong`,
      {
        facts: { path },
      },
    )
  }
  const listing = await listHour(place, stream, hour)
  const aside = listing.quarantined.find((file) => recordFileName(file) === name && !file.vanished)
  if (aside) {
    throw conflict(
      aside.path,
      `it is set aside at ${aside.path}; 'tendance quarantine discard ${aside.path} --reason …' takes it out of the hour first`,
    )
  }
  for (const file of known) {
    const parts = parseRecordFileName(file.name)!
    if (isHeldBy({ ...parts, path, bytes: file.bytes }, listing.files)) throw conflict(path, 'it is there')
    if (await store.stat(file.temp)) {
      throw conflict(
        path,
        `it waits at ${file.temp} for its commit to be finished; an archive worker does that when it starts`,
      )
    }
  }
  let records = 0
  for (const file of known) {
    const about = `${layout.hourDir(stream, hour)}/${file.name}`
    const what = `hour ${hour} is without the ${file.records} records of ${about} for ever`
    const target = layout.fileDecision(stream, 'losses', hour, file.name)
    await decide(place, stream, target, { about, what, records: file.records, ...decider }, settler.unique())
    await writeMissing(place, stream, hour, file, decider, settler.unique())
    records += file.records
  }
  return {
    what: `hour ${hour} lacks ${records} records for ever, and says so; the archive and the hour go on`,
    records,
  }
}

/** The files of the archive that the name means: itself, or what it was compacted from. */
async function knownAs(settler: Settler, stream: StreamName, hour: HourId, name: string): Promise<readonly Known[]> {
  const parts = parseRecordFileName(name)
  if (!parts) return []
  if (parts.contents === undefined) {
    const entry = await settler.entryOf(stream, parts.partition, parts.from)
    return entry?.files.has(fileKey(hour, name)) ? [entry.files.get(fileKey(hour, name))!] : []
  }
  const compacted = await compactionOf(settler.place, stream, hour, name)
  return (compacted?.originals ?? []).map((original) => ({ ...original, temp: compacted!.temp }))
}

function conflict(path: string, why: string): AppError {
  return new AppError('conflict', `the loss of ${path} cannot be accepted: ${why}`, { facts: { path } })
}

/** @throws AppError `conflict` when the entry is there and can be read */
export async function acceptEntryLoss(
  settler: Settler,
  stream: StreamName,
  partition: number,
  from: number,
  decider: Decider,
): Promise<AcceptedLoss> {
  const { place } = settler
  const { store, layout } = place
  const log = { ...place, stream }
  const path = layout.commitFile(stream, partition, from)
  await expectLost(log, partition, from, path)
  const starts = (await entryNames(log, partition)).map((one) => one.from)
  const before = starts.findLast((start) => start < from)
  const next = starts.find((start) => start > from)
  const files = await filesFrom(settler, stream, { partition, from })
  const to = files[0]?.to ?? next
  const neighbour = before ?? next
  const around =
    neighbour === undefined ? undefined : await readEntry(log, partition, neighbour).catch(undefinedIfCorrupt)

  if (await store.stat(path))
    await renameToFree(store, path, (copy) => `${path}.unreadable${copy > 1 ? `.${copy}` : ''}`)
  const tmpDir = layout.tmpDir(stream)
  let what: string
  let records: number | null = null
  if (to === undefined) {
    what = `no file and no entry behind it tells what ${path} held: the archive goes on from offset ${before === undefined ? 0 : 'where the entry before it ends'}, and reads again what Kafka still has`
    await pointTo({ ...log, partition }, before, settler.unique())
  } else {
    const entry = entryOf(
      { stream, partition, from, to, topic: around?.topic ?? stream, at: decider.at },
      files,
      around,
      tmpDir,
    )
    await writeWhole(store, path, [encodeEntry(entry)], { tmpDir, unique: settler.unique() })
    if (files.length === 0) records = to - from
    what =
      files.length === 0
        ? `${path} is made anew without a file: its offsets ${from} to ${to - 1} count as missing`
        : `${path} is made anew from ${files.length} record files with ${entry.records} records; files that it had beside these are not known`
  }
  const decision: Decision = { about: path, what, records, ...decider }
  await decide(place, stream, layout.entryDecision(stream, partition, from), decision, settler.unique())
  return { what, records }
}

async function expectLost(
  log: LakePlace & { readonly stream: StreamName },
  partition: number,
  from: number,
  path: string,
): Promise<void> {
  try {
    await readEntry(log, partition, from)
  } catch (error) {
    if (isAppError(error, 'corrupt') || isAppError(error, 'not-found')) return
    throw error
  }
  throw conflict(path, 'it is there and can be read')
}

/** The end of the log is the entry before; without one the log is empty. */
async function pointTo(
  { store, layout, stream, partition }: LakePlace & { readonly stream: StreamName; readonly partition: number },
  before: number | undefined,
  unique: string,
): Promise<void> {
  const hint = `${layout.commitsDir(stream, partition)}/_last`
  if (before === undefined) {
    await store.delete(hint)
    return
  }
  const tmpDir = layout.tmpDir(stream)
  await writeWhole(store, hint, [Buffer.from(`${before}\n`)], { tmpDir, unique, replace: true })
}

interface FoundFile extends RecordFileName {
  readonly hour: HourId
  readonly bytes: number
  readonly records: number
}

/** What the archive wrote under that partition and first offset, wherever it is in the lake: by names, which carry both. */
async function filesFrom(
  settler: Settler,
  stream: StreamName,
  { partition, from }: { readonly partition: number; readonly from: number },
): Promise<readonly FoundFile[]> {
  const { place } = settler
  const hours = await walkHours(place, stream)
  const found = await mapBounded(hours, HOURS_AT_ONCE, async ({ hour }): Promise<readonly FoundFile[]> => {
    const listing = await listHour(place, stream, hour)
    const mine = (file: RecordFile) => file.partition === partition && file.from <= from && from < file.to
    const results: FoundFile[] = []
    for (const file of [...listing.files, ...listing.covered].filter(mine)) {
      for (const original of await originalsOf(place, stream, hour, file)) {
        if (original.from !== from) continue
        const records = original.records ?? (await countRecords(place, file.path))
        results.push({ ...original, hour, records })
      }
    }
    for (const file of listing.foreign.filter((one) => mine(one) && one.from === from && one.contents === undefined)) {
      const path = `${place.layout.hourDir(stream, hour)}/${recordFileName(file)}`
      const records = await countRecords(place, file.path).catch(undefinedIfCorrupt)
      if (records === undefined || results.some((one) => recordFileName(one) === recordFileName(file))) continue
      await place.store.renameNoClobber(file.path, path)
      results.push({ ...file, hour, records })
    }
    return results
  })
  const all = found.flat()
  // One commit has one range. Of files with several ends, a widest one is another commit's.
  const to = Math.min(...all.map((file) => file.to))
  return all.filter((file) => file.to === to)
}

async function countRecords({ store }: LakePlace, path: string): Promise<number> {
  let records = 0
  for (const { count } of readContainer(await store.read(path), path).blocks()) records += count
  return records
}

function entryOf(
  { at, ...place }: Pick<CommitEntry, 'stream' | 'partition' | 'from' | 'to' | 'topic'> & { readonly at: number },
  files: readonly FoundFile[],
  around: CommitEntry | undefined,
  tmpDir: string,
): CommitEntry {
  const { stream, partition, from, to, topic } = place
  return {
    // What else the entries of this log say of where they come from is the same for its neighbours.
    ...around,
    version: 1,
    stream,
    topic,
    partition,
    from,
    to,
    writer: 'accept-loss',
    records: files.reduce((sum, file) => sum + file.records, 0),
    rejected: 0,
    missing: files.length === 0 ? [{ from, to }] : [],
    committedAt: around?.committedAt ?? at,
    files: files.map((file) => ({
      hour: file.hour,
      name: recordFileName({ partition, from, to, schema: file.schema }),
      // No file is there: it has been in its place for long.
      temp: `${tmpDir}/accept-loss/${partition}-${offsetName(from)}`,
      bytes: file.bytes,
      records: file.records,
      firstEventAt: hourStart(file.hour),
      lastEventAt: hourEnd(file.hour) - 1,
    })),
  }
}

function undefinedIfCorrupt(error: unknown): undefined {
  if (!isAppError(error, 'corrupt')) throw error
}
