/** What every command has at hand: streams, clock, configuration, a signal that Ctrl-C aborts. Made once, in main.ts. */
import type { Readable, Writable } from 'node:stream'
import { styleText } from 'node:util'
import type { LoadedConfig } from '../app/config.ts'
import { AppError, type ErrorCode, messageOf } from '../model/errors.ts'
import type { Clock } from '../model/time.ts'
import { safeText } from './safe-text.ts'

export interface Cli {
  readonly stdin: Readable
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Reads the configuration at its first call: `--help` needs none. @throws AppError `bad-config` */
  load(): LoadedConfig
}

/** What others wrote is made safe for a terminal (safe-text.ts). */
export function print(cli: Cli, text: string): void {
  cli.stdout.write(`${safeText(text)}\n`)
}

type Style = Parameters<typeof styleText>[0]

/** Colour only on a terminal that wants it (NO_COLOR and FORCE_COLOR are styleText's own matter). */
export function styleFor(stream: Cli['stdout']): (style: Style, text: string) => string {
  return (style, text) => styleText(style, text, { stream: stream as NodeJS.WritableStream })
}

/** Exit codes, the same for every command (docs/cli.md has them as a table). */
export const EXIT = { done: 0, failed: 1, usage: 2, unavailable: 3, unwell: 4, interrupted: 130 } as const

export const EXIT_MEANS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'it is done; where a state was asked for, all is well',
  failed: 'it failed: the message says why, and what to do',
  usage: 'wrong use: a command, an option, a value, the configuration',
  unavailable: 'a service does not answer: Kafka, HDFS, MongoDB, Temporal, or no worker',
  unwell:
    'it is done, and what it found or left is not well: a service or worker down, hours with problems or that failed',
  interrupted: 'stopped by Ctrl-C or SIGTERM before it was done',
}

const exitOfCode: Partial<Record<ErrorCode, number>> = {
  'bad-input': EXIT.usage,
  'bad-config': EXIT.usage,
  unavailable: EXIT.unavailable,
  cancelled: EXIT.interrupted,
}

/** Prints what went wrong, for a person, and answers the exit code. A bug of ours shows its stack. */
export function reportError(cli: Cli, error: unknown): number {
  const red = styleFor(cli.stderr)('red', 'tendance:')
  const ours = error instanceof AppError && error.code !== 'internal'
  const message = ours || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message)
  cli.stderr.write(`${red} ${safeText(message)}\n`)
  return (error instanceof AppError && exitOfCode[error.code]) || EXIT.failed
}
