/**
 * The embedded MongoDB-protocol store for development: SecantusDB's server inside a Python wheel, pinned by
 * stack/locks/mongodb/requirements.txt. pip only fetches and checks it; nothing is compiled, no Python runs it.
 */
import { chmod, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../model/errors.ts'
import { withProgress } from '../reporter.ts'
import { type InstallContext, installOnce, versionedName } from './cache.ts'
import { runCommand } from './command.ts'
import { LOCKS } from './locks.ts'
import { requireTool } from './tools.ts'

const WHEEL_PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'manylinux_2_28_x86_64',
  'linux-arm64': 'manylinux_2_28_aarch64',
  'darwin-arm64': 'macosx_11_0_arm64',
}

/** Returns the full path of the server. */
export async function installEmbeddedStore(context: InstallContext): Promise<string> {
  const { cacheDir, environment, reporter } = context
  const requirements = join(LOCKS, 'mongodb', 'requirements.txt')
  const platform = wheelPlatform(`${process.platform}-${process.arch}`)
  const folderName = versionedName('embedded-store-0.6.0b17', await readFile(requirements), platform)
  const folder = await installOnce(cacheDir, folderName, async (making) => {
    const python = requireTool(environment, 'python3')
    const download = ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '--require-hashes']
    const target = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--platform', platform]
    await withProgress(reporter, 'mongodb', 'fetching the embedded store with pip', async () => {
      await runCommand(python, [...download, ...target, '-r', requirements, '-d', making], { environment })
      const wheel = (await readdir(making)).find((file) => file.endsWith('.whl'))
      if (wheel === undefined) throw new AppError('internal', `pip left no wheel in '${making}'`)
      await runCommand(python, ['-m', 'zipfile', '-e', join(making, wheel), making], { environment })
      await rm(join(making, wheel))
      await chmod(serverIn(making), 0o755)
    })
  })
  return serverIn(folder)
}

/** @throws AppError `bad-config` when the store has no build for this kind of machine. */
export function wheelPlatform(machine: string): string {
  const platform = WHEEL_PLATFORMS[machine]
  if (platform !== undefined) return platform
  throw new AppError(
    'bad-config',
    `the embedded MongoDB store has no build for ${machine} (only ${Object.keys(WHEEL_PLATFORMS).join(', ')}): set MONGODB_URI, or put mongod on the PATH`,
    { facts: { machine } },
  )
}

function serverIn(folder: string): string {
  return join(folder, 'secantusdb.scripts', 'secantusd-rs')
}
