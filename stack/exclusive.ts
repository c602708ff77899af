/** One at a time in a data folder: a lock file that names its holder, so that a killed holder's lock is no lock. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../model/errors.ts'
import { identify, readPidFile } from './processes.ts'
import type { Reporter } from './reporter.ts'

const POLL_MS = 100
/** Longer than a fresh machine's whole install. */
const PATIENCE_MS = 20 * 60_000

/** @throws AppError `conflict` when another process holds the lock for too long. */
export async function exclusively<T>(path: string, reporter: Reporter, work: () => Promise<T>): Promise<T> {
  await acquire(path, reporter)
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

async function acquire(path: string, reporter: Reporter): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  const began = performance.now()
  let told = false
  while (!tryAcquire(path)) {
    const holder = readPidFile(path)
    const waitedMs = performance.now() - began
    if (holder === undefined) rmSync(path, { force: true })
    else if (waitedMs > PATIENCE_MS) {
      throw new AppError('conflict', `process ${holder.pid} holds '${path}': wait for it to end, or end it`, {
        facts: { holder },
      })
    } else if (!told) {
      told = true
      reporter.progress('stack', `waiting for process ${holder.pid}, which works on the same folder`, waitedMs)
    }
    await delay(POLL_MS)
  }
}

function tryAcquire(path: string): boolean {
  try {
    writeFileSync(path, `${JSON.stringify(identify(process.pid))}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
