/**
 * `tendance quarantine`: the record files that proved corrupt and were set aside, that vanished, or that no commit knows; putting one
 * back, setting one aside by hand, taking one out of its hour. And `tendance accept-loss`.
 *
 * A file is judged as counting judges it: by reading it. It is put back only when it reads well and has the records that the
 * archive's log says, set aside only when it does not, unless a person insists.
 */
import { damageOf } from '../lake/damage.ts'
import type { Decider } from '../lake/decisions.ts'
import { isOnCalendar } from '../lake/hour-dirs.ts'
import { createLake, type Lake } from '../lake/lake.ts'
import { layoutAt, quarantinedName, recordFileName } from '../lake/layout.ts'
import type { RecordFile } from '../lake/listing.ts'
import { openStore } from '../lake/open-store.ts'
import { type QuarantinedFile, recordFileAt } from '../lake/quarantine.ts'
import { createCounters } from '../lake/scan/counters.ts'
import { AppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { type Cli, EXIT, print, styleFor } from './cli.ts'
import { count } from './progress.ts'
import { person } from './recompute.ts'

const STREAM: StreamName = 'posts'

/** @returns the exit code: `unwell` when something is lacking or in the way that nobody has decided about */
export async function showQuarantine(cli: Cli, { json }: { readonly json: boolean }): Promise<number> {
  await using opened = openLake(cli)
  const files = await opened.lake.listQuarantine(STREAM)
  if (json) for (const file of files) print(cli, JSON.stringify(file))
  else if (files.length === 0) print(cli, 'nothing is quarantined')
  else showFiles(cli, files)
  return files.every(({ accepted }) => accepted !== null) ? EXIT.done : EXIT.unwell
}

/** Paths and reasons are long, so a file has some lines, not a row. */
function showFiles(cli: Cli, files: readonly QuarantinedFile[]): void {
  const style = styleFor(cli.stdout)
  for (const file of files) {
    const { hour, partition, from, to, path, name, note, accepted } = file
    const range = `${hour} UTC, partition ${partition}, offsets ${count(from)}–${count(to - 1)}`
    print(cli, `${range}: ${style(file.foreign ? 'yellow' : 'red', stateText(file))}`)
    // Its own path in front of the reason says nothing here.
    print(cli, `  ${note?.reason.replace(new RegExp(`^\\S*/${name}:? `), '') ?? 'why is not known: its note is gone'}`)
    const since = note ? `, since ${momentText(note.at)} by ${note.by}` : ''
    print(cli, style('dim', `  ${path}${since}`))
    if (accepted) print(cli, `  accepted by ${accepted.by} at ${momentText(accepted.at)}: ${accepted.reason}`)
  }
  const records = files.reduce((sum, one) => sum + one.records, 0)
  print(cli, `${count(files.length)} ${files.length === 1 ? 'file' : 'files'}, ${count(records)} records missing`)
}

function stateText({ records, vanished, accepted, foreign }: QuarantinedFile): string {
  if (foreign) return 'of no commit, hidden and not counted'
  const missing = `${count(records)} records missing`
  if (!vanished) return `set aside, ${missing}`
  return accepted ? `lost for ever, ${missing}` : `vanished, ${missing}`
}

function momentText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** Puts it back. @throws AppError `not-found`; `corrupt` when it does not read well, unless `force` */
export async function restoreFile(cli: Cli, path: string, { force }: { readonly force: boolean }): Promise<void> {
  await using opened = openLake(cli)
  const { lake } = opened
  const { hour, file } = await fileAt(lake, path, 'quarantined')
  const damage = force ? undefined : await opened.judge(hour, file)
  if (damage) {
    throw new AppError(
      'corrupt',
      `${damage}. Write a good copy to ${file.path}, then restore it (--force restores it as it is)`,
      { facts: { path: file.path } },
    )
  }
  const restored = await lake.restoreQuarantined(STREAM, hour, recordFileName(file))
  print(cli, `${restored} is back: the next 'tendance hourly' counts ${hour} with it`)
}

/** Sets it aside. @throws AppError `not-found`; `conflict` when it reads well, unless `force` */
export async function quarantineFile(
  cli: Cli,
  path: string,
  { force, reason }: { readonly force: boolean; readonly reason: string | undefined },
): Promise<void> {
  await using opened = openLake(cli)
  const { lake } = opened
  const { hour, file } = await fileAt(lake, path, 'files')
  const damage = await opened.judge(hour, file).catch((error: unknown) => {
    if (force) return String(error)
    throw error
  })
  if (!damage && !force) {
    throw new AppError('conflict', `${file.path} reads well: there is no reason to set it aside (--force does it)`, {
      facts: { path: file.path },
    })
  }
  const why = reason ?? damage ?? 'set aside by hand'
  const now = await lake.quarantine(STREAM, hour, file, { reason: why, at: cli.clock(), by: person() })
  if (now === undefined) throw new AppError('not-found', `${file.path} is gone`, { facts: { path: file.path } })
  print(cli, `it is ${now} now; 'tendance quarantine restore' puts it back`)
}

/** Takes a file that is in the way out of its hour, or a directory that is no hour's out of the lake's records. */
export async function discard(cli: Cli, path: string, reason: string): Promise<void> {
  await using opened = openLake(cli)
  const { decisions } = opened.lake
  const decider = deciderOf(cli, reason)
  const found = recordFileAt(path)
  const to = found
    ? await decisions.discardFile(STREAM, found.hour, found.name, decider)
    : await decisions.discardStray(STREAM, strayAt(opened.layout.recordsDir(STREAM), path), decider)
  print(cli, `it is ${to} now; nothing was deleted`)
}

/** @throws AppError `bad-input` for a path that is not below the records' directory, or is one of an hour */
function strayAt(root: string, path: string): string {
  const below = path.startsWith(`${root}/`) ? path.slice(root.length + 1).replace(/\/+$/, '') : ''
  const isOurs =
    below === '' || below.endsWith('/_SEALED') || (/^\d{4}(\/\d\d){0,3}$/.test(below) && isOnCalendar(hourText(below)))
  if (isOurs) {
    throw new AppError(
      'bad-input',
      `${path} is none to discard: write a record file of an hour, or what lies below ${root} and is no hour's directory`,
    )
  }
  return `${root}/${below}`
}

function hourText(below: string): string {
  const [year, month, day, hour] = below.split('/')
  return [year, month, day].filter(Boolean).join('-') + (hour === undefined ? '' : `T${hour}`)
}

/** Puts a foreign file to where the archive's log lists it. */
export async function release(cli: Cli, path: string): Promise<void> {
  await using opened = openLake(cli)
  const found = recordFileAt(path)
  if (!found)
    throw new AppError('bad-input', `${path} is no record file: write it as 'tendance quarantine list' shows it`)
  const to = await opened.lake.decisions.releaseFile(STREAM, found.hour, found.name)
  print(cli, `it is ${to} again: the next 'tendance hourly' counts the hour with it`)
}

/**
 * Accepts that a record file or a commit entry is lost.
 * @param what a path of either, or a partition and the offset that its entry begins with: `0/1234`
 * @throws AppError `bad-input`, `not-found`, `conflict` when it is there
 */
export async function acceptLoss(cli: Cli, what: string, reason: string): Promise<void> {
  await using opened = openLake(cli)
  const { decisions } = opened.lake
  const decider = deciderOf(cli, reason)
  const file = recordFileAt(what)
  const entry = /(?:^|\/commits\/)(\d{1,6})\/(\d{1,16})(?:\.json)?$/.exec(what)
  if (!file && !entry) {
    throw new AppError(
      'bad-input',
      `'${what}' is neither a record file (…/records/2026/11/16/07/0-….avro) nor a commit entry (…/commits/0/0000000000001234.json, or 0/1234)`,
    )
  }
  const { what: done } = file
    ? await decisions.acceptFileLoss(STREAM, file.hour, file.name, decider)
    : await decisions.acceptEntryLoss(STREAM, Number(entry![1]), Number(entry![2]), decider)
  print(cli, done)
}

function deciderOf(cli: Cli, reason: string): Decider {
  const text = reason.trim()
  if (text === '') throw new AppError('bad-input', '--reason is empty: it is shown for as long as the lake is there')
  return { reason: text, by: person(), at: cli.clock() }
}

async function fileAt(
  lake: Lake,
  path: string,
  among: 'files' | 'quarantined',
): Promise<{ hour: HourId; file: RecordFile }> {
  const found = recordFileAt(path)
  if (found) {
    const listing = await lake.listHour(STREAM, found.hour)
    const file = listing[among].find((one) => recordFileName(one) === found.name)
    if (file) return { hour: found.hour, file }
  }
  const shape = `…/records/2026/11/16/07/${among === 'files' ? '0-….avro' : quarantinedName('0-….avro')}`
  throw new AppError(
    'not-found',
    `${path} is no ${among === 'files' ? '' : 'quarantined '}record file: write ${shape}`,
    {
      facts: { path },
    },
  )
}

function openLake(cli: Cli) {
  const { config } = cli.load()
  const store = openStore(config.lake)
  const layout = layoutAt(config.lake.root)
  const lake = createLake({ store, layout }, `cli-${process.pid}-${cli.clock()}`)
  const counters = createCounters({ lake: config.lake, threads: 1 })
  return {
    lake,
    layout,
    judge: (hour: HourId, file: RecordFile) =>
      damageOf({ counters, recordsOf: lake.recordsOf }, { stream: STREAM, hour, file }, cli.signal),
    async [Symbol.asyncDispose]() {
      await counters[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
