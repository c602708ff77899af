/** `tendance verify`: the lake against its logs. */
import type { Command } from '@commander-js/extra-typings'
import { InvalidArgumentError } from 'commander'
import { STREAM_NAMES, type StreamName } from '../../model/streams/stream.ts'
import type { Cli } from '../cli.ts'

export function addVerify(program: Command, cli: Cli, exit: (code: number) => void): void {
  program
    .command('verify')
    .description('read the whole lake against its commit log, Kafka, the ledger and the views; changes nothing')
    .option('--since <moment>', "the first hour: 'last monday 7h', 2026-11-16T07; without it, from the beginning")
    .option('--until <moment>', 'the hour behind the last; without it, no end')
    .option('--deep', 'read every block of every file: checksums, records, event times', false)
    .option(
      '--on-workers',
      'as the nightly workflow does it: batch workers read, and note in hours what they lack',
      false,
    )
    .option('--lake-only', 'ask neither Kafka nor MongoDB', false)
    .option('--stream <name>', `one of: ${STREAM_NAMES.join(', ')}`, streamName, STREAM_NAMES[0]!)
    .option('--json', 'the report as a JSON object', false)
    .addHelpText(
      'after',
      `
The exit code is 4 when something is damaged, 0 when the lake is what its log says.

Examples:
  tendance verify
  tendance verify --since "last monday 7h" --deep
  tendance verify --lake-only --json`,
    )
    .action(async (options) => {
      const { runVerify } = await import('../verify/verify.ts')
      exit(await runVerify(cli, options))
    })
}

function streamName(text: string): StreamName {
  const found = STREAM_NAMES.find((name) => name === text)
  if (!found) throw new InvalidArgumentError(`Streams are: ${STREAM_NAMES.join(', ')}.`)
  return found
}
