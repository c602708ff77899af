/** `tendance editions`: what there is, how far it is, and how it came to be as it is. */
import { DateTime } from 'luxon'
import { BOARD_NAMES } from '../model/boards.ts'
import { durationText } from '../model/duration.ts'
import { type Edition, type EditionState, lastChange, noSuchEdition } from '../model/editions.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type Extent, extentsOf } from '../views/extent.ts'
import { openViews } from '../views/views.ts'
import { type Cli, print, styleFor } from './cli.ts'
import { count } from './progress.ts'
import { printTable, tableText } from './table.ts'

export interface ListOptions {
  /** One edition, all of it. */
  readonly number?: number
  readonly json: boolean
}

/** @throws AppError `not-found` */
export async function listEditions(cli: Cli, stream: StreamName, { number, json }: ListOptions): Promise<void> {
  const { config } = cli.load()
  await using views = await openViews({ ...config.mongo, appName: 'tendance editions' })
  const all = await views.editions.list(stream)
  const editions = number === undefined ? all : all.filter((edition) => edition.number === number)
  if (number !== undefined && editions.length === 0) throw noSuchEdition(stream, number)
  const extents = await extentsOf(views, editions)
  const rows = editions.map((edition) => ({ edition, extent: extents.get(edition.number)! }))
  if (json) {
    for (const { edition, extent } of rows) print(cli, JSON.stringify({ ...edition, extent }))
    return
  }
  const [only] = rows
  if (number !== undefined && only) return print(cli, describeOne(cli, only.edition, only.extent))
  if (rows.length === 0) return print(cli, "no edition yet: the first 'tendance hourly' makes one")
  showAll(cli, rows)
}

interface Row {
  readonly edition: Edition
  readonly extent: Extent
}

function showAll(cli: Cli, rows: readonly Row[]): void {
  const { tz } = cli.load().config.cli
  const style = styleFor(cli.stdout)
  printTable(
    cli,
    ['edition', 'state', 'parent', 'since (UTC)', 'extractors', 'hours', 'bytes', 'made', 'by', 'why'],
    rows.map(({ edition, extent }) => [
      String(edition.number),
      stateText(cli, edition.state),
      String(edition.parent ?? '-'),
      rangeText(edition),
      extractorsText(edition),
      hoursText(edition, extent),
      bytesText(extent.bytes),
      timeText(edition.createdAt, tz),
      edition.by,
      edition.reason,
    ]),
    { right: [0, 2, 5, 6] },
  )
  const notes = rows.flatMap(({ edition }) => {
    const change = lastChange(edition)
    const isTold = change && edition.state !== 'building' && edition.changes.length > 1
    return isTold
      ? [`${edition.number} is ${edition.state} since ${timeText(change.at, tz)}, by ${change.by}: ${change.why}`]
      : []
  })
  if (notes.length > 0) print(cli, `\n${notes.map((note) => style('dim', note)).join('\n')}`)
}

const COLOURS: Partial<Record<EditionState, 'green' | 'yellow' | 'red'>> = {
  live: 'green',
  held: 'yellow',
  building: 'yellow',
  failed: 'red',
}

function stateText(cli: Cli, state: EditionState): string {
  const colour = COLOURS[state]
  return colour ? styleFor(cli.stdout)(colour, state) : state
}

function describeOne(cli: Cli, edition: Edition, extent: Extent): string {
  const { tz } = cli.load().config.cli
  const style = styleFor(cli.stdout)
  const { built, clearedAt, keepUntil, keepMs, workflowId } = edition
  const facts: readonly (readonly [string, string | null])[] = [
    ['state', stateText(cli, edition.state)],
    ['stands on', edition.parent === null ? 'nothing: it is a full history' : `edition ${edition.parent}`],
    ['hours (UTC)', rangeText(edition)],
    ['boards', edition.boards?.join(', ') ?? 'all'],
    ['extractors', extractorsText(edition)],
    ['asked for', `${timeText(edition.createdAt, tz)} by ${edition.by}: ${edition.reason}`],
    ['computed', `${hoursText(edition, extent)} hours, ${count(extent.records)} records, ${bytesText(extent.bytes)}`],
    ['took', built && `${(built.ms / 1_000).toFixed(1)} s for ${count(built.hours)} hours, ${bytesText(built.bytes)}`],
    ['published', edition.publishedAt === null ? null : timeText(edition.publishedAt, tz)],
    ['replaced one is kept', keepMs === null ? null : durationText(keepMs)],
    ['kept until', keepUntil === null ? null : timeText(keepUntil, tz)],
    ['views deleted', clearedAt === null ? null : timeText(clearedAt, tz)],
    ['workflow', workflowId],
  ]
  const rows = facts.flatMap(([name, value]) => (value === null ? [] : [[style('dim', name), value]]))
  const changes = edition.changes.map(({ at, state, by, why }) => [timeText(at, tz), state, by, why])
  const history = tableText(
    ['when', 'state', 'by', 'why'].map((title) => style('dim', title)),
    changes,
  )
  return [style('bold', `edition ${edition.number} of ${edition.stream}`), tableText([], rows), '', history].join('\n')
}

function rangeText({ since, until }: Edition): string {
  return `${since ?? 'the beginning'}${until ? ` until ${until}` : ''}`
}

/** `12 of 20`; of an edition that is over only what it has, as later hours are not its own. */
function hoursText({ state, clearedAt }: Edition, { hours, hoursDue }: Extent): string {
  if (clearedAt !== null) return 'deleted'
  const isOver = state === 'retired' || state === 'rejected' || state === 'cancelled' || state === 'failed'
  return isOver ? count(hours) : `${count(hours)} of ${count(hoursDue)}`
}

function extractorsText({ extractors, boards }: Edition): string {
  return (boards ?? BOARD_NAMES).map((board) => extractors[board]).join(', ')
}

function bytesText(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}

function timeText(ms: number, zone: string): string {
  return DateTime.fromMillis(ms, { zone }).toFormat('d LLL HH:mm')
}
