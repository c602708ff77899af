/** Runs a program to its end and keeps what it said; a failure carries the last lines of it. */
import { spawn } from 'node:child_process'
import type { Environment } from '../../app/environment.ts'
import { AppError } from '../../model/errors.ts'

const OUTPUT_CHARS_MAX = 200_000
const TAIL_LINES = 15

export interface CommandOptions {
  readonly environment: Environment
  readonly cwd?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** @throws AppError `unavailable` when the program cannot start, ends with a code other than 0, or takes too long. */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<{ readonly output: string }> {
  const timeout = options.timeoutMs === undefined ? [] : [AbortSignal.timeout(options.timeoutMs)]
  const signal = AbortSignal.any([...(options.signal ? [options.signal] : []), ...timeout])
  const child = spawn(file, args, {
    env: { ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARS_MAX)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const shown = [file, ...args].join(' ')
  const ended = await new Promise<{ readonly code: number | string | null; readonly cause?: unknown }>((resolve) => {
    child.on('error', (cause) => resolve({ code: cause.message, cause }))
    child.on('close', (code, killedBy) => resolve({ code: code ?? killedBy }))
  })
  if (ended.code === 0) return { output }
  throw new AppError(
    'unavailable',
    `'${shown}' failed (${ended.code}); its last lines:\n${lastLines(output, TAIL_LINES)}`,
    { facts: { file, args, code: ended.code }, ...(ended.cause === undefined ? {} : { cause: ended.cause }) },
  )
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n')
}
