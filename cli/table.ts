/** Plain tables: columns, no frames, so that they can be read, copied and piped. cli-table3 knows how wide 日本 and 🔥 are. */
import Table from 'cli-table3'
import { type Cli, print, styleFor } from './cli.ts'

const NO_FRAME = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((place) => [place, '']),
)

export interface TableOptions {
  /** Columns that are numbers: aligned right. */
  readonly right?: readonly number[]
}

export function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const table = new Table({
    head: [...head],
    chars: { ...NO_FRAME, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, column) => (options.right?.includes(column) ? 'right' : 'left')),
  })
  for (const row of rows) table.push([...row])
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

export function printTable(
  cli: Cli,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): void {
  const style = styleFor(cli.stdout)
  print(
    cli,
    tableText(
      head.map((title) => style('dim', title)),
      rows,
      options,
    ),
  )
}
