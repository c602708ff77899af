/** Runs a command of the command line in this process, and keeps what it prints. */
import { PassThrough, Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import type { Config } from '../../app/config.ts'
import type { Cli } from '../../cli/cli.ts'

export async function runCli(
  config: Config,
  run: (cli: Cli) => Promise<number>,
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const stdout = new PassThrough()
  const printed = readText(stdout)
  const code = await run({
    stdin: Readable.from([]),
    stdout,
    stderr: new PassThrough(),
    clock: Date.now,
    signal: new AbortController().signal,
    load: () => ({ config, shown: [], warnings: [] }),
  })
  stdout.end()
  return { code, lines: (await printed).trimEnd().split('\n') }
}
