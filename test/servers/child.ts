/** A server process of one test: its output kept in a file, waited for, and ended with the test whatever happens. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { testSettings } from '../test-settings.ts'

export interface ChildOptions {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly logFile: string
  readonly environment?: Readonly<Record<string, string>>
  /** Whether it can be used now; asked every 100 ms. */
  readonly isReady: (log: () => string) => boolean | Promise<boolean>
}

export interface Child extends AsyncDisposable {
  readonly pid: number
  log(): string
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

const READY_MS = 60_000
const STOP_MS = 5_000

/** @throws Error with the end of its log when it ends or is not ready after a minute */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = openSync(options.logFile, 'a')
  const child = spawn(options.file, options.args, {
    cwd: options.cwd,
    env: { ...testSettings().environment, ...options.environment },
    stdio: ['ignore', log, log],
  })
  const killed = () => void child.kill('SIGKILL')
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    killed()
    await ended
  }
  process.once('exit', killed)
  const read = () => readFileSync(options.logFile, 'utf8')
  const stop = async () => {
    process.off('exit', killed)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const insist = setTimeout(killed, STOP_MS)
    await ended
    clearTimeout(insist)
  }
  for (const deadline = performance.now() + READY_MS; !(await options.isReady(read)); await delay(100)) {
    const ended = child.exitCode !== null || child.signalCode !== null
    if (!ended && performance.now() < deadline) continue
    await stop()
    throw new Error(`${options.file} ${ended ? 'ended' : 'is not ready'}; the end of its log:\n${read().slice(-3_000)}`)
  }
  return { pid: child.pid!, log: read, kill, [Symbol.asyncDispose]: stop }
}
