/**
 * The workflows as one script, as Temporal's worker runs them. Bundling takes a second or two, so the result is kept in the
 * cache folder under a name made from everything that goes into it.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker'

/** What workflows may import (test/tidy.test.ts holds that): their code, and types of activities, which leave nothing. */
const SOURCES = ['workflows', 'model', 'temporal'] as const

export interface BundleOptions {
  /** Of the project. */
  readonly folder: string
  readonly cacheDir: string
}

export async function loadWorkflowBundle({ folder, cacheDir }: BundleOptions): Promise<WorkflowBundle> {
  const dir = join(cacheDir, 'workflows')
  const path = join(dir, `${await fingerprint(folder)}.js`)
  const cached = await readFile(path, 'utf8').catch(() => undefined)
  if (cached !== undefined) return { code: cached }
  const bundle = await bundleWorkflowCode({
    workflowsPath: join(folder, 'workflows', 'index.ts'),
    logger: new DefaultLogger('WARN'),
  })
  await mkdir(dir, { recursive: true })
  // Two workers may do this at once: each writes its own file, and either name is as good.
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, bundle.code)
  await rename(temporary, path)
  return bundle
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
