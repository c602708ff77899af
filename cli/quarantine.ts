/**
 * `tendance quarantine`: the record files that proved corrupt and were set aside; putting one back, setting one aside by hand.
 *
 * A file is judged as counting judges it: by reading it. It is put back only when it reads well and has the records that the
 * archive's log says, set aside only when it does not, unless a person insists.
 */
import { damageOf } from '../lake/damage.ts'
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

/** @returns the exit code: `unwell` when something is quarantined */
export async function showQuarantine(cli: Cli, { json }: { readonly json: boolean }): Promise<number> {
  await using opened = openLake(cli)
  const files = await opened.lake.listQuarantine(STREAM)
  if (json) for (const file of files) print(cli, JSON.stringify(file))
  else if (files.length === 0) print(cli, 'nothing is quarantined')
  else showFiles(cli, files)
  return files.length === 0 ? EXIT.done : EXIT.unwell
}

/** Paths and reasons are long, so a file has some lines, not a row. */
function showFiles(cli: Cli, files: readonly QuarantinedFile[]): void {
  const style = styleFor(cli.stdout)
  for (const { hour, partition, from, to, records, path, name, note } of files) {
    const lacks = style('red', `${count(records)} records missing`)
    print(cli, `${hour} UTC, partition ${partition}, offsets ${count(from)}–${count(to - 1)}: ${lacks}`)
    // Its own path in front of the reason says nothing here.
    print(cli, `  ${note?.reason.replace(new RegExp(`^\\S*/${name}:? `), '') ?? 'why is not known: its note is gone'}`)
    const since = note
      ? `, since ${new Date(note.at).toISOString().slice(0, 16).replace('T', ' ')} UTC, by ${note.by}`
      : ''
    print(cli, style('dim', `  ${path}${since}`))
  }
  const records = files.reduce((sum, one) => sum + one.records, 0)
  print(cli, `${count(files.length)} ${files.length === 1 ? 'file' : 'files'}, ${count(records)} records`)
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
  const lake = createLake({ store, layout: layoutAt(config.lake.root) }, `cli-${process.pid}-${cli.clock()}`)
  const counters = createCounters({ lake: config.lake, threads: 1 })
  return {
    lake,
    judge: (hour: HourId, file: RecordFile) =>
      damageOf({ counters, recordsOf: lake.recordsOf }, { stream: STREAM, hour, file }, cli.signal),
    async [Symbol.asyncDispose]() {
      await counters[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
