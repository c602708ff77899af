/**
 * Tendance's own workers in the background of one machine, beside the services: started like them (pid file, log, nothing
 * lost on kill -9), for the demo and for people who have no process manager.
 */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Environment } from '../app/environment.ts'
import { AppError } from '../model/errors.ts'
import { readEndpoint } from './endpoints.ts'
import { rotateLog, tailLog } from './logs.ts'
import { end, launch, readPidFile, removePidFile } from './processes.ts'

export const WORKER_NAMES = ['archive', 'speed', 'batch'] as const
export type WorkerName = (typeof WORKER_NAMES)[number]

const STOP_MS = 30_000

export interface WorkersOptions {
  /** The stack's data folder: pid files and logs stand beside those of the services. */
  readonly dataDir: string
  readonly environment: Environment
  /** What runs one: `[node, main.ts, 'work']`, to which the name is added. */
  readonly command: readonly [file: string, ...args: string[]]
  /** Working directory: relative paths in the configuration are meant from it. */
  readonly folder: string
}

export interface WorkerStatus {
  readonly name: WorkerName
  readonly pid: number | undefined
  /** Where it tells its metrics and whether it is ready; undefined: it does not, or it is starting. */
  readonly endpoint: string | undefined
  readonly logFile: string
}

const pidFileOf = ({ dataDir }: Pick<WorkersOptions, 'dataDir'>, name: WorkerName) =>
  join(resolve(dataDir), 'run', `worker-${name}.json`)
const logFileOf = ({ dataDir }: Pick<WorkersOptions, 'dataDir'>, name: WorkerName) =>
  join(resolve(dataDir), 'logs', `worker-${name}.log`)

/** Starts those that do not run. Doing it again does nothing. */
export async function startWorkers(
  options: WorkersOptions,
  names: readonly WorkerName[] = WORKER_NAMES,
): Promise<void> {
  for (const name of ['run', 'logs']) mkdirSync(join(resolve(options.dataDir), name), { recursive: true })
  const [file, ...args] = options.command
  for (const name of names) {
    if (readPidFile(pidFileOf(options, name))) continue
    rotateLog(logFileOf(options, name))
    await launch({
      file,
      args: [...args, name],
      environment: options.environment,
      folder: options.folder,
      logFile: logFileOf(options, name),
      pidFile: pidFileOf(options, name),
    })
  }
}

/** Stops those that run: they finish what they have begun. `SIGKILL` for tests that want to see them come back. */
export async function stopWorkers(
  options: Pick<WorkersOptions, 'dataDir'>,
  names: readonly WorkerName[] = WORKER_NAMES,
  signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM',
): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      const running = readPidFile(pidFileOf(options, name))
      if (running) await end(running, signal, STOP_MS)
      removePidFile(pidFileOf(options, name))
    }),
  )
}

export function workerStatus(options: Pick<WorkersOptions, 'dataDir'>): readonly WorkerStatus[] {
  return WORKER_NAMES.map((name) => {
    const pid = readPidFile(pidFileOf(options, name))?.pid
    const endpoint = pid === undefined ? undefined : readEndpoint(options.dataDir, pid)
    return { name, pid, endpoint, logFile: logFileOf(options, name) }
  })
}

/** @throws AppError `unavailable` with the end of its log when one of them has ended by itself */
export async function requireWorkers(
  options: Pick<WorkersOptions, 'dataDir'>,
  names: readonly WorkerName[],
): Promise<void> {
  for (const { name, pid, logFile } of workerStatus(options)) {
    if (pid !== undefined || !names.includes(name)) continue
    const lines = await tailLog(logFile, 15)
    throw new AppError('unavailable', `the ${name} worker has ended; the end of '${logFile}':\n${lines.join('\n')}`, {
      facts: { worker: name, log: logFile },
      retry: 'never',
    })
  }
}
