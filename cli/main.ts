/** The command line's main: streams, signals and exit codes; cli/program.ts has the commands. */
import { CommanderError } from 'commander'
import { loadConfig } from '../app/config.ts'
import { type Cli, EXIT, reportError } from './cli.ts'
import { createProgram } from './program.ts'

const stopping = new AbortController()
let interrupts = 0
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // the first asks, so that what is half done is finished; the second insists
    if (++interrupts > 1) process.exit(EXIT.interrupted)
    stopping.abort()
  })
}
// `tendance top | head -1` closes our output: that is no error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done)
  throw error
})

let loaded: ReturnType<typeof loadConfig> | undefined
const cli: Cli = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: Date.now,
  signal: stopping.signal,
  load: () => {
    loaded ??= loadConfig()
    return loaded
  },
}

const program = createProgram(cli, (code) => {
  process.exitCode = code
})
try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
  else process.exitCode = reportError(cli, error)
}
// Clients keep sockets for reuse; an answered command has nothing to wait for.
process.exit()
