/**
 * Where the processes of this machine tell their metrics and readiness, for `tendance workers status`: a file a process, named by its
 * id, in the folder of the pid files. A process that was killed leaves its file; nobody asks for it, as its id is in no pid file.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const runDirOf = (dataDir: string) => join(resolve(dataDir), 'run')
const fileOf = (dataDir: string, pid: number) => join(runDirOf(dataDir), `endpoint-${pid}.txt`)

/** Until it is disposed. Where no workers run in the background there is no such folder, and nobody to tell. */
export function announceEndpoint(dataDir: string, pid: number, url: string): Disposable {
  const file = fileOf(dataDir, pid)
  if (existsSync(runDirOf(dataDir))) writeFileSync(file, url)
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) }
}

export function readEndpoint(dataDir: string, pid: number): string | undefined {
  try {
    return readFileSync(fileOf(dataDir, pid), 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
