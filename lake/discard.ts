/**
 * What people decide about files that are in the way: a file that no commit knows, one that proved corrupt and cannot be mended, a
 * directory that is none of an hour. It is moved below `quarantine/`, never deleted, and the decision is written down.
 *
 * Invariant: a file that is in its place and of the log is never taken out of its hour.
 */
import { AppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { type Decider, decide } from './decisions.ts'
import { fileKey } from './entries.ts'
import { recordFileName } from './layout.ts'
import { type LakePlace, listHour, type RecordFile } from './listing.ts'
import { renameToFree } from './quarantine.ts'
import { type Settler, settleHour, writeMissing } from './settle.ts'

/** Takes a set-aside or foreign file out of its hour. Resolves to where it is then. @throws AppError `not-found`, `conflict` */
export async function discardFile(
  settler: Settler,
  stream: StreamName,
  hour: HourId,
  name: string,
  decider: Decider,
): Promise<string> {
  const { place } = settler
  const { layout } = place
  const { listing } = await settleHour(settler, stream, hour, decider)
  const isNamed = (file: RecordFile) => recordFileName(file) === name
  const aside = listing.quarantined.find((file) => isNamed(file) && !file.vanished)
  const file =
    listing.foreign.find(isNamed) ?? aside ?? (await unknownAmong(settler, stream, hour, listing.files.filter(isNamed)))
  if (!file) {
    const path = `${layout.hourDir(stream, hour)}/${name}`
    if (listing.files.some(isNamed)) {
      throw new AppError(
        'conflict',
        `${path} is a file of the archive: 'tendance quarantine add' sets one aside that is damaged`,
        {
          facts: { path },
        },
      )
    }
    throw new AppError('not-found', `${path} is not there, neither visible nor set aside`, { facts: { path } })
  }
  // First the note that the hour lacks it, so that no look in between takes the hour for one that never had it.
  if (file === aside) await writeMissing(place, stream, hour, { name, bytes: file.bytes }, decider, settler.unique())
  const about = file.path
  const decision = layout.fileDecision(stream, 'discarded', hour, name)
  const what = `${about} was taken out of hour ${hour}`
  await decide(place, stream, decision, { about, what, records: null, ...decider }, settler.unique())
  const to = await move(place, about, (copy) => layout.discardedFile(stream, hour, name, copy))
  if (file !== aside) await place.store.delete(layout.quarantineNote(stream, hour, name))
  return to
}

/** The first that no log knows: its commit entry is lost, or its compaction is. */
async function unknownAmong(
  { entryOf }: Settler,
  stream: StreamName,
  hour: HourId,
  files: readonly RecordFile[],
): Promise<RecordFile | undefined> {
  for (const file of files) {
    if (file.contents !== undefined) continue
    const entry = await entryOf(stream, file.partition, file.from)
    if (!entry?.files.has(fileKey(hour, recordFileName(file)))) return file
  }
  return undefined
}

async function move({ store }: LakePlace, from: string, targetOf: (copy: number) => string): Promise<string> {
  const first = targetOf(1)
  await store.makeDirs(first.slice(0, first.lastIndexOf('/')))
  const to = await renameToFree(store, from, targetOf)
  if (to === undefined) throw new AppError('not-found', `${from} is gone`, { facts: { path: from } })
  return to
}

/** Takes a directory or file below `records/` that is none of ours out of there. @throws AppError `not-found` */
export async function discardStray(
  settler: Settler,
  stream: StreamName,
  path: string,
  decider: Decider,
): Promise<string> {
  const { layout } = settler.place
  // One name for a path of any depth; `~` is in no name of ours.
  const name = path.slice(layout.recordsDir(stream).length + 1).replaceAll('/', '~')
  const what = `${path} was taken out of the lake's records`
  const decision = `${layout.decisionsDir(stream)}/discarded/${name}.json`
  await decide(settler.place, stream, decision, { about: path, what, records: null, ...decider }, settler.unique())
  const target = `${layout.quarantineDir(stream)}/strays/${name}`
  return move(settler.place, path, (copy) => (copy > 1 ? `${target}.${copy}` : target))
}

/**
 * Puts a hidden foreign file where the log lists a file of that name and length, in whichever hour. Resolves to its path there.
 * @throws AppError `not-found` when there is no such file, `conflict` when the log has no place for it or the place is taken
 */
export async function releaseFile(settler: Settler, stream: StreamName, hour: HourId, name: string): Promise<string> {
  const { place } = settler
  const { store, layout } = place
  const file = (await listHour(place, stream, hour)).foreign.find((one) => recordFileName(one) === name)
  const note = layout.quarantineNote(stream, hour, name)
  if (!file) {
    // A note without its file means nothing.
    await store.delete(note)
    throw new AppError('not-found', `no foreign file ${name} is set aside in hour ${hour}`, { facts: { hour, name } })
  }
  const entry = await settler.entryOf(stream, file.partition, file.from)
  const wanted = [...(entry?.files.values() ?? [])].filter((one) => one.name === name && one.bytes === file.bytes)
  for (const { hour: home } of wanted) {
    const target = `${layout.hourDir(stream, home)}/${name}`
    if (await store.stat(target)) continue
    await store.makeDirs(layout.hourDir(stream, home))
    await store.renameNoClobber(file.path, target)
    await store.delete(note)
    return target
  }
  const why = entry
    ? `every hour that ${layout.commitFile(stream, file.partition, file.from)} lists has its own`
    : 'no commit lists it'
  throw new AppError(
    'conflict',
    `${file.path} has no place to go to: ${why}; 'tendance quarantine discard ${file.path} --reason …' takes it out of the hour`,
    { facts: { path: file.path } },
  )
}
