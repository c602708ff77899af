/**
 * The cache of what is built or resolved once: `<cacheDir>/<name>-<digest of its lock>/`.
 *
 * Invariant: a folder with its final name is complete. It is made under a unique temporary name beside it and renamed, so
 * an install that is killed leaves nothing that looks finished, and of two at once the second takes what the first made.
 */
import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../app/environment.ts'
import type { Reporter } from '../reporter.ts'

const TEMPORARY = '.making-'
const ABANDONED_AFTER_MS = 24 * 3_600_000

/** What every install needs. */
export interface InstallContext {
  readonly cacheDir: string
  readonly environment: Environment
  readonly reporter: Reporter
}

/** The folder's name changes whenever the lock does, so an old install is never taken for a new one. */
export function versionedName(name: string, ...locks: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const lock of locks) hash.update(lock).update('\0')
  return `${name}-${hash.digest('hex').slice(0, 12)}`
}

const running = new Map<string, Promise<string>>()

/** Returns the complete folder `root/name`, made by `make` in an empty folder when it is not there yet. */
export async function installOnce(
  root: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const target = join(root, name)
  // Three brokers ask for the same jars at the same time: one resolves them.
  const shared = running.get(target) ?? installFolder(root, name, target, make).finally(() => running.delete(target))
  running.set(target, shared)
  return shared
}

async function installFolder(
  root: string,
  name: string,
  target: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  if (await exists(target)) return target
  await mkdir(root, { recursive: true })
  await sweepAbandoned(root)
  const making = join(root, `${TEMPORARY}${name}-${randomUUID()}`)
  await mkdir(making)
  try {
    await make(making)
    await rename(making, target)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    const code = (error as NodeJS.ErrnoException).code
    if ((code === 'ENOTEMPTY' || code === 'EEXIST') && (await exists(target))) return target
    throw error
  }
  return target
}

async function sweepAbandoned(root: string): Promise<void> {
  for (const entry of await readdir(root)) {
    if (!entry.startsWith(TEMPORARY)) continue
    const path = join(root, entry)
    const found = await stat(path).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
