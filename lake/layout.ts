/**
 * Where things lie in the lake, as DESIGN.md draws it. Pure.
 *
 *   <root>/<stream>/records/2026/11/16/07/<partition>-<from>-<to>.avro    [from, to): the commit's range of offsets
 *   <root>/<stream>/records/2026/11/16/07/<partition>-<from>-<to>-<contents>.avro   several of them, compacted
 *   <root>/<stream>/records/2026/11/16/07/<either>.<schema>.avro          of another schema than the stream's first
 *   <root>/<stream>/records/2026/11/16/07/_<name>.quarantined             one that proved corrupt: Spark and we leave it out
 *   <root>/<stream>/records/2026/11/16/07/_<name>.missing.<bytes>          one that vanished: a note that it must be there
 *   <root>/<stream>/records/2026/11/16/07/_<name>.foreign                 one that no commit knows
 *   <root>/<stream>/records/2026/11/16/07/_SEALED
 *   <root>/<stream>/commits/<partition>/<from>.json                       <from> in 16 digits, so that names sort as numbers
 *   <root>/<stream>/schemas/<fingerprint>.avsc                            every schema that records here were written with
 *   <root>/<stream>/generations/<number>.json                             which topic the log counts, and its partitions
 *   <root>/<stream>/tallies/<edition>/2026/11/16/07/<board>.<digest>.avro  immutable; the view names the one that is true
 *   <root>/<stream>/tmp/<writer>/…                                        unique temporary names; swept by age
 *   <root>/<stream>/compactions/2026/11/16/07/<sequence>.json             the log of an hour's compactions
 *   <root>/<stream>/quarantine/2026/11/16/07/<name>.json                  why a file was quarantined: a note each
 *   <root>/<stream>/quarantine/2026/11/16/07/<name>.discarded             a file that a person took out of its hour
 *   <root>/<stream>/decisions/losses/2026/11/16/07/<name>.json            a person accepted that this file is lost
 *   <root>/<stream>/decisions/entries/<partition>/<from>.json             or that this commit entry is
 *   <root>/<stream>/decisions/discarded/2026/11/16/07/<name>.json         why a file was taken out of its hour, and by whom
 *
 * Invariant: a record file holds every record of its hour, partition and schema whose offset is in [from, to). So of two files of a
 * schema one of which has the wider range, the other one has nothing more to say (lake/listing.ts).
 */
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'

export interface RecordFileName {
  readonly partition: number
  readonly from: number
  readonly to: number
  /** Of a compacted file: what it was made from, as 32 hexadecimal digits (lake/contents.ts). */
  readonly contents?: string | undefined
  /** Fingerprint of the schema that its records were written with; undefined: the stream's first (docs/adr/0019). */
  readonly schema?: string | undefined
}

export interface Layout {
  readonly root: string
  streamDir(stream: StreamName): string
  recordsDir(stream: StreamName): string
  hourDir(stream: StreamName, hour: HourId): string
  sealFile(stream: StreamName, hour: HourId): string
  commitsDir(stream: StreamName, partition?: number): string
  commitFile(stream: StreamName, partition: number, from: number): string
  schemasDir(stream: StreamName): string
  schemaFile(stream: StreamName, fingerprint: string): string
  generationsDir(stream: StreamName): string
  generationFile(stream: StreamName, number: number): string
  talliesDir(stream: StreamName, edition: number): string
  tallyDir(stream: StreamName, edition: number, hour: HourId): string
  tmpDir(stream: StreamName): string
  compactionsDir(stream: StreamName, hour: HourId): string
  compactionFile(stream: StreamName, hour: HourId, sequence: number): string
  quarantineDir(stream: StreamName): string
  /** Of the record file of that name. */
  quarantineNote(stream: StreamName, hour: HourId, name: string): string
  /** Where a file lies that a person took out of its hour; `copy`: when that place is taken. */
  discardedFile(stream: StreamName, hour: HourId, name: string, copy?: number): string
  decisionsDir(stream: StreamName): string
  /** A person's decision about a record file: `losses` accepts that it is gone, `discarded` took it out of its hour. */
  fileDecision(stream: StreamName, kind: 'losses' | 'discarded', hour: HourId, name: string): string
  /** A person's decision that a commit entry is lost. */
  entryDecision(stream: StreamName, partition: number, from: number): string
}

const hourPath = (hour: HourId) => hour.replace(/[-T]/g, '/')

