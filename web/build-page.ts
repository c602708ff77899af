/**
 * Builds the page with Vite: `dist/client`, what browsers load (names in `assets/` hold a digest of their content), and `dist/server`,
 * what draws pages on the server, with the template. `npm run build` does it by hand; `tendance web` and the tests when it is missing or
 * was made from other sources.
 *
 * Invariant: `dist` is whole or not there (it is built beside and moved), and `dist/made-from` is the digest of what it was made from.
 */
import { createHash } from 'node:crypto'
import { cp, glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, isAppError, messageOf } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'

const ROOT = join(import.meta.dirname, '..')
const SOURCES = join(import.meta.dirname, 'page')
export const PAGE_DIR = join(SOURCES, 'dist')
const MADE_FROM = 'made-from'
/** What ends up in the page. */
const INPUTS = ['web/page/**/*.{ts,tsx,css,html,svg,json}', 'model/*.ts', 'package-lock.json']

/** The folder of the built page; it is built when it is not there or stale. Without Vite (an installation without the tools) it stays as it is. */
export async function ensurePage(logger: Pick<Logger, 'info' | 'warn'>): Promise<string> {
  const digest = await digestOfSources()
  if ((await madeFrom()) === digest) return PAGE_DIR
  try {
    const began = performance.now()
    await buildPage(digest)
    logger.info({ ms: Math.round(performance.now() - began) }, 'the page is built')
  } catch (error) {
    if (!isAppError(error, 'not-found')) throw error
    logger.warn({ why: messageOf(error) }, 'the page cannot be built here')
  }
  return PAGE_DIR
}

/** @throws AppError `not-found` without Vite, `internal` when the sources do not build */
export async function buildPage(digest?: string): Promise<void> {
  const { build } = await import('vite').catch((error: unknown) => {
    throw new AppError('not-found', `Vite is not installed: 'npm ci' brings it, with the other tools`, { cause: error })
  })
  const made = digest ?? (await digestOfSources())
  const beside = `${PAGE_DIR}-${process.pid}`
  const common = {
    root: SOURCES,
    configFile: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  } as const
  try {
    await build({
      ...common,
      build: {
        outDir: join(beside, 'client'),
        emptyOutDir: true,
        target: 'es2023',
        modulePreload: false,
        assetsInlineLimit: 0,
      },
    })
    await build({
      ...common,
      publicDir: false,
      ssr: { noExternal: true },
      build: { outDir: join(beside, 'server'), emptyOutDir: true, target: 'node20', ssr: 'server.tsx', minify: false },
    })
    // a template, not a file to be asked for
    await rename(join(beside, 'client', 'index.html'), join(beside, 'server', 'index.html'))
    await writeFile(join(beside, MADE_FROM), made)
    await moveInto(beside)
  } catch (error) {
    throw new AppError('internal', `the page does not build: ${messageOf(error)}`, { cause: error })
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

/** Another process may do the same at the same time, from the same sources: whoever comes first has done it for both. */
async function moveInto(beside: string): Promise<void> {
  const old = `${beside}-old`
  await rename(PAGE_DIR, old).catch(() => undefined)
  await rename(beside, PAGE_DIR).catch(async () => {
    await mkdir(PAGE_DIR, { recursive: true })
    await cp(beside, PAGE_DIR, { recursive: true })
  })
  await rm(old, { recursive: true, force: true })
}

async function madeFrom(): Promise<string | undefined> {
  return readFile(join(PAGE_DIR, MADE_FROM), 'utf8').catch(() => undefined)
}

async function digestOfSources(): Promise<string> {
  const files = await Array.fromAsync(glob(INPUTS, { cwd: ROOT, exclude: (path) => path.startsWith('web/page/dist') }))
  const hash = createHash('sha256')
  for (const file of files.toSorted()) hash.update(`${file}\n`).update(await readFile(join(ROOT, file)))
  return hash.digest('hex')
}

if (import.meta.main) await buildPage()
