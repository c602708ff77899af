/**
 * The workflows as one script, as Temporal's worker runs them. Bundling takes a second or two, so the result is kept in the
 * cache folder under a name made from everything that goes into it.
 */
import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { WorkflowBundle } from '@temporalio/worker'
import { readEnvironment } from '../app/environment.ts'
import { AppError, messageOf } from '../model/errors.ts'

/** What workflows may import (test/tidy.test.ts holds that): their code, and types of activities, which leave nothing. */
const SOURCES = ['workflows', 'model', 'temporal'] as const

export interface BundleOptions {
  /** Of the project. */
  readonly folder: string
  readonly cacheDir: string
}

/** @throws AppError `internal` with what the bundler said, when the workflows cannot be bundled */
export async function loadWorkflowBundle({ folder, cacheDir }: BundleOptions): Promise<WorkflowBundle> {
  const dir = join(cacheDir, 'workflows')
  const path = join(dir, `${await fingerprint(folder)}.js`)
  const cached = await readFile(path, 'utf8').catch(() => undefined)
  if (cached !== undefined) return { code: cached }
  await mkdir(dir, { recursive: true })
  // Two workers may do this at once: each writes its own file, and either name is as good.
  const temporary = `${path}.${randomUUID()}`
  await bundleInto(folder, temporary, cacheDir)
  const code = await readFile(temporary, 'utf8')
  await rename(temporary, path)
  return { code }
}

/** In a process of its own: the bundler takes 200 MB, which a worker would hold for the rest of its life. */
async function bundleInto(folder: string, out: string, cacheDir: string): Promise<void> {
  const program = join(import.meta.dirname, 'bundle-workflows.ts')
  // Its compiler unpacks itself below HOME, and services are started without one.
  const env = { SWC_NATIVE_BINDING_CACHE: join(cacheDir, 'swc'), ...readEnvironment() }
  try {
    await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', program, folder, out], {
      env,
    })
  } catch (error) {
    const said = (error as { readonly stderr?: string }).stderr?.trim()
    throw new AppError('internal', `the workflows in ${folder} cannot be bundled: ${said || messageOf(error)}`, {
      cause: error,
      facts: { folder },
    })
  }
}

async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string }
  hash.update(`${version}\n`)
  for (const source of SOURCES) {
    const names = (await readdir(join(folder, source), { recursive: true })).filter((name) => name.endsWith('.ts'))
    for (const name of names.sort())
      hash.update(`${source}/${name}\n`).update(await readFile(join(folder, source, name)))
  }
  return hash.digest('hex').slice(0, 24)
}
