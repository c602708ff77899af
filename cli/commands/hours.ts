/** `tendance hours`: the ledger. */
import type { Command } from '@commander-js/extra-typings'
import { InvalidArgumentError } from 'commander'
import { STREAM_NAMES, type StreamName } from '../../model/streams/stream.ts'
import type { Cli } from '../cli.ts'

export function addHours(program: Command, cli: Cli, exit: (code: number) => void): void {
  program
    .command('hours')
    .description('the ledger: which hours are open, sealed, computed, amended, how complete, and what is wrong')
    .option('--since <moment>', "the first hour: 'last monday 7h', 2026-11-16T07")
    .option('--until <moment>', 'the hour behind the last; without it, up to the running one')
    .option('--last <length>', 'the hours of the last 48h (that is what is shown unless said), 7d, 4w')
    .option('--hour <moment>', 'everything of one hour')
    .option('--list', 'a row an hour instead of the grid')
    .option('--problems', 'what is wrong and what to do, instead of the grid')
    .option('--stream <name>', `one of: ${STREAM_NAMES.join(', ')}`, streamName, STREAM_NAMES[0]!)
    .option('--tz <zone>', 'time zone of what is typed and shown: Europe/Paris, UTC; the machine’s unless said')
    .option('--json', 'a JSON object a line: an hour each, or a problem each')
    .addHelpText(
      'after',
      `
With --problems the exit code is 4 when there are any, 0 when all is well: for monitoring (docs/hours.md).

Examples:
  tendance hours
  tendance hours --last 7d --tz Europe/Paris
  tendance hours --hour "last monday 7h"
  tendance hours --problems --last 24h || notify`,
    )
    .action(async (options) => {
      const { runHours } = await import('../hours.ts')
      exit(await runHours(cli, options))
    })
}

function streamName(text: string): StreamName {
  const found = STREAM_NAMES.find((name) => name === text)
  if (!found) throw new InvalidArgumentError(`Streams are: ${STREAM_NAMES.join(', ')}.`)
  return found
}
