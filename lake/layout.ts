/**
 * Where things lie in the lake, as DESIGN.md draws it. Pure.
 *
 *   <root>/<stream>/records/2026/11/16/07/<partition>-<from>-<to>.avro    [from, to): the commit's range of offsets
 *   <root>/<stream>/records/2026/11/16/07/_SEALED
 *   <root>/<stream>/commits/<partition>/<from>.json                       <from> in 16 digits, so that names sort as numbers
 *   <root>/<stream>/tallies/<edition>/2026/11/16/07/<board>.<digest>.avro  immutable; the view names the one that is true
 *   <root>/<stream>/tmp/<writer>/…                                        unique temporary names; swept by age
 *   <root>/<stream>/quarantine/…                                          files that could not be read; never deleted by us
 */
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'

export interface RecordFileName {
  readonly partition: number
  readonly from: number
  readonly to: number
}

export interface Layout {
  readonly root: string
  streamDir(stream: StreamName): string
  recordsDir(stream: StreamName): string
  hourDir(stream: StreamName, hour: HourId): string
  sealFile(stream: StreamName, hour: HourId): string
  commitsDir(stream: StreamName, partition?: number): string
  commitFile(stream: StreamName, partition: number, from: number): string
  talliesDir(stream: StreamName, edition: number): string
  tallyDir(stream: StreamName, edition: number, hour: HourId): string
  tmpDir(stream: StreamName): string
  quarantineDir(stream: StreamName): string
}

const hourPath = (hour: HourId) => hour.replace(/[-T]/g, '/')

export function layoutAt(root: string): Layout {
  const streamDir = (stream: StreamName) => `${root}/${stream}`
  const recordsDir = (stream: StreamName) => `${streamDir(stream)}/records`
  const hourDir = (stream: StreamName, hour: HourId) => `${recordsDir(stream)}/${hourPath(hour)}`
  const commitsDir = (stream: StreamName, partition?: number) =>
    `${streamDir(stream)}/commits${partition === undefined ? '' : `/${partition}`}`
  const talliesDir = (stream: StreamName, edition: number) => `${streamDir(stream)}/tallies/${edition}`
  return {
    root,
    streamDir,
    recordsDir,
    hourDir,
    sealFile: (stream, hour) => `${hourDir(stream, hour)}/_SEALED`,
    commitsDir,
    commitFile: (stream, partition, from) => `${commitsDir(stream, partition)}/${offsetName(from)}.json`,
    talliesDir,
    tallyDir: (stream, edition, hour) => `${talliesDir(stream, edition)}/${hourPath(hour)}`,
    tmpDir: (stream) => `${streamDir(stream)}/tmp`,
    quarantineDir: (stream) => `${streamDir(stream)}/quarantine`,
  }
}

export function offsetName(offset: number): string {
  return String(offset).padStart(16, '0')
}

export function recordFileName(name: RecordFileName): string {
  return `${name.partition}-${offsetName(name.from)}-${offsetName(name.to)}.avro`
}

/** The parts of a record file's name, or undefined when it is not one (`_SEALED`, temporary files, strangers). */
export function parseRecordFileName(name: string): RecordFileName | undefined {
  const match = /^(\d{1,6})-(\d{16})-(\d{16})\.avro$/.exec(name)
  return match ? { partition: Number(match[1]), from: Number(match[2]), to: Number(match[3]) } : undefined
}
