/**
 * The embedded MongoDB-protocol store for development: SecantusDB's server inside a Python wheel, pinned by
 * stack/locks/mongodb/requirements.txt.
 */
import { AppError } from '../../model/errors.ts'
import type { InstallContext } from './cache.ts'
import { installFromWheel } from './wheel.ts'

const WHEEL_PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'manylinux_2_28_x86_64',
  'linux-arm64': 'manylinux_2_28_aarch64',
  'darwin-arm64': 'macosx_11_0_arm64',
}

/** Returns the full path of the server. */
export async function installEmbeddedStore(context: InstallContext): Promise<string> {
  const platform = wheelPlatform(`${process.platform}-${process.arch}`)
  const tags = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311']
  const path = 'secantusdb.scripts/secantusd-rs'
  return installFromWheel({ name: 'embedded-store-0.6.0b17', service: 'mongodb', platform, path, tags }, context)
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