export function layoutAt(root: string): Layout {
  const streamDir = (stream: StreamName) => `${root}/${stream}`
  const recordsDir = (stream: StreamName) => `${streamDir(stream)}/records`
  const hourDir = (stream: StreamName, hour: HourId) => `${recordsDir(stream)}/${hourPath(hour)}`
  const commitsDir = (stream: StreamName, partition?: number) =>
    `${streamDir(stream)}/commits${partition === undefined ? '' : `/${partition}`}`
  const compactionsDir = (stream: StreamName, hour: HourId) => `${streamDir(stream)}/compactions/${hourPath(hour)}`
  const quarantineDir = (stream: StreamName) => `${streamDir(stream)}/quarantine`
  const generationsDir = (stream: StreamName) => `${streamDir(stream)}/generations`
  const decisionsDir = (stream: StreamName) => `${streamDir(stream)}/decisions`
  const talliesDir = (stream: StreamName, edition: number) => `${streamDir(stream)}/tallies/${edition}`
  const schemasDir = (stream: StreamName) => `${streamDir(stream)}/schemas`
  return {
    root,
    streamDir,
    recordsDir,
    hourDir,
    sealFile: (stream, hour) => `${hourDir(stream, hour)}/_SEALED`,
    commitsDir,
    commitFile: (stream, partition, from) => `${commitsDir(stream, partition)}/${offsetName(from)}.json`,
    schemasDir,
    schemaFile: (stream, fingerprint) => `${schemasDir(stream)}/${fingerprint}.avsc`,
    generationsDir,
    generationFile: (stream, number) => `${generationsDir(stream)}/${String(number).padStart(6, '0')}.json`,
    talliesDir,
    tallyDir: (stream, edition, hour) => `${talliesDir(stream, edition)}/${hourPath(hour)}`,
    tmpDir: (stream) => `${streamDir(stream)}/tmp`,
    compactionsDir,
    compactionFile: (stream, hour, sequence) =>
      `${compactionsDir(stream, hour)}/${String(sequence).padStart(6, '0')}.json`,
    quarantineDir,
    quarantineNote: (stream, hour, name) => `${quarantineDir(stream)}/${hourPath(hour)}/${name}.json`,
    discardedFile: (stream, hour, name, copy = 1) =>
      `${quarantineDir(stream)}/${hourPath(hour)}/${name}.discarded${copy > 1 ? `.${copy}` : ''}`,
    decisionsDir,
    fileDecision: (stream, kind, hour, name) => `${decisionsDir(stream)}/${kind}/${hourPath(hour)}/${name}.json`,
    entryDecision: (stream, partition, from) => `${decisionsDir(stream)}/entries/${partition}/${offsetName(from)}.json`,
  }
}

export function offsetName(offset: number): string {
  return String(offset).padStart(16, '0')
}

export function recordFileName({ partition, from, to, contents, schema }: RecordFileName): string {
  const merged = contents === undefined ? '' : `-${contents}`
  const written = schema === undefined ? '' : `.${schema}`
  return `${partition}-${offsetName(from)}-${offsetName(to)}${merged}${written}.avro`
}

const RECORD_FILE = /^(\d{1,6})-(\d{16})-(\d{16})(?:-([0-9a-f]{32}))?(?:\.([0-9a-f]{16}))?\.avro$/

/** The parts of a record file's name, or undefined when it is not one (`_SEALED`, temporary files, strangers). */
export function parseRecordFileName(name: string): RecordFileName | undefined {
  const match = RECORD_FILE.exec(name)
  if (!match) return undefined
  const [, partition, from, to, contents, schema] = match
  const range = { partition: Number(partition), from: Number(from), to: Number(to) }
  return { ...range, ...(contents === undefined ? {} : { contents }), ...(schema === undefined ? {} : { schema }) }
}

/**
 * Hidden in the same directory: one listing shows what an hour has and what it lacks. Neither `*.avro` nor Spark finds it. `copy`: of
 * a file that took the place of a damaged one, and was damaged too.
 */
export function quarantinedName(recordFile: string, copy = 1): string {
  return `_${recordFile}.quarantined${copy > 1 ? `.${copy}` : ''}`
}

/** The record file's name that a quarantined file had, or undefined when it is no quarantined file. */
export function parseQuarantinedName(name: string): string | undefined {
  return /^_(.+\.avro)\.quarantined(?:\.\d+)?$/.exec(name)?.[1]
}

/**
 * A note in the hour's directory that a file of the log must be there and is not. It carries the length, since what an hour is made
 * from is a sum over names and lengths (lake/contents.ts). Once the file is back, the note means nothing.
 */
export function missingName(recordFile: string, bytes: number): string {
  return `_${recordFile}.missing.${bytes}`
}

/** undefined when it is no such note. */
export function parseMissingName(name: string): { readonly name: string; readonly bytes: number } | undefined {
  const match = /^_(.+\.avro)\.missing\.(\d{1,15})$/.exec(name)
  return match ? { name: match[1]!, bytes: Number(match[2]) } : undefined
}

/** A file with a record file's name that no commit knows: hidden, never counted, and nothing that the hour lacks. */
export function foreignName(recordFile: string, copy = 1): string {
  return `_${recordFile}.foreign${copy > 1 ? `.${copy}` : ''}`
}

export function parseForeignName(name: string): string | undefined {
  return /^_(.+\.avro)\.foreign(?:\.\d+)?$/.exec(name)?.[1]
}
