/**
 * Builds the page with Vite: `client`, what browsers load (names in `assets/` hold a digest of their content), and `server`, what draws
 * pages on the server, with the template. `npm run build` does it by hand; `tendance web` and the tests when these sources were not
 * built yet.
 *
 * Invariant: `dist/<digest of the sources>` is whole or not there: it is built beside and renamed. A server that runs keeps its files
 * when other sources are built; what was built a week ago goes.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { glob, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { AppError, isAppError, messageOf } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'

const ROOT = join(import.meta.dirname, '..')
const SOURCES = join(import.meta.dirname, 'page')
const DIST = join(SOURCES, 'dist')
/** What ends up in the page. */
const INPUTS = ['web/page/**/*.{ts,tsx,css,html,svg,json}', 'web/build-page.ts', 'model/*.ts', 'package-lock.json']
const KEPT_MS = 7 * 24 * 3_600_000
const DIGEST_LENGTH = 16

/**
 * The folder of the page built from the sources as they are. Without Vite (an installation without the tools) it may not be there.
 * @throws AppError `internal` when the sources do not build
 */
export async function ensurePage(logger: Pick<Logger, 'info' | 'warn'>): Promise<string> {
  const pageDir = await pageDirOfSources()
  if (existsSync(pageDir)) return pageDir
  const began = performance.now()
  try {
    await buildPage(pageDir)
    logger.info({ ms: Math.round(performance.now() - began) }, 'the page is built')
  } catch (error) {
    if (!isAppError(error, 'not-found')) throw error
    logger.warn({ why: messageOf(error) }, 'the page cannot be built here')
  }
  return pageDir
}

/** @throws AppError `not-found` without Vite, `internal` when the sources do not build */
async function buildPage(pageDir: string): Promise<void> {
  const { build } = await import('vite').catch((error: unknown) => {
    throw new AppError('not-found', "Vite is not installed: 'npm ci' brings it, with the other tools", { cause: error })
  })
  const beside = `${pageDir}-${process.pid}`
  const common = {
    root: SOURCES,
    configFile: false,
    logLevel: 'warn',
    // whoever builds it: in a test (NODE_ENV) it would be the development's, a third larger, with the paths of this machine
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
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
    await packFiles(join(beside, 'client', 'assets'))
    await dropOld()
    await rename(beside, pageDir).catch((error: unknown) => {
      // another process has built the same from the same
      if (!existsSync(pageDir)) throw error
    })
  } catch (error) {
    throw new AppError('internal', `the page does not build: ${messageOf(error)}`, { cause: error })
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

/** Once and well, instead of for each who asks: `x.js.br` and `x.js.gz` beside `x.js`. */
async function packFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const content = await readFile(join(folder, name))
    await writeFile(join(folder, `${name}.br`), brotliCompressSync(content))
    await writeFile(join(folder, `${name}.gz`), gzipSync(content, { level: constants.Z_BEST_COMPRESSION }))
  }
}

async function dropOld(): Promise<void> {
  for (const entry of await readdir(DIST)) {
    const { mtimeMs } = await stat(join(DIST, entry)).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > KEPT_MS) await rm(join(DIST, entry), { recursive: true, force: true })
  }
}

async function pageDirOfSources(): Promise<string> {
  const files = await Array.fromAsync(glob(INPUTS, { cwd: ROOT, exclude: (path) => path.startsWith('web/page/dist') }))
  const hash = createHash('sha256')
  for (const file of files.toSorted()) hash.update(`${file}\n`).update(await readFile(join(ROOT, file)))
  return join(DIST, hash.digest('hex').slice(0, DIGEST_LENGTH))
}

if (import.meta.main) {
  const pageDir = await pageDirOfSources()
  await rm(pageDir, { recursive: true, force: true })
  await buildPage(pageDir)
  console.log(`${pageDir} is the page`)
}
