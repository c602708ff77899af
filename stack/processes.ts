/**
 * Processes that outlive the one that started them: a pid alone proves nothing, because pids are used again. What we keep is
 * pid, start time and arguments; a process is ours only while all three agree. A zombie is dead (kill -0 would say otherwise), but
 * only when it has no thread left: a killed JVM's first thread is a zombie while others still hold its ports.
 */
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Environment } from '../app/environment.ts'
import { AppError } from '../model/errors.ts'

const identitySchema = z.strictObject({ pid: z.number().int().positive(), started: z.string(), command: z.string() })
/** `started` is opaque: clock ticks since boot on Linux, the start date elsewhere. `command` holds the arguments. */
export type ProcessIdentity = Readonly<z.infer<typeof identitySchema>>

const POLL_MS = 20
/** A process that is going has given up its memory, and its arguments with it; one that is coming has not got them yet. */
const EXITING = 'exiting'
/** From the moment when a program replaces its starter until its arguments can be read: microseconds, on a busy machine milliseconds. */
const COMING_MS = 5_000
const HAS_PROC = existsSync('/proc/self/stat')

/** What runs under this pid now; undefined when nothing does, or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  return HAS_PROC ? identifyByProc(pid) : identifyByPs(pid)
}

export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid)
  if (now === undefined || now.started !== identity.started) return false
  return now.command === identity.command || now.command === EXITING
}

/** The process that a pid file names, if that very process still runs; a stale or broken file is no process. */
export function readPidFile(path: string): ProcessIdentity | undefined {
  try {
    const identity = identitySchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    return isAlive(identity) ? identity : undefined
  } catch {
    return undefined
  }
}

export interface LaunchOptions {
  readonly file: string
  readonly args: readonly string[]
  readonly environment: Environment
  readonly folder: string
  readonly logFile: string
  readonly pidFile: string
}

/** Starts a process of its own session, its output in `logFile`, and writes `pidFile`. @throws AppError `unavailable`. */
export async function launch(options: LaunchOptions): Promise<ProcessIdentity> {
  const log = openSync(options.logFile, 'a')
  try {
    const child = spawn(options.file, options.args, {
      cwd: options.folder,
      env: { ...options.environment },
      detached: true,
      stdio: ['ignore', log, log],
    })
    const failed = new Promise<never>((_, reject) => {
      child.on('error', (cause) =>
        reject(new AppError('unavailable', `'${options.file}' does not start: ${cause.message}`, { cause })),
      )
    })
    await Promise.race([new Promise((resolve) => child.on('spawn', resolve)), failed])
    child.unref()
    // A process that ended at once has no identity to keep; its log tells why, and whoever waits for it reads that.
    const identity = (await identifyNew(() => identify(child.pid!))) ?? {
      pid: child.pid!,
      started: 'ended at once',
      command: options.file,
    }
    writeFileSync(options.pidFile, `${JSON.stringify(identity)}\n`)
    return identity
  } finally {
    closeSync(log)
  }
}

/**
 * Who a process is that was started just now: its arguments are waited for, or nobody would know it again. undefined: it has ended.
 * @param look what runs under its pid
 */
export async function identifyNew(look: () => ProcessIdentity | undefined): Promise<ProcessIdentity | undefined> {
  const giveUpAt = performance.now() + COMING_MS
  for (;;) {
    const identity = look()
    if (identity?.command !== EXITING || performance.now() > giveUpAt) return identity
    await delay(1)
  }
}

/** Sends the signal and waits until the process is really gone; KILL after `patienceMs`. Does nothing when it is dead. */
export async function end(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL', patienceMs: number): Promise<void> {
  send(identity, signal)
  const giveUpAt = performance.now() + patienceMs
  while (isAlive(identity)) {
    if (performance.now() > giveUpAt) send(identity, 'SIGKILL')
    await delay(POLL_MS)
  }
}

export function removePidFile(path: string): void {
  rmSync(path, { force: true })
}

function send(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (!isAlive(identity)) return
  try {
    process.kill(identity.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function identifyByProc(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may hold anything; the fields after it are plain.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const started = fields[19]!
    if (fields[0] === 'Z' || fields[0] === 'X') {
      return readdirSync(`/proc/${pid}/task`).length > 1 ? { pid, started, command: EXITING } : undefined
    }
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return { pid, started, command: line === '' ? EXITING : line.split('\0').slice(1).join(' ').trimEnd() }
  } catch {
    return undefined
  }
}

function identifyByPs(pid: number): ProcessIdentity | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'state=,lstart=,args=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
    }).trim()
    const match = /^(\S+)\s+(\S+\s+\S+\s+\d+\s+\S+\s+\d+)\s+\S+\s*(.*)$/.exec(line)
    if (!match || match[1]!.startsWith('Z')) return undefined
    return { pid, started: match[2]!, command: match[3]! }
  } catch {
    return undefined
  }
}
